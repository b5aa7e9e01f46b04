"""Events: one kind of object in two versions, recorded by two kinds of components."""

from tests.unit.sandbox.kubernetes.objects import Call

CORE, NEW = "/api/v1/namespaces/default/events", "/apis/events.k8s.io/v1/namespaces/default/events"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p"},
    "spec": {"containers": [{"name": "main", "image": "x"}]},
}


def test_the_scheduler_records_as_a_real_one(call: Call) -> None:
    call("POST", "/api/v1/namespaces/default/pods", POD)
    (event,) = call("GET", CORE).json["items"]
    assert (event["reason"], event["action"], event["reportingComponent"]) == (
        "FailedScheduling", "Scheduling", "default-scheduler",
    )  # fmt: skip
    assert event["eventTime"].endswith("Z")
    assert event["firstTimestamp"] is event["lastTimestamp"] is None
    assert "count" not in event


def test_both_versions_show_the_same_events(call: Call) -> None:
    call("POST", "/api/v1/namespaces/default/pods", POD)
    (core,), (new,) = call("GET", CORE).json["items"], call("GET", NEW).json["items"]
    name = core["metadata"]["name"]
    assert new["metadata"] == core["metadata"]
    assert (new["regarding"], new["note"]) == (core["involvedObject"], core["message"])
    assert new["reportingController"] == core["reportingComponent"]
    assert new["deprecatedSource"] == {}
    assert call("GET", f"{NEW}/{name}").json == {"apiVersion": "events.k8s.io/v1", "kind": "Event", **new}
    as_table = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}
    tables = [call("GET", path, **as_table).json for path in (CORE, NEW)]
    assert tables[0] == tables[1]
    assert tables[0]["rows"][0]["cells"][1:4] == ["Warning", "FailedScheduling", "pod/p"]
    assert call("GET", f"{NEW}?fieldSelector=regarding.name%3Dq").json["items"] == []
    assert len(call("GET", f"{CORE}?fieldSelector=source%3Ddefault-scheduler").json["items"]) == 1
    refused = call("GET", f"{NEW}?fieldSelector=involvedObject.name%3Dp")
    assert (refused.status, refused.json["message"]) == (400, "field label not supported: involvedObject.name")
    assert call("DELETE", f"{NEW}/{name}").status == 200
    assert call("GET", CORE).json["items"] == []


def test_a_method_that_a_type_lacks_is_not_allowed(call: Call) -> None:
    assert call("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews").status == 405
