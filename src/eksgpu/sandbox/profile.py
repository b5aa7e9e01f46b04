"""The AWS config file that leads other programs (aws, kubectl's exec plugin, Terraform) to the sandbox."""

from pathlib import Path

from eksgpu.sandbox.identity import ACCESS_KEY, SECRET_KEY

PROFILE = "eksgpu-sandbox"
REGION = "us-west-2"
_CONFIG = "config"


def config_file(home: Path) -> Path:
    """Where the file is; use it as AWS_CONFIG_FILE."""
    return home / _CONFIG


def write_config(home: Path, endpoint: str) -> None:
    """Write the file with one profile: endpoint, region and credentials that mean nothing."""
    settings = {
        "endpoint_url": endpoint,
        "region": REGION,
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET_KEY,
        "cli_pager": "",
    }
    lines = [f"[profile {PROFILE}]", *(f"{name} = {value}" for name, value in settings.items())]
    draft = config_file(home).with_suffix(".new")
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(config_file(home))
