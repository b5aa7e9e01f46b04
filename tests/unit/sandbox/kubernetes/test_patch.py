"""The four kinds of patches: JSON merge, JSON patch, strategic merge, and server-side apply with its conflicts."""

from typing import Any

from tests.unit.sandbox.kubernetes.objects import (
    APPLY,
    DEPLOYMENTS,
    JSON_PATCH,
    MAPS,
    MERGE,
    STRATEGIC,
    Call,
    config_map,
    definition,
    pod_spec,
    workload,
)

WEB = f"{DEPLOYMENTS}/web"


def apply(call: Call, body: Any, manager: str, path: str = WEB, extra: str = "") -> Any:
    return call("PATCH", f"{path}?fieldManager={manager}{extra}", body, APPLY)


def test_merge_patch(call: Call) -> None:
    call("POST", MAPS, config_map(a="1", b="2"))
    assert call("PATCH", f"{MAPS}/settings", {"data": {"a": None, "c": "3"}}, MERGE).json["data"] == {
        "b": "2",
        "c": "3",
    }


def test_json_patch(call: Call) -> None:
    call("POST", MAPS, config_map(a="1"))
    done = call("PATCH", f"{MAPS}/settings", [{"op": "replace", "path": "/data/a", "value": "2"}], JSON_PATCH)
    assert done.json["data"] == {"a": "2"}
    refused = call("PATCH", f"{MAPS}/settings", [{"op": "test", "path": "/data/a", "value": "x"}], JSON_PATCH)
    assert refused.status == 422


def test_strategic_merge_of_keyed_lists(call: Call) -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    call("POST", DEPLOYMENTS, workload("Deployment", spec=pod_spec(env=env)))
    wanted = [{"name": "B", "$patch": "delete"}, {"name": "C", "value": "3"}]
    order = [{"name": "C"}, {"name": "A"}]
    container = {"name": "app", "env": wanted, "$setElementOrder/env": order}
    patch = {"spec": {"template": {"spec": {"containers": [container], "nodeSelector": {"a": "b"}}}}}
    spec = call("PATCH", WEB, patch, STRATEGIC).json["spec"]["template"]["spec"]
    assert spec["containers"][0]["env"] == [{"name": "C", "value": "3"}, {"name": "A", "value": "1"}]
    assert spec["containers"][0]["image"] == "nginx:1.29"
    assert spec["nodeSelector"] == {"a": "b"}


def test_strategic_merge_replaces_atomic_lists_and_retains_keys(call: Call) -> None:
    call("POST", DEPLOYMENTS, workload("Deployment", spec={**pod_spec(), "tolerations": [{"key": "a"}]}))
    template = {"spec": {"tolerations": [{"key": "b", "operator": "Exists"}]}}
    strategy = {"$retainKeys": ["type"], "type": "Recreate"}
    spec = call("PATCH", WEB, {"spec": {"template": template, "strategy": strategy}}, STRATEGIC).json["spec"]
    assert spec["template"]["spec"]["tolerations"] == [{"key": "b", "operator": "Exists"}]
    assert spec["strategy"] == {"type": "Recreate"}


def test_custom_resources_take_no_strategic_patch(call: Call) -> None:
    call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition())
    pool = {"apiVersion": "example.com/v1", "kind": "Pool", "metadata": {"name": "p"}}
    call("POST", "/apis/example.com/v1/pools", pool)
    assert call("PATCH", "/apis/example.com/v1/pools/p", {"spec": {"size": 2}}, STRATEGIC).status == 415


def test_apply_creates_then_changes_nothing(call: Call) -> None:
    first = apply(call, workload("Deployment"), "eksgpu")
    again = apply(call, workload("Deployment"), "eksgpu")
    assert (first.status, again.status) == (201, 200)
    before = first.json["metadata"]
    assert [row["manager"] for row in before["managedFields"]] == ["eksgpu"]
    live = call("GET", WEB).json["metadata"]
    assert again.json["metadata"]["resourceVersion"] == live["resourceVersion"]
    assert before["generation"] == live["generation"] == 1


def test_apply_conflicts_by_field_and_force_takes_it(call: Call) -> None:
    apply(call, workload("Deployment", replicas=2), "first")
    refused = apply(call, workload("Deployment", replicas=3), "second")
    assert refused.status == 409
    assert refused.json["message"] == 'Apply failed with 1 conflict: conflict with "first": .spec.replicas'
    assert refused.json["details"]["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "first"', "field": ".spec.replicas"}
    ]
    forced = apply(call, workload("Deployment", replicas=3), "second", extra="&force=true").json
    assert forced["spec"]["replicas"] == 3
    loser = next(row for row in forced["metadata"]["managedFields"] if row["manager"] == "first")
    assert "f:replicas" not in loser["fieldsV1"]["f:spec"]


