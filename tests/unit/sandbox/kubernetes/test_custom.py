"""Custom resources: served at once, defaulted, pruned, checked; gone with their definition."""

from typing import Any

from tests.unit.sandbox.kubernetes.objects import MERGE, Call, definition

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
POOLS = "/apis/example.com/v1/pools"


def pool(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Pool", "metadata": {"name": "p"}, "spec": spec}


def test_a_definition_is_established_and_served_at_once(call: Call) -> None:
    call("POST", CRDS, definition())
    made = call("GET", f"{CRDS}/pools.example.com").json
    assert {row["type"]: row["status"] for row in made["status"]["conditions"]} == {
        "NamesAccepted": "True",
        "Established": "True",
    }
    assert call("GET", POOLS).json["items"] == []


def test_defaults_and_unknown_fields(call: Call) -> None:
    call("POST", CRDS, definition())
    assert call("POST", POOLS, pool(odd=1)).json["spec"] == {"size": 3}
    strict = call("POST", f"{POOLS}?fieldValidation=Strict", pool(odd=1))
    assert 'unknown field "spec.odd"' in strict.json["message"]


def test_the_schema_is_enforced(call: Call) -> None:
    schema = {
        "type": "object",
        "required": ["mode"],
        "properties": {"size": {"type": "integer", "minimum": 1}, "mode": {"type": "string", "enum": ["a", "b"]}},
    }
    call("POST", CRDS, definition(schema))
    low = call("POST", POOLS, pool(size=0, mode="a"))
    assert low.status == 422
    assert 'Pool.example.com "p" is invalid: spec.size: Invalid value: 0' in low.json["message"]
    missing = call("POST", POOLS, pool(size=1)).json
    assert missing["details"]["causes"] == [
        {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.mode"}
    ]
    assert "Unsupported value" in call("POST", POOLS, pool(mode="c")).json["message"]
    assert call("POST", POOLS, pool(mode="a")).status == 201


def test_a_changed_definition_counts_at_once(call: Call) -> None:
    call("POST", CRDS, definition())
    wider = {"type": "object", "properties": {"size": {"type": "integer"}, "more": {"type": "string"}}}
    call("PATCH", f"{CRDS}/pools.example.com", {"spec": definition(wider)["spec"]}, MERGE)
    assert call("POST", POOLS, pool(more="yes")).json["spec"]["more"] == "yes"


def test_two_versions_share_their_objects(call: Call) -> None:
    both = definition()
    both["spec"]["versions"].append({**both["spec"]["versions"][0], "name": "v2", "storage": False})
    call("POST", CRDS, both)
    call("POST", POOLS, pool(size=5))
    assert call("GET", "/apis/example.com/v2/pools/p").json["apiVersion"] == "example.com/v2"


def test_a_definition_needs_its_name(call: Call) -> None:
    wrong = definition()
    wrong["metadata"]["name"] = "pools"
    assert "must be spec.names.plural" in call("POST", CRDS, wrong).json["message"]


def test_objects_go_with_their_definition(call: Call) -> None:
    call("POST", CRDS, definition())
    held = pool()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    call("POST", POOLS, held)
    call("DELETE", f"{CRDS}/pools.example.com")
    assert call("GET", f"{POOLS}/p").json["metadata"]["deletionTimestamp"]
    call("PATCH", f"{POOLS}/p", {"metadata": {"finalizers": None}}, MERGE)
    assert call("GET", POOLS).status == 404
    assert call("GET", f"{CRDS}/pools.example.com").status == 404


def test_scale_by_declared_paths(call: Call) -> None:
    scale = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}
    call("POST", CRDS, definition(subresources={"status": {}, "scale": scale}))
    call("POST", POOLS, pool(size=2))
    assert call("GET", f"{POOLS}/p/scale").json["spec"] == {"replicas": 2}
    call("PATCH", f"{POOLS}/p/scale", {"spec": {"replicas": 4}}, MERGE)
    assert call("GET", f"{POOLS}/p").json["spec"] == {"size": 4}
