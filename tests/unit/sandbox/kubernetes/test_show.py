"""What kubectl asks before and around its work: discovery, OpenAPI, tables, version."""

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.kubernetes.api import Api
from tests.unit.sandbox.kubernetes.objects import DEPLOYMENTS, Call, add_node, definition, pod, workload

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def test_version_and_health(call: Call) -> None:
    assert call("GET", "/version").json["minor"] == "35"
    assert call("GET", "/readyz").body == b"ok"


def test_aggregated_discovery_lists_every_type(call: Call) -> None:
    core = call("GET", "/api", Accept=AGGREGATED)
    assert core.headers["Content-Type"] == AGGREGATED
    pods = next(row for row in core.json["items"][0]["versions"][0]["resources"] if row["resource"] == "pods")
    assert pods["shortNames"] == ["po"]
    assert {row["subresource"] for row in pods["subresources"]} == {
        "status",
        "log",
        "exec",
        "proxy",
        "binding",
        "eviction",
    }
    groups = {row["metadata"]["name"] for row in call("GET", "/apis", Accept=AGGREGATED).json["items"]}
    assert {"apps", "batch", "rbac.authorization.k8s.io", "apiextensions.k8s.io"} <= groups
    assert "metrics.k8s.io" not in groups


def test_legacy_discovery(call: Call) -> None:
    assert "apps" in [row["name"] for row in call("GET", "/apis").json["groups"]]
    assert call("GET", "/apis/apps").json["preferredVersion"]["groupVersion"] == "apps/v1"
    rows = {row["name"]: row for row in call("GET", "/apis/apps/v1").json["resources"]}
    assert rows["deployments/scale"]["kind"] == "Scale"
    assert call("GET", "/apis/nope").status == 404


def test_openapi_lists_field_validation_for_patches(call: Call) -> None:
    paths = call("GET", "/openapi/v3").json["paths"]
    document = call("GET", paths["apis/apps/v1"]["serverRelativeURL"]).json
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert "fieldValidation" in [row["name"] for row in patch["parameters"]]
    schemas = document["components"]["schemas"]
    containers = schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert containers["items"]["allOf"] == [{"$ref": "#/components/schemas/io.k8s.api.core.v1.Container"}]


def test_custom_types_appear_in_discovery_and_openapi(call: Call) -> None:
    before = call("GET", "/openapi/v3").json["paths"]
    call("POST", CRDS, definition())
    assert call("GET", "/apis/example.com/v1").json["resources"][0]["shortNames"] == ["pl"]
    after = call("GET", "/openapi/v3").json["paths"]
    assert "apis/example.com/v1" not in before
    document = call("GET", after["apis/example.com/v1"]["serverRelativeURL"]).json
    assert document["components"]["schemas"]["com.example.v1.Pool"]["properties"]["spec"]["type"] == "object"


def test_a_table_of_pods(api: Api, call: Call, clock: SteppedClock) -> None:
    add_node(api, "n1")
    call("POST", "/api/v1/namespaces/default/pods", pod())
    clock.sleep(200)
    table = call("GET", "/api/v1/namespaces/default/pods", Accept=TABLE).json
    names = [row["name"] for row in table["columnDefinitions"]]
    assert names[:7] == ["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node"]
    assert table["rows"][0]["cells"][:7] == ["one", "0/1", "Pending", "0", "3m20s", "<none>", "n1"]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


def test_a_table_of_deployments_and_of_nodes(api: Api, call: Call) -> None:
    add_node(api, "n1", labels={"node-role.kubernetes.io/gpu": ""})
    call("POST", DEPLOYMENTS, workload("Deployment", replicas=2))
    table = call("GET", DEPLOYMENTS, Accept=TABLE).json
    assert table["rows"][0]["cells"][:5] == ["web", "0/2", 2, 0, "0s"]
    nodes = call("GET", "/api/v1/nodes/n1", Accept=TABLE).json
    assert nodes["rows"][0]["cells"][:3] == ["n1", "Ready", "gpu"]


def test_custom_columns(call: Call) -> None:
    columns = [
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
        {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]
    call("POST", CRDS, definition(additionalPrinterColumns=columns))
    made = {"conditions": [{"type": "Other"}, {"type": "Ready", "status": "True"}]}
    pool = {"apiVersion": "example.com/v1", "kind": "Pool", "metadata": {"name": "p"}, "spec": {}, "status": made}
    call("POST", "/apis/example.com/v1/pools", pool)
    table = call("GET", "/apis/example.com/v1/pools", Accept=TABLE).json
    assert table["rows"][0]["cells"] == ["p", 3, "True", "0s"]


def test_metrics_come_from_their_provider(api: Api, call: Call) -> None:
    assert call("GET", "/apis/metrics.k8s.io/v1beta1/nodes").status == 404
    usage = {"cpu": "2", "memory": "4Gi"}
    api.metrics = lambda kind: [{"name": "n1", "usage": usage}] if kind == "nodes" else []
    assert call("GET", "/apis/metrics.k8s.io/v1beta1/nodes").json["items"][0]["usage"] == usage
    assert call("GET", "/apis/metrics.k8s.io/v1beta1/nodes/n1").json["kind"] == "NodeMetrics"
    assert call("GET", "/apis/metrics.k8s.io/v1beta1/nodes/n2").status == 404


def test_metrics_carry_labels_and_are_selected_by_them(api: Api, call: Call) -> None:
    add_node(api, "n1", labels={"node-type": "gpu"})
    add_node(api, "n2")
    api.metrics = lambda _: [{"name": name, "usage": {"cpu": "2", "memory": "4Gi"}} for name in ("n1", "n2")]
    chosen = call("GET", "/apis/metrics.k8s.io/v1beta1/nodes?labelSelector=node-type%3Dgpu").json["items"]
    assert [one["metadata"]["name"] for one in chosen] == ["n1"]
