"""The vendors' charts on the embedded API: what they make, when they are ready, and what is left when they go."""

import pytest

from eksgpu.errors import AlreadyExists, CloudError
from eksgpu.kube.helm_program import Upgrade
from eksgpu.kube.release import decode, newest
from tests.unit.components.seed_pools import P5, default_pool, h100_pool, node_class
from tests.unit.sandbox.controllers.embedded import SYSTEM, Embedded
from tests.unit.sandbox.controllers.stage import plain


@pytest.fixture
def on() -> Embedded:
    return Embedded()


def test_karpenter_runs_in_any_namespace_as_its_values_say(on: Embedded) -> None:
    on.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "karpenter"}})
    on.karpenter("karpenter", settings={"clusterName": "demo", "featureGates": {"nodeOverlay": True}})
    deployment = on.client.get("apps/v1", "Deployment", "karpenter", "karpenter")
    assert deployment["status"]["readyReplicas"] == 2
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "public.ecr.aws/karpenter/controller:1.14.1"
    said = {one["name"]: one.get("value") for one in container["env"]}
    assert said["CLUSTER_NAME"] == "demo"
    assert "NodeOverlay=true,StaticCapacity=false" in str(said["FEATURE_GATES"])
    hosts = {pod["spec"]["nodeName"] for pod in on.client.list("v1", "Pod", "karpenter")[0]}
    assert len(hosts) == 2


def test_definitions_take_our_manifests_and_refuse_others(on: Embedded) -> None:
    on.karpenter()
    for manifest in (plain(node_class("h100-gpu", P5).manifest), h100_pool().manifest, default_pool().manifest):
        on.kube.apply(manifest)
    pool = on.client.get("karpenter.sh/v1", "NodePool", "default")
    assert pool["spec"]["template"]["spec"]["expireAfter"] == "720h"
    wrong = default_pool().manifest
    wrong["spec"]["disruption"] = {"consolidateAfter": "30s", "consolidationPolicy": "Sometimes"}
    with pytest.raises(CloudError, match="consolidationPolicy"):
        on.kube.apply(wrong)
    assert on.kube.resource("karpenter.k8s.aws/v1", "EC2NodeClass").plural == "ec2nodeclasses"


def test_what_a_chart_keeps_in_its_crds_folder_stays(on: Embedded) -> None:
    on.balancer_controller()
    assert on.names("networking.k8s.io/v1", "IngressClass") == ["alb"]
    on.helm.uninstall("kube-system", "aws-load-balancer-controller")
    assert on.names("networking.k8s.io/v1", "IngressClass") == []
    assert on.names("apps/v1", "Deployment", "kube-system") == []
    definitions = on.names("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    assert definitions == ["ingressclassparams.elbv2.k8s.aws", "targetgroupbindings.elbv2.k8s.aws"]
    assert newest(on.client.list("v1", "Secret", "kube-system", labels="owner=helm")[0]) == []


def test_an_upgrade_replaces_pods_and_takes_away_what_is_not_wanted_any_more(on: Embedded) -> None:
    on.balancer_controller()
    told = {"clusterName": "demo", "createIngressClassResource": False, **SYSTEM}
    on.install("aws-load-balancer-controller", "3.6.0", told)
    on.pass_time(60)
    assert on.names("networking.k8s.io/v1", "IngressClass") == []
    images = {pod["spec"]["containers"][0]["image"] for pod in on.client.list("v1", "Pod", "kube-system")[0]}
    assert images == {"public.ecr.aws/eks/aws-load-balancer-controller:v3.6.0"}
    on.helm.rollback("kube-system", "aws-load-balancer-controller", 1)
    assert on.names("networking.k8s.io/v1", "IngressClass") == ["alb"]
    (release,) = newest(on.client.list("v1", "Secret", "kube-system", labels="owner=helm")[0])
    assert (release.revision, release.status, release.version) == (3, "deployed", "3.5.0")


def test_pods_that_find_no_node_fail_the_release_after_ten_minutes(on: Embedded) -> None:
    with pytest.raises(CloudError, match=r"timed out .*Deployment.apps/kube-system/karpenter: 0 of 2 pods") as failed:
        on.karpenter(nodeSelector={"no": "such"})
    assert "kubectl get pods" in str(failed.value.hint)
    secrets, _ = on.client.list("v1", "Secret", "kube-system", labels="name=karpenter")
    assert decode(secrets[-1])["info"]["status"] == "failed"
    on.karpenter()
    assert on.client.get("apps/v1", "Deployment", "karpenter", "kube-system")["status"]["readyReplicas"] == 2


def test_objects_of_others_are_not_taken_over(on: Embedded) -> None:
    on.client.create({"apiVersion": "v1", "kind": "ServiceAccount",
                      "metadata": {"name": "karpenter", "namespace": "kube-system"}})  # fmt: skip
    with pytest.raises(AlreadyExists, match=r"ServiceAccount/kube-system/karpenter .* invalid ownership metadata"):
        on.karpenter()
    on.client.delete("v1", "ServiceAccount", "karpenter", "kube-system")
    on.karpenter()


def test_a_chart_that_the_sandbox_does_not_know_is_named_with_those_it_does(on: Embedded) -> None:
    with pytest.raises(CloudError, match="does not know the chart grafana") as failed:
        on.helm.upgrade(Upgrade("default", "grafana", "grafana", "https://charts.example.com", "1.0.0", {}))
    assert "aws-load-balancer-controller, karpenter, karpenter-crd" in str(failed.value.hint)
