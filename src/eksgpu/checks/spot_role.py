"""Whether the account can ask for Spot instances at all."""

from collections.abc import Iterator

from .check import check
from .context import CheckContext
from .finding import Finding, Severity


@check("spot-role", "the account has EC2's service-linked role for Spot")
def spot_role(context: CheckContext) -> Iterator[Finding]:
    """EC2 refuses Spot requests of an account that lacks this role, with an error that reads like missing capacity.
    The role belongs to the account: apply makes it when it is missing, and destroy leaves it.
    """
    for resource in context.new("service_linked_role"):
        message = f"the account has no service-linked role for {resource.name} yet: apply makes it, destroy leaves it"
        yield Finding("spot-role", Severity.NOTE, resource.identity, message)
