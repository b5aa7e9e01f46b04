"""User data of nodes: TOML for Bottlerocket, MIME parts with a NodeConfig for Amazon Linux 2023.

Karpenter and EKS merge what stands here with what they generate (cluster, labels, taints), so nothing of that is
written. Both emitters are deterministic: equal settings give equal text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import tomli_w
from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from .soci import CHUNK, DISCARD, DOWNLOADS, UNPACKS, Tuning

BOUNDARY = "EKSGPU"
BOUND_DIRECTORIES = ("/var/lib/containerd", "/var/lib/kubelet", "/var/log/pods", "/var/lib/soci-snapshotter")
"""What Bottlerocket can bind to the array of instance store disks. Source: Bottlerocket, ephemeral-storage."""

# What AL2023's FastImagePull writes by itself. Source: amazon-eks-ami v20260724, nodeadm.
_AL2023_DEFAULTS = {DOWNLOADS: 20, CHUNK: "16mb", UNPACKS: 12, DISCARD: True}
_SOCI_CONFIG = "/etc/soci-snapshotter-grpc/config.toml"
_DROP_IN = "/etc/systemd/system/soci-snapshotter.service.d/10-eksgpu.conf"


def bottlerocket(
    *, soci: Tuning | None = None, bind_storage: bool = False, settings: Mapping[str, Any] | None = None
) -> str:
    """Bottlerocket's TOML, "" when there is nothing to say.

    bind_storage: set the instance store up by bootstrap commands; never together with Karpenter's own
                  `instanceStorePolicy`, which writes the same commands.
    settings:     further tables below `settings`; they win.
    """
    tables: dict[str, Any] = {}
    if soci is not None:
        tables["container-runtime"] = {"snapshotter": "soci"}
        tables["container-runtime-plugins"] = {
            "soci-snapshotter": {"pull-mode": "parallel-pull-unpack", "parallel-pull-unpack": soci.settings}
        }
    if bind_storage:
        tables["bootstrap-commands"] = {"k8s-ephemeral-storage": _ephemeral_storage()}
    merged = _merged(tables, settings or {})
    return tomli_w.dumps({"settings": merged}) if merged else ""


def al2023(
    *, soci: Tuning | None = None, node_config: Mapping[str, Any] | None = None, scripts: Sequence[str] = ()
) -> str:
    """AL2023's MIME text, "" when there is nothing to say.

    node_config: what its `spec` shall hold besides.
    scripts:     shell programs, run in this order before the kubelet starts.
    """
    spec: dict[str, Any] = dict(node_config or {})
    parts = [("text/x-shellscript", script) for script in scripts]
    if soci is not None:
        spec = _merged({"featureGates": {"FastImagePull": True}}, spec)
        if soci.settings != _AL2023_DEFAULTS:
            parts.append(("text/x-shellscript", _soci_script(soci)))
    if spec:
        parts.append(("application/node.eks.aws", _node_config(spec)))
    return _mime(parts) if parts else ""


def _ephemeral_storage() -> dict[str, Any]:
    return {
        "commands": [
            ["apiclient", "ephemeral-storage", "init"],
            ["apiclient", "ephemeral-storage", "bind", "--dirs", *BOUND_DIRECTORIES],
        ],
        "essential": True,
        "mode": "always",
    }


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both trees; where they meet in something that is no table, `above` wins."""
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(known, value) if both else value  # type: ignore[arg-type]
    return merged


def _node_config(spec: Mapping[str, Any]) -> str:
    text = StringIO()
    yaml = YAML()
    yaml.dump({"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": dict(spec)}, text)
    return text.getvalue().rstrip("\n")


def _soci_script(soci: Tuning) -> str:
    """NodeConfig has no field for these numbers, and nodeadm writes the file after user data ran: so the service
    itself corrects the file each time before it starts."""
    edits = "; ".join(
        f"s|^( *{name.replace('-', '_')} *= *).*|\\1{_toml(value)}|" for name, value in soci.settings.items()
    )
    return "\n".join(
        (
            "#!/bin/bash",
            "set -euo pipefail",
            f"mkdir -p {_DROP_IN.rpartition('/')[0]}",
            f"cat > {_DROP_IN} <<'EOF'",
            "[Service]",
            f"ExecStartPre=/usr/bin/sed -E -i '{edits}' {_SOCI_CONFIG}",
            "EOF",
            "systemctl daemon-reload",
        )
    )


def _toml(value: int | str | bool) -> str:
    """A scalar as TOML writes it."""
    return tomli_w.dumps({"v": value}).partition("= ")[2].strip()


def _mime(parts: list[tuple[str, str]]) -> str:
    lines = ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{BOUNDARY}"', ""]
    for content_type, body in parts:
        lines += [f"--{BOUNDARY}", f"Content-Type: {content_type}", "", body, ""]
    return "\n".join([*lines, f"--{BOUNDARY}--", ""])
