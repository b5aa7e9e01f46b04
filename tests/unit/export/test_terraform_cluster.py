"""What is in the cluster, exported: charts as releases, objects as releases of a chart that holds one object."""

import json
from typing import Any

from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.aws.vpc import Vpc
from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.refs import Chosen, Ref
from eksgpu.export.terraform import terraform
from eksgpu.kube.helm import HelmRelease
from eksgpu.kube.object import KubeObject

MARK = Mark("123456789012", "us-west-2", "demo")
CLUSTER = Ref("eks_cluster/main", "name")
CHART = HelmRelease.of(
    "kube-system",
    "karpenter",
    chart="karpenter",
    source="oci://public.ecr.aws/karpenter/karpenter",
    version="1.14.1",
    values={"settings": {"vpc": Ref("vpc/main")}},
    cluster=CLUSTER,
)
POOL = KubeObject.of(
    {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "gpu"},
        "spec": {"weight": 10, "image": Chosen("bottlerocket@v1.65.0")},
    },
    cluster=CLUSTER,
    after=(Ref(CHART.identity),),
)


def files() -> tuple[dict[str, Any], dict[str, str]]:
    found = terraform(Graph((*EksCluster.example_graph(), CHART, POOL)), MARK)
    return json.loads(found.pop("main.tf.json")), found


def test_a_chart_is_a_release_whose_values_lead_to_what_they_name() -> None:
    release = files()[0]["resource"]["helm_release"]["kube_system_karpenter"]
    assert (release["chart"], release["version"]) == ("oci://public.ecr.aws/karpenter/karpenter", "1.14.1")
    assert "repository" not in release
    (values,) = release["values"]
    assert values == '{"settings": {"vpc": "${aws_vpc.main.id}"}}'


def test_an_object_is_a_release_too_after_what_it_needs_and_without_our_mark() -> None:
    configuration, others = files()
    release = configuration["resource"]["helm_release"]["nodepool_karpenter_sh_gpu"]
    assert release["depends_on"] == ["helm_release.kube_system_karpenter"]
    assert release["chart"] == "${path.module}/object"
    assert {path.partition("/")[0] for path in others} == {"object"}
    manifest = json.loads(release["values"][0])["object"]
    assert manifest["metadata"] == {"name": "gpu"}
    assert manifest["spec"] == {"weight": 10, "image": "bottlerocket@v1.65.0"}


def test_the_way_into_the_cluster_is_its_own_endpoint_and_a_fresh_token() -> None:
    way = files()[0]["provider"]["helm"]["kubernetes"]
    assert way["host"] == "${aws_eks_cluster.main.endpoint}"
    assert way["cluster_ca_certificate"] == "${base64decode(aws_eks_cluster.main.certificate_authority[0].data)}"
    assert way["exec"]["args"][:2] == ["eks", "get-token"]


def test_without_anything_in_the_cluster_there_is_no_helm() -> None:
    found = terraform(Graph([Vpc.example()]), MARK)
    assert list(found) == ["main.tf.json"]
    assert "helm" not in found["main.tf.json"]
