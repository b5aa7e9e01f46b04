"""Add-ons: versions, the wait for nodes, updates, and the roles that come with them."""

import json
from typing import Any

import pytest

from eksgpu.sandbox.world import World
from tests.unit.sandbox.eks.account import NO_SUCH_ROLE, EksAccount, refusal

CONTROLLER_TAINT = {"key": "karpenter.sh/controller", "value": "true", "effect": "NO_SCHEDULE"}
TOLERATIONS = [{"key": "karpenter.sh/controller", "operator": "Exists", "effect": "NoSchedule"}]


def create(account: EksAccount, name: str, **params: Any) -> dict[str, Any]:
    made: dict[str, Any] = account.eks.create_addon(clusterName="demo", addonName=name, **params)["addon"]
    return made


def test_a_daemon_set_is_active_without_nodes(account: EksAccount) -> None:
    account.active_cluster()
    for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        assert create(account, name)["status"] == "CREATING"
    account.clock.sleep(60)
    assert account.addon("vpc-cni")["status"] == "ACTIVE"
    assert account.addon("vpc-cni")["addonVersion"] == "v1.22.3-eksbuild.1"
    assert account.eks.list_addons(clusterName="demo")["addons"] == ["eks-pod-identity-agent", "kube-proxy", "vpc-cni"]


@pytest.mark.parametrize("name", ["coredns", "metrics-server", "aws-ebs-csi-driver"])
def test_a_deployment_waits_for_nodes(account: EksAccount, name: str) -> None:
    account.active_cluster()
    create(account, name)
    account.clock.sleep(60)
    addon = account.addon(name)
    assert addon["status"] == "DEGRADED"
    assert addon["health"]["issues"][0]["code"] == "InsufficientNumberOfReplicas"
    account.active_group()
    assert account.addon(name)["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        (None, "DEGRADED"),
        ({"tolerations": [{"key": "other", "operator": "Exists"}]}, "DEGRADED"),
        ({"tolerations": [{"key": "karpenter.sh/controller", "value": "false"}]}, "DEGRADED"),
        (
            {"tolerations": [{"key": "karpenter.sh/controller", "operator": "Exists", "effect": "NoExecute"}]},
            "DEGRADED",
        ),
        ({"tolerations": TOLERATIONS}, "ACTIVE"),
        ({"tolerations": [{"key": "karpenter.sh/controller", "value": "true"}]}, "ACTIVE"),
        ({"tolerations": [{"operator": "Exists"}]}, "ACTIVE"),
        ({"tolerations": TOLERATIONS, "nodeSelector": {"role": "system"}}, "ACTIVE"),
        ({"tolerations": TOLERATIONS, "nodeSelector": {"role": "gpu"}}, "DEGRADED"),
    ],
)
def test_coredns_needs_a_node_that_it_tolerates(
    account: EksAccount, values: dict[str, Any] | None, status: str
) -> None:
    account.active_cluster()
    account.active_group(taints=[CONTROLLER_TAINT], labels={"role": "system"})
    create(account, "coredns", **({"configurationValues": json.dumps(values)} if values else {}))
    account.clock.sleep(60)
    assert account.addon("coredns")["status"] == status


def test_a_controllers_tolerations_stand_under_controller(account: EksAccount) -> None:
    account.active_cluster()
    account.active_group(taints=[CONTROLLER_TAINT])
    create(account, "aws-ebs-csi-driver", configurationValues=json.dumps({"tolerations": TOLERATIONS}))
    account.clock.sleep(60)
    assert account.addon("aws-ebs-csi-driver")["status"] == "DEGRADED"
    values = json.dumps({"controller": {"tolerations": TOLERATIONS}})
    account.eks.update_addon(clusterName="demo", addonName="aws-ebs-csi-driver", configurationValues=values)
    account.clock.sleep(60)
    assert account.addon("aws-ebs-csi-driver")["status"] == "ACTIVE"


def test_coredns_is_degraded_again_when_the_nodes_go(account: EksAccount) -> None:
    account.active_cluster()
    account.active_group()
    create(account, "coredns")
    account.clock.sleep(60)
    assert account.addon("coredns")["status"] == "ACTIVE"
    account.eks.delete_nodegroup(clusterName="demo", nodegroupName="system")
    account.clock.sleep(400)
    assert account.addon("coredns")["status"] == "DEGRADED"


