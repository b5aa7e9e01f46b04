"""Parameter Store: AWS's public parameters for node images of EKS and Bottlerocket; own parameters are moto's.

The public ones follow the World's date. They can be read like any others and are never listed beside own ones.
"""

from datetime import datetime
from typing import Any

from eksgpu.sandbox.eks import amis
from eksgpu.sandbox.overlay import Call, Refused, operation

_PUBLIC = ("/aws/service/eks/", "/aws/service/bottlerocket/")
_PAGE = 10


@operation("ssm", "GetParameter")
def get_parameter(call: Call) -> dict[str, Any]:
    name = call.params["Name"]
    if not name.startswith(_PUBLIC):
        return call.moto()
    value = amis.parameters(call.region, call.world.clock.now()).get(name)
    if value is None:
        raise Refused("ParameterNotFound", f"Parameter {name} not found.")
    return {"Parameter": _shown(call, name, value)}


@operation("ssm", "GetParameters")
def get_parameters(call: Call) -> dict[str, Any]:
    known = amis.parameters(call.region, call.world.clock.now())
    public = [name for name in call.params["Names"] if name.startswith(_PUBLIC)]
    own = [name for name in call.params["Names"] if name not in public]
    answer = call.moto_with(Names=own) if own else {"Parameters": [], "InvalidParameters": []}
    found = [_shown(call, name, known[name]) for name in public if name in known]
    missing = [*answer.get("InvalidParameters", ()), *(name for name in public if name not in known)]
    # By SSM's model the list of names that nobody knows has one at least.
    return {
        "Parameters": [*answer.get("Parameters", ()), *found],
        **({"InvalidParameters": missing} if missing else {}),
    }


@operation("ssm", "GetParametersByPath")
def get_parameters_by_path(call: Call) -> dict[str, Any]:
    path = call.params["Path"].rstrip("/") + "/"
    if not path.startswith(_PUBLIC):
        return call.moto()
    known = amis.parameters(call.region, call.world.clock.now())
    deep = call.params.get("Recursive", False)
    names = [name for name in sorted(known) if name.startswith(path) and (deep or "/" not in name[len(path) :])]
    start = int(call.params.get("NextToken") or 0)
    end = start + int(call.params.get("MaxResults") or _PAGE)
    answer: dict[str, Any] = {"Parameters": [_shown(call, name, known[name]) for name in names[start:end]]}
    return {**answer, "NextToken": str(end)} if end < len(names) else answer


def _shown(call: Call, name: str, value: str) -> dict[str, Any]:
    now: datetime = call.world.clock.now()
    return {
        "Name": name,
        "Type": "String",
        "Value": value,
        "Version": 1,
        "LastModifiedDate": now,
        "ARN": f"arn:aws:ssm:{call.region}::parameter{name}",
        "DataType": "text",
    }
