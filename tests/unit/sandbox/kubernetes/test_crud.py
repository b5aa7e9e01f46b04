"""Objects are created, read, replaced and deleted as on a real server, refusals included."""

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.kubernetes.api import Api
from tests.unit.sandbox.kubernetes.objects import MAPS, PODS, Call, config_map, pod, pod_spec


def test_a_new_object_gets_its_metadata_from_the_server(call: Call) -> None:
    made = call("POST", MAPS, config_map(a="1"))
    meta = made.json["metadata"]
    assert made.status == 201
    assert meta["namespace"] == "default"
    assert meta["creationTimestamp"] == "2026-11-22T12:00:00Z"
    assert meta["uid"]
    assert int(meta["resourceVersion"]) > 0
    assert call("GET", f"{MAPS}/settings").json == made.json


def test_the_same_seed_gives_the_same_names_and_uids() -> None:
    made = [
        Api(SteppedClock(), seed=7).client().create({**config_map(), "metadata": {"generateName": "x-"}})
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert made[0]["metadata"]["name"].startswith("x-")


def test_a_name_exists_once(call: Call) -> None:
    call("POST", MAPS, config_map())
    again = call("POST", MAPS, config_map())
    assert again.status == 409
    assert again.json["reason"] == "AlreadyExists"
    assert again.json["message"] == 'configmaps "settings" already exists'


def test_what_is_missing_is_not_found(call: Call) -> None:
    missing = call("GET", "/apis/apps/v1/namespaces/default/deployments/nope")
    assert missing.status == 404
    assert missing.json["message"] == 'deployments.apps "nope" not found'
    assert missing.json["details"] == {"name": "nope", "kind": "deployments", "group": "apps"}


def test_a_namespace_must_exist(call: Call) -> None:
    refused = call("POST", "/api/v1/namespaces/nowhere/configmaps", config_map())
    assert (refused.status, refused.json["message"]) == (404, 'namespaces "nowhere" not found')


@pytest.mark.parametrize("path", ["/api/v1/wishes", "/apis/none.example/v1/things", "/nothing", "/api/v1/pods/x"])
def test_paths_that_are_not_served(call: Call, path: str) -> None:
    assert call("GET", path).json["message"] == "the server could not find the requested resource"


def test_an_old_resource_version_conflicts(call: Call) -> None:
    made = call("POST", MAPS, config_map(a="1")).json
    call("PUT", f"{MAPS}/settings", {**made, "data": {"a": "2"}})
    late = call("PUT", f"{MAPS}/settings", {**made, "data": {"a": "3"}})
    assert late.status == 409
    assert "the object has been modified" in late.json["message"]
    assert call("GET", f"{MAPS}/settings").json["data"] == {"a": "2"}


def test_a_write_that_changes_nothing_writes_nothing(call: Call) -> None:
    made = call("POST", MAPS, config_map(a="1")).json
    same = call("PUT", f"{MAPS}/settings", made).json
    assert same["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_a_dry_run_stores_nothing(call: Call) -> None:
    shown = call("POST", f"{MAPS}?dryRun=All", config_map(a="1"))
    assert shown.status == 201
    assert shown.json["data"] == {"a": "1"}
    assert call("GET", f"{MAPS}/settings").status == 404


def test_generation_counts_changes_of_the_spec_only(call: Call) -> None:
    call("POST", PODS, pod())
    merge = "application/merge-patch+json"
    labelled = call("PATCH", f"{PODS}/one", {"metadata": {"labels": {"a": "b"}}}, merge).json
    changed = call("PATCH", f"{PODS}/one", {"spec": {"activeDeadlineSeconds": 9}}, merge).json
    assert (labelled["metadata"]["generation"], changed["metadata"]["generation"]) == (1, 2)


def test_status_has_a_door_of_its_own(call: Call) -> None:
    call("POST", PODS, pod())
    made = call("GET", f"{PODS}/one").json
    by_spec = call("PUT", f"{PODS}/one", {**made, "status": {"phase": "Failed"}}).json
    by_status = call("PUT", f"{PODS}/one/status", {**by_spec, "spec": {}, "status": {"phase": "Running"}}).json
    assert by_spec["status"]["phase"] == "Pending"
    assert by_status["status"] == {"phase": "Running", "qosClass": "BestEffort"}
    assert by_status["spec"] == made["spec"]


def test_finalizers_hold_an_object(call: Call) -> None:
    held = config_map()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    call("POST", MAPS, held)
    marked = call("DELETE", f"{MAPS}/settings").json
    assert marked["metadata"]["deletionTimestamp"] == "2026-11-22T12:00:00Z"
    call("PATCH", f"{MAPS}/settings", {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    assert call("GET", f"{MAPS}/settings").status == 404


def test_deletion_checks_its_preconditions(call: Call) -> None:
    call("POST", MAPS, config_map())
    refused = call("DELETE", f"{MAPS}/settings", {"preconditions": {"uid": "other"}})
    assert refused.status == 409
    assert call("DELETE", f"{MAPS}/settings").json["status"] == "Success"


def test_a_collection_is_deleted_by_selector(call: Call) -> None:
    for name in ("a", "b"):
        made = config_map(name)
        made["metadata"]["labels"] = {"name": name}
        call("POST", MAPS, made)
    call("DELETE", f"{MAPS}?labelSelector=name%3Da")
    assert call("GET", f"{MAPS}/a").status == 404
    assert call("GET", f"{MAPS}/b").status == 200


def test_a_namespace_goes_with_all_that_it_holds(call: Call) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
    assert call("POST", "/api/v1/namespaces", space).json["status"] == {"phase": "Active"}
    held = config_map()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    call("POST", "/api/v1/namespaces/team/configmaps", held)
    assert call("DELETE", "/api/v1/namespaces/team").json["status"]["phase"] == "Terminating"
    refused = call("POST", "/api/v1/namespaces/team/configmaps", config_map("late"))
    assert refused.status == 403
    assert "because it is being terminated" in refused.json["message"]
    path = "/api/v1/namespaces/team/configmaps/settings"
    call("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    assert call("GET", "/api/v1/namespaces/team").status == 404


def test_the_first_namespaces_stay(call: Call) -> None:
    assert call("DELETE", "/api/v1/namespaces/default").status == 403


def test_a_new_namespace_has_its_service_account(call: Call) -> None:
    call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
    assert call("GET", "/api/v1/namespaces/team/serviceaccounts/default").status == 200
    assert call("GET", "/api/v1/namespaces/team/configmaps/kube-root-ca.crt").status == 200


def test_names_are_checked(call: Call) -> None:
    refused = call("POST", MAPS, config_map("Not_A_Name"))
    assert (refused.status, refused.json["reason"]) == (422, "Invalid")
    assert refused.json["details"]["causes"][0]["field"] == "metadata.name"
    assert 'ConfigMap "Not_A_Name" is invalid: metadata.name: Invalid value: "Not_A_Name"' in refused.json["message"]


def test_a_pod_needs_containers_and_keeps_its_spec(call: Call) -> None:
    empty = call("POST", PODS, pod(spec={"containers": []}))
    assert 'Pod "one" is invalid: spec.containers: Required value' in empty.json["message"]
    call("POST", PODS, pod())
    made = call("GET", f"{PODS}/one").json
    changed = call("PUT", f"{PODS}/one", {**made, "spec": {**made["spec"], "hostNetwork": True}})
    assert changed.status == 422
    assert "pod updates may not change fields other than" in changed.json["message"]


def test_gpu_requests_equal_limits(call: Call) -> None:
    resources = {"requests": {"nvidia.com/gpu": 1}}
    refused = call("POST", PODS, pod(spec=pod_spec(resources=resources)))
    assert "Limit must be set for non overcommitable resources" in refused.json["message"]


def test_unknown_fields_are_refused_warned_of_or_dropped(call: Call) -> None:
    odd = {**config_map(a="1"), "nonsense": 1}
    strict = call("POST", f"{MAPS}?fieldValidation=Strict", odd)
    assert strict.status == 400
    assert strict.json["message"].endswith('strict decoding error: unknown field "nonsense"')
    warned = call("POST", f"{MAPS}?fieldValidation=Warn", odd)
    assert warned.headers["Warning"] == '299 - "unknown field \\"nonsense\\""'
    assert "nonsense" not in warned.json


def test_values_of_the_wrong_type_are_refused(call: Call) -> None:
    refused = call("POST", MAPS, {**config_map(), "data": {"a": 1}})
    assert refused.status == 400
    assert "cannot unmarshal number into Go struct field data.a of type string" in refused.json["message"]


def test_bodies_may_be_yaml(call: Call) -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\ndata: {a: b}\n"
    assert call("POST", MAPS, text, "application/yaml").json["data"] == {"a": "b"}
    assert call("POST", MAPS, b"{]", "application/yaml").status == 400


def test_quantities_and_defaults_are_filled_in(call: Call) -> None:
    resources = {"limits": {"cpu": 0.5, "memory": "2048Mi"}}
    made = call("POST", PODS, pod(spec=pod_spec(resources=resources))).json
    container = made["spec"]["containers"][0]
    assert container["resources"]["requests"] == {"cpu": "500m", "memory": "2Gi"}
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert made["spec"]["restartPolicy"] == "Always"
    assert made["status"]["qosClass"] == "Guaranteed"
