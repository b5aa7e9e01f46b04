"""The header that plan, apply, destroy and status open with: whose account, who works, where, on which cluster."""

from eksgpu.ops.report import Caller

from .look import Look, Style


def header(caller: Caller, look: Look) -> list[str]:
    """The header, followed by an empty line."""
    who = f"{caller.arn} (profile {caller.profile})" if caller.profile else caller.arn
    facts = {"Account": caller.account, "Caller": who, "Region": caller.region, "Cluster": caller.cluster}
    lines = [f"{look.paint(f'{name:<8}', Style.DIM)} {text}" for name, text in facts.items()]
    if caller.sandbox:
        lines.append(
            look.paint("SANDBOX: an AWS on this machine; nothing here is real and nothing costs money", Style.CYAN)
        )
    return [*lines, ""]
