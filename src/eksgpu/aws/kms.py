"""Our KMS aliases, by which both they and the keys behind them are found."""

from dataclasses import dataclass

from .run import AwsRun
from .tagging import once_a_round


@dataclass(frozen=True)
class OurAlias:
    """An alias under our prefix: its name there, and the ARN of its key."""

    name: str
    key: str


def our_aliases(run: AwsRun, kind: str) -> list[OurAlias]:
    """Our aliases; keys and aliases share the call, `kind` is who asks."""
    found: list[OurAlias] = once_a_round(run, "kms:aliases", kind, lambda: read_aliases(run))
    return found


def read_aliases(run: AwsRun) -> list[OurAlias]:
    """The same, asked anew."""
    ours = prefix(run)
    return [
        OurAlias(alias["AliasName"].removeprefix(ours), run.arn("kms", f"key/{alias['TargetKeyId']}"))
        for alias in run.aws.kms.pages("list_aliases", "Aliases")
        if alias["AliasName"].startswith(ours) and "TargetKeyId" in alias
    ]


def prefix(run: AwsRun) -> str:
    """What all our aliases begin with."""
    return f"alias/eksgpu/{run.mark.cluster}/"
