"""The half of the graph that is in the cluster: charts, their values, what stands before what. Rows 000-10, 000-11."""

from dataclasses import replace
from typing import Any

import pytest

from eksgpu.blueprint.build import build
from eksgpu.engine.graph import Graph
from eksgpu.engine.refs import Ref
from eksgpu.facts.model import Facts, Zone
from eksgpu.kube.helm import HelmRelease
from eksgpu.spec.load import loads

HEAD = "apiVersion: eksgpu.dev/v1alpha1\nkind: GpuCluster\nmetadata: {name: demo, region: us-west-2}\nspec:\n"
FACTS = Facts(
    region="us-west-2",
    partition="aws",
    zones=tuple(Zone(f"us-west-2{letter}", f"usw2-az{number}") for number, letter in enumerate("abc")),
    cluster_versions=(),
    version="1.35",
    next="1.35",
    amis={"bottlerocket": "v1.65.0"},
)
PERSON = "arn:aws:iam::123456789012:role/operator"
BOTH = "  components: {karpenter: {}, awsLoadBalancerController: {}}\n"


def graph(body: str, facts: Facts = FACTS) -> Graph:
    return build(loads(HEAD + body), facts, account="123456789012", caller=PERSON)


def release(body: str, name: str) -> HelmRelease:
    found = graph(body).resources[f"helm_release/{name}"]
    assert isinstance(found, HelmRelease)
    return found


def before(wanted: Graph, identity: str) -> set[str]:
    """Everything that must be ready before it, at any distance."""
    found: set[str] = set()
    left = [identity]
    while left:
        needed = wanted.needs[left.pop()] - found
        found |= needed
        left += needed
    return found


def test_karpenter_after_its_crds_its_credentials_its_nodes_and_the_people() -> None:
    wanted = graph(BOTH)
    assert {
        "helm_release/kube-system/karpenter-crd",
        "pod_identity_association/karpenter",
        "eks_addon/eks-pod-identity-agent",
        "access_entry/karpenter-node",
        "access_entry/caller",
        "eks_node_group/system",
        "sqs_queue/karpenter",
    } <= before(wanted, "helm_release/kube-system/karpenter")
    # The CRDs need no node, so that they are there long before.
    assert "eks_node_group/system" not in before(wanted, "helm_release/kube-system/karpenter-crd")


def test_karpenters_values() -> None:
    found = release(BOTH, "kube-system/karpenter")
    assert (found.source, found.version) == ("oci://public.ecr.aws/karpenter/karpenter", "1.14.1")
    values: Any = found.values
    assert values["settings"]["clusterName"] == "demo"
    assert values["settings"]["interruptionQueue"] == Ref("sqs_queue/karpenter", "name")
    assert values["serviceAccount"] == {"name": "karpenter"}
    assert {"key": "karpenter.sh/controller", "operator": "Exists", "effect": "NoSchedule"} in values["tolerations"]
    assert values["replicas"] == 2
    # It does not reach the node's metadata service.
    assert values["controller"]["env"] == [{"name": "AWS_REGION", "value": "us-west-2"}]


def test_crds_move_with_the_controller_and_before_it() -> None:
    wanted = graph("  components: {karpenter: {version: 1.13.0}}\n")
    crds, controller = (wanted.resources[f"helm_release/kube-system/karpenter{end}"] for end in ("-crd", ""))
    assert isinstance(crds, HelmRelease)
    assert isinstance(controller, HelmRelease)
    assert crds.version == controller.version == "1.13.0"
    assert Ref(crds.identity) in controller.after


def test_the_load_balancer_controller_asks_no_metadata_service() -> None:
    found = release(BOTH, "kube-system/aws-load-balancer-controller")
    assert (found.source, found.chart) == ("https://aws.github.io/eks-charts", "aws-load-balancer-controller")
    values: Any = found.values
    assert (values["clusterName"], values["region"], values["vpcId"]) == ("demo", "us-west-2", Ref("vpc/main"))
    assert values["replicaCount"] == 2
    # Else the webhook of a controller that is not up yet stops every other chart's Service.
    assert values["serviceMutatorWebhookConfig"] == {"failurePolicy": "Ignore"}


def test_the_users_own_values_win() -> None:
    body = "  components: {karpenter: {values: {settings: {batchIdleDuration: 5s}, dnsPolicy: ClusterFirst}}}\n"
    values: Any = release(body, "kube-system/karpenter").values
    assert (values["settings"]["batchIdleDuration"], values["settings"]["clusterName"]) == ("5s", "demo")
    assert values["dnsPolicy"] == "ClusterFirst"


@pytest.mark.parametrize(
    ("pool", "on"),
    [
        ("{name: fixed, instanceTypes: [g6.xlarge], replicas: 2}", {"staticCapacity", "reservedCapacity"}),
        ("{name: moving}", {"reservedCapacity"}),
    ],
)
def test_feature_gates_follow_the_pools(pool: str, on: set[str]) -> None:
    values: Any = release(f"  nodePools: [{pool}]\n  components: {{karpenter: {{}}}}\n", "kube-system/karpenter").values
    assert {name for name, value in values["settings"]["featureGates"].items() if value} == on


def test_a_namespace_of_its_own_is_made_first() -> None:
    wanted = graph("  components: {karpenter: {namespace: karpenter}}\n")
    assert "kubernetes/Namespace/karpenter" in before(wanted, "helm_release/karpenter/karpenter-crd")


def test_without_components_nothing_is_in_the_cluster() -> None:
    assert {one.kind for one in graph("  {}\n")} & {"helm_release", "kubernetes"} == set()


def test_pools_after_their_class_and_classes_after_karpenter() -> None:
    wanted = graph("  nodePools: [{name: gpu, gpu: {name: l4}, nodeClass: shared}]\n  components: {karpenter: {}}\n")
    pool, node_class = "kubernetes/NodePool.karpenter.sh/gpu", "kubernetes/EC2NodeClass.karpenter.k8s.aws/shared"
    assert node_class in wanted.needs[pool]
    # Both: it makes them ready, and takes their nodes away before it goes itself.
    assert "helm_release/kube-system/karpenter" in wanted.needs[pool] & wanted.needs[node_class]
    assert "iam_role/karpenter-node" in wanted.needs[node_class]


def test_equal_arguments_give_equal_graphs() -> None:
    assert graph(BOTH).resources == graph(BOTH).resources
    assert graph(BOTH, replace(FACTS, amis={})).resources == graph(BOTH).resources