def test_an_addon_in_the_making_cannot_be_updated_nor_made_twice(account: EksAccount) -> None:
    account.active_cluster()
    create(account, "vpc-cni", clientRequestToken="once")
    code, text = refusal(account.eks.update_addon, clusterName="demo", addonName="vpc-cni")
    assert code == "ResourceInUseException"
    assert text == "Addon vpc-cni cannot be updated as it is currently in CREATING state"
    assert refusal(create, account=account, name="vpc-cni") == ("ResourceInUseException", "Addon already exists.")
    assert create(account, "vpc-cni", clientRequestToken="once")["status"] == "CREATING"


def test_an_update_changes_the_version_when_it_is_over(account: EksAccount) -> None:
    account.active_cluster()
    create(account, "vpc-cni", addonVersion="v1.21.1-eksbuild.3")
    account.clock.sleep(60)
    update = account.eks.update_addon(clusterName="demo", addonName="vpc-cni", addonVersion="v1.22.4-eksbuild.3")[
        "update"
    ]
    assert update["type"] == "AddonUpdate"
    assert account.addon("vpc-cni")["status"] == "UPDATING"
    account.clock.sleep(60)
    assert account.addon("vpc-cni")["addonVersion"] == "v1.22.4-eksbuild.3"
    described = account.eks.describe_update(name="demo", updateId=update["id"], addonName="vpc-cni")["update"]
    assert described["status"] == "Successful"


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("nope", {}, "Addon specified is not supported"),
        ("vpc-cni", {"addonVersion": "v0.1.0-eksbuild.1"}, "Addon version specified is not supported"),
        ("kube-proxy", {"addonVersion": "v1.36.0-eksbuild.21"}, "Addon version specified is not supported"),
        ("coredns", {"configurationValues": "{"}, "ConfigurationValue provided in request is not supported"),
        ("coredns", {"configurationValues": "[1]"}, "ConfigurationValue provided in request is not supported"),
        ("vpc-cni", {"serviceAccountRoleArn": NO_SUCH_ROLE}, "does not exist"),
        (
            "vpc-cni",
            {"podIdentityAssociations": [{"serviceAccount": "aws-node", "roleArn": NO_SUCH_ROLE}]},
            "Role provided in the request does not exist.",
        ),
    ],
)
def test_requests_that_eks_refuses(account: EksAccount, name: str, params: dict[str, Any], message: str) -> None:
    account.active_cluster()
    code, text = refusal(create, account=account, name=name, **params)
    assert code == "InvalidParameterException"
    assert message in text


def test_an_addon_told_to_fail(account: EksAccount, world: World) -> None:
    world.options["eks_failures"] = ["addon/*"]
    account.active_cluster()
    create(account, "vpc-cni")
    account.eks.create_nodegroup(**account.group_request())
    account.clock.sleep(120)
    assert account.addon("vpc-cni")["status"] == "CREATE_FAILED"
    assert account.group()["status"] == "CREATING"


def test_a_deleted_addon_is_gone_after_a_while(account: EksAccount) -> None:
    account.active_cluster()
    create(account, "vpc-cni")
    account.clock.sleep(60)
    assert account.eks.delete_addon(clusterName="demo", addonName="vpc-cni")["addon"]["status"] == "DELETING"
    account.clock.sleep(10)
    code, text = refusal(account.addon, name="vpc-cni")
    assert (code, text) == ("ResourceNotFoundException", "No addon: vpc-cni found in cluster: demo")


def test_an_addon_brings_its_associations_and_takes_them_along(account: EksAccount) -> None:
    account.active_cluster()
    role = account.role("cni", "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")
    create(account, "vpc-cni", podIdentityAssociations=[{"serviceAccount": "aws-node", "roleArn": role}])
    listed = account.eks.list_pod_identity_associations(clusterName="demo")["associations"]
    assert [row["serviceAccount"] for row in listed] == ["aws-node"]
    assert account.addon("vpc-cni")["podIdentityAssociations"] == [listed[0]["associationArn"]]
    account.eks.delete_addon(clusterName="demo", addonName="vpc-cni")
    account.clock.sleep(10)
    assert account.eks.list_pod_identity_associations(clusterName="demo")["associations"] == []
