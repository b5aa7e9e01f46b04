"""EventBridge rules: lengths, the quota of a bus, tags that only a new rule takes.

moto itself refuses to delete a rule that still has targets.
"""

from typing import Any

from eksgpu.sandbox.moto_bridge import backend
from eksgpu.sandbox.overlay import Call, Refused, operation
from eksgpu.sandbox.services.constraints import check

RULES_PER_BUS = "L-244521F2"
TARGETS_PER_RULE = 5


@operation("events", "PutRule")
def put_rule(call: Call) -> dict[str, Any]:
    """Create a rule or change it; tags of an existing rule stay as they are (API reference, PutRule)."""
    check(call)
    rules = _bus(call).rules
    if call.params["Name"] in rules:
        return call.moto_with(Tags=None)
    if len(rules) >= call.world.quotas.value(RULES_PER_BUS):
        raise Refused("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    return call.moto()


@operation("events", "PutTargets")
def put_targets(call: Call) -> dict[str, Any]:
    """Give a rule targets, five at most."""
    check(call)
    rule = _bus(call).rules.get(call.params["Rule"])
    known = {target["Id"] for target in rule.targets} if rule else set()
    if len(known | {target["Id"] for target in call.params["Targets"]}) > TARGETS_PER_RULE:
        raise Refused("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    return call.moto()


@operation("events", "TagResource", "RemoveTargets", "EnableRule", "DisableRule")
def checked(call: Call) -> dict[str, Any]:
    """Writes that need nothing but the model's own limits."""
    check(call)
    return call.moto()


def _bus(call: Call) -> Any:
    moto = backend("events", call.account, call.region)
    name = str(call.params.get("EventBusName") or "default").rpartition("/")[2]
    if name not in moto.event_buses:
        raise Refused("ResourceNotFoundException", f"Event bus {name} does not exist.")
    return moto.event_buses[name]