def test_several_conflicts_are_listed(call: Call) -> None:
    apply(call, config_map(a="1", b="2"), "first", f"{MAPS}/settings")
    refused = apply(call, config_map(a="x", b="y"), "second", f"{MAPS}/settings")
    assert refused.json["message"] == ('Apply failed with 2 conflicts: conflicts with "first":\n- .data.a\n- .data.b')


def test_an_update_owns_what_it_changed(call: Call) -> None:
    apply(call, config_map(a="1"), "eksgpu", f"{MAPS}/settings")
    call("PATCH", f"{MAPS}/settings?fieldManager=kubectl-edit", {"data": {"a": "2"}}, MERGE)
    refused = apply(call, config_map(a="1"), "eksgpu", f"{MAPS}/settings")
    assert refused.json["message"].endswith('conflict with "kubectl-edit" using v1: .data.a')


def test_what_is_no_longer_applied_is_removed(call: Call) -> None:
    apply(call, config_map(a="1", b="2"), "eksgpu", f"{MAPS}/settings")
    apply(call, config_map(c="3"), "other", f"{MAPS}/settings")
    assert apply(call, config_map(a="1"), "eksgpu", f"{MAPS}/settings").json["data"] == {"a": "1", "c": "3"}


def test_shared_fields_stay_until_nobody_applies_them(call: Call) -> None:
    for manager in ("one", "two"):
        apply(call, config_map(a="1"), manager, f"{MAPS}/settings")
    assert apply(call, config_map(), "one", f"{MAPS}/settings").json["data"] == {"a": "1"}
    assert "data" not in apply(call, config_map(), "two", f"{MAPS}/settings").json


def test_items_of_keyed_lists_are_applied_one_by_one(call: Call) -> None:
    apply(call, workload("Deployment", spec=pod_spec(env=[{"name": "A", "value": "1"}])), "eksgpu")
    side = workload("Deployment", spec={"containers": [{"name": "app", "env": [{"name": "B", "value": "2"}]}]})
    both = apply(call, side, "other").json["spec"]["template"]["spec"]["containers"][0]["env"]
    assert both == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    left = apply(call, workload("Deployment"), "eksgpu").json["spec"]["template"]["spec"]["containers"][0]["env"]
    assert left == [{"name": "B", "value": "2"}]


def test_apply_as_a_dry_run_shows_and_stores_nothing(call: Call) -> None:
    apply(call, config_map(a="1"), "eksgpu", f"{MAPS}/settings")
    shown = apply(call, config_map(a="2"), "eksgpu", f"{MAPS}/settings", "&dryRun=All").json
    assert shown["data"] == {"a": "2"}
    assert call("GET", f"{MAPS}/settings").json["data"] == {"a": "1"}
    assert apply(call, config_map("new"), "eksgpu", f"{MAPS}/new", "&dryRun=All").status == 201
    assert call("GET", f"{MAPS}/new").status == 404


def test_applied_quantities_do_not_come_back_as_changes(call: Call) -> None:
    odd = workload("Deployment", spec=pod_spec(resources={"limits": {"cpu": "1000m", "memory": "2048Gi"}}))
    apply(call, odd, "eksgpu")
    version = call("GET", WEB).json["metadata"]["resourceVersion"]
    assert apply(call, odd, "eksgpu").json["metadata"]["resourceVersion"] == version
    assert apply(call, odd, "other").status == 200


def test_apply_needs_a_manager_and_known_fields(call: Call) -> None:
    assert call("PATCH", WEB, workload("Deployment"), APPLY).status == 422
    refused = apply(call, {**config_map(), "odd": 1}, "eksgpu", f"{MAPS}/settings")
    assert ".odd: field not declared in schema" in refused.json["message"]


def test_status_can_be_applied(call: Call) -> None:
    call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition(subresources={"status": {}}))
    pool = {"apiVersion": "example.com/v1", "kind": "Pool", "metadata": {"name": "p"}}
    call("POST", "/apis/example.com/v1/pools", pool)
    done = apply(call, {**pool, "status": {"x": 1}}, "eksgpu", "/apis/example.com/v1/pools/p/status").json
    assert done["metadata"]["managedFields"][-1]["subresource"] == "status"
