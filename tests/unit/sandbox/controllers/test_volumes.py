"""Volumes of claims: made where the pod is, attached there, and gone or kept as their class says."""

from typing import Any

import pytest

from .account import Account
from .embedded import Embedded
from .stage import BEARS_CONTROLLER, TinyCloud


def installed(on: Embedded, **storage: Any) -> None:
    """The driver's Deployment, as the add-on has it, and a class."""
    labels = {"app": "ebs-csi-controller"}
    container = {"name": "ebs-plugin", "image": "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-ebs-csi-driver"}
    pod = {"tolerations": BEARS_CONTROLLER, "containers": [container]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    on.client.create({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "ebs-csi-controller", "namespace": "kube-system", "labels": labels},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    })  # fmt: skip
    on.client.create({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "gp3"},
        "provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer", **storage,
    })  # fmt: skip
    on.pass_time(60)


def claim(on: Embedded) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3", "resources": {"requests": {"storage": "100G"}}}
    metadata = {"name": "data", "namespace": "default"}
    on.client.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})


def user(on: Embedded) -> None:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    container = {"name": "main", "image": "registry.k8s.io/pause:3.10"}
    spec = {"tolerations": BEARS_CONTROLLER, "containers": [container], "volumes": [volume]}
    metadata = {"name": "web", "namespace": "default"}
    on.client.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def test_a_volume_comes_with_the_first_pod_is_attached_and_goes_with_its_claim() -> None:
    account = Account()
    on = Embedded(account.cloud, account.clock)
    installed(on)
    claim(on)
    tagged = [{"Name": "tag:ebs.csi.aws.com/cluster", "Values": ["true"]}]
    assert account.ec2.describe_volumes(Filters=tagged)["Volumes"] == []
    user(on)
    (volume,) = account.ec2.describe_volumes(Filters=tagged)["Volumes"]
    tags = {tag["Key"]: tag["Value"] for tag in volume["Tags"]}
    assert tags["kubernetes.io/cluster/demo"] == "owned"
    assert tags["kubernetes.io/created-for/pvc/name"] == "data"
    assert (volume["State"], volume["Size"]) == ("in-use", 94)
    node = on.client.get("v1", "Pod", "web", "default")["spec"]["nodeName"]
    assert on.client.get("v1", "Node", node)["spec"]["providerID"].endswith(volume["Attachments"][0]["InstanceId"])
    bound = on.client.get("v1", "PersistentVolumeClaim", "data", "default")
    assert bound["status"]["phase"] == "Bound"
    assert on.names("v1", "PersistentVolume") == [bound["spec"]["volumeName"]]
    on.client.delete("v1", "PersistentVolumeClaim", "data", "default")
    assert on.names("v1", "PersistentVolumeClaim", "default") == ["data"]  # a pod uses it
    on.client.delete("v1", "Pod", "web", "default")
    on.pass_time(30)
    assert on.names("v1", "PersistentVolumeClaim", "default") == on.names("v1", "PersistentVolume") == []
    assert account.ec2.describe_volumes(Filters=tagged)["Volumes"] == []


def test_a_claim_may_come_before_its_class_and_a_new_cluster_has_gp2_which_is_no_default() -> None:
    on = Embedded()
    (gp2,) = on.client.list("storage.k8s.io/v1", "StorageClass")[0]
    assert (gp2["metadata"]["name"], gp2["provisioner"]) == ("gp2", "kubernetes.io/aws-ebs")
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    metadata = {"name": "plain", "namespace": "default"}
    on.client.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})
    assert "storageClassName" not in on.client.get("v1", "PersistentVolumeClaim", "plain", "default")["spec"]
    claim(on)
    on.pass_time(60)
    installed(on, volumeBindingMode="Immediate")
    assert on.client.get("v1", "PersistentVolumeClaim", "data", "default")["status"]["phase"] == "Bound"
    assert on.client.get("v1", "PersistentVolumeClaim", "plain", "default")["status"]["phase"] == "Pending"


@pytest.mark.parametrize(("driver", "policy"), [(True, "Retain"), (False, "Delete")])
def test_a_volume_stays_that_is_to_be_retained_or_whose_driver_is_gone(*, driver: bool, policy: str) -> None:
    cloud = TinyCloud()
    on = Embedded(cloud)
    installed(on, reclaimPolicy=policy)
    claim(on)
    user(on)
    (instance,) = cloud.storage.volumes.values()
    assert instance.startswith("i-system-")
    on.client.delete("v1", "Pod", "web", "default")
    on.pass_time(30)
    assert list(cloud.storage.volumes.values()) == [""]
    if not driver:
        on.client.delete("apps/v1", "Deployment", "ebs-csi-controller", "kube-system")
    on.client.delete("v1", "PersistentVolumeClaim", "data", "default")
    on.pass_time(30)
    (left,) = on.client.list("v1", "PersistentVolume")[0]
    assert left["status"]["phase"] == "Released"
    assert on.names("v1", "PersistentVolumeClaim", "default") == []
    assert len(cloud.storage.volumes) == 1
