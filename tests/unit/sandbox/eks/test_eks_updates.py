"""Changing a control plane: one kind at a time, one update at a time, one minor version at a time."""

from typing import Any

import pytest

from tests.unit.sandbox.eks.account import EksAccount, refusal

AUDIT: dict[str, Any] = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}


def test_an_update_takes_its_time_and_then_shows(account: EksAccount) -> None:
    account.active_cluster()
    update = account.eks.update_cluster_config(name="demo", logging=AUDIT)["update"]
    assert (update["type"], update["status"]) == ("LoggingUpdate", "InProgress")
    cluster = account.cluster()
    assert cluster["status"] == "UPDATING"
    assert not any(group["enabled"] for group in cluster["logging"]["clusterLogging"])
    account.clock.sleep(35)
    cluster = account.cluster()
    assert cluster["status"] == "ACTIVE"
    assert cluster["logging"]["clusterLogging"][0] == {"types": ["audit"], "enabled": True}
    assert account.eks.list_updates(name="demo")["updateIds"] == [update["id"]]
    described = account.eks.describe_update(name="demo", updateId=update["id"])["update"]
    assert described["status"] == "Successful"
    code, text = refusal(account.eks.describe_update, name="demo", updateId="nope")
    assert (code, text) == ("ResourceNotFoundException", "No update found for ID: nope")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"resourcesVpcConfig": {"endpointPrivateAccess": True}}, "resourcesVpcConfig"),
        ({"resourcesVpcConfig": {"publicAccessCidrs": ["203.0.113.0/24"]}}, "resourcesVpcConfig"),
        ({"upgradePolicy": {"supportType": "STANDARD"}}, "upgradePolicy"),
        ({"deletionProtection": True}, "deletionProtection"),
        ({"controlPlaneScalingConfig": {"tier": "tier-xl"}}, "controlPlaneScalingConfig"),
        (
            {"kubeSchedulerConfig": {"nodeResourcesFit": {"scoringStrategy": {"type": "MostAllocated"}}}},
            "kubeSchedulerConfig",
        ),
    ],
)
def test_each_setting_can_be_changed_once(account: EksAccount, change: dict[str, Any], field: str) -> None:
    account.active_cluster()
    account.eks.update_cluster_config(name="demo", **change)
    account.clock.sleep(300)
    value, wanted = account.cluster()[field], change[field]
    assert value == wanted if not isinstance(wanted, dict) else wanted.items() <= value.items()
    code, text = refusal(account.eks.update_cluster_config, name="demo", **change)
    assert code == "InvalidParameterException"
    assert text.startswith("Cluster is already at the desired configuration with")


def test_the_texts_of_updates_that_are_refused(account: EksAccount) -> None:
    account.active_cluster()
    code, text = refusal(account.eks.update_cluster_config, name="demo", logging=AUDIT, deletionProtection=True)
    assert (code, text) == ("InvalidParameterException", "Only one type of update can be allowed.")
    both = {"endpointPrivateAccess": True, "subnetIds": account.subnets[:2]}
    assert refusal(account.eks.update_cluster_config, name="demo", resourcesVpcConfig=both) == (code, text)
    _, text = refusal(account.eks.update_cluster_config, name="demo", accessConfig={"authenticationMode": "CONFIG_MAP"})
    assert text == "Unsupported authentication mode update from API to CONFIG_MAP"
    update = account.eks.update_cluster_config(name="demo", logging=AUDIT)["update"]
    code, text = refusal(
        account.eks.update_cluster_config, name="demo", resourcesVpcConfig={"endpointPrivateAccess": True}
    )
    assert code == "ResourceInUseException"
    assert text == f"Cannot EndpointAccessUpdate because cluster demo currently has update {update['id']} in progress"


def test_the_same_update_sent_again_is_the_same_update(account: EksAccount) -> None:
    account.active_cluster()
    first = account.eks.update_cluster_config(name="demo", logging=AUDIT, clientRequestToken="once")["update"]
    again = account.eks.update_cluster_config(name="demo", logging=AUDIT, clientRequestToken="once")["update"]
    assert again["id"] == first["id"]
    assert len(account.eks.list_updates(name="demo")["updateIds"]) == 1


def test_other_subnets_move_the_interfaces(account: EksAccount) -> None:
    account.active_cluster()
    account.eks.update_cluster_config(name="demo", resourcesVpcConfig={"subnetIds": account.subnets[:2]})
    account.clock.sleep(300)
    interfaces = account.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert {interface["SubnetId"] for interface in interfaces} == set(account.subnets[:2])
    account.ec2.delete_subnet(SubnetId=account.subnets[2])


def test_versions_rise_by_one(account: EksAccount) -> None:
    account.active_cluster(version="1.34")
    before = {eni["NetworkInterfaceId"] for eni in account.ec2.describe_network_interfaces()["NetworkInterfaces"]}
    for version, message in (
        ("1.36", "Unsupported Kubernetes minor version update from 1.34 to 1.36"),
        ("1.33", "Unsupported Kubernetes minor version update from 1.34 to 1.33"),
        ("1.30", "unsupported Kubernetes version"),
    ):
        expected = ("InvalidParameterException", message)
        assert refusal(account.eks.update_cluster_version, name="demo", version=version) == expected
    account.eks.update_cluster_version(name="demo", version="1.35")
    account.clock.sleep(549)
    assert account.cluster()["version"] == "1.34"
    account.clock.sleep(1)
    assert account.cluster()["version"] == "1.35"
    after = {eni["NetworkInterfaceId"] for eni in account.ec2.describe_network_interfaces()["NetworkInterfaces"]}
    assert len(after) == len(before)
    assert not after & before


def test_nodes_may_lag_three_minor_versions(account: EksAccount) -> None:
    account.active_cluster(version="1.33")
    account.active_group()
    for version in ("1.34", "1.35", "1.36"):
        account.eks.update_cluster_version(name="demo", version=version)
        account.clock.sleep(560)
    code, text = refusal(account.eks.update_cluster_version, name="demo", version="1.37")
    assert code == "InvalidRequestException"
    assert "Nodegroups system must be updated" in text


def test_encryption_is_added_once(account: EksAccount) -> None:
    account.active_cluster()
    key = account.kms.create_key()["KeyMetadata"]["Arn"]
    config = [{"resources": ["secrets"], "provider": {"keyArn": key}}]
    account.eks.associate_encryption_config(clusterName="demo", encryptionConfig=config)
    account.clock.sleep(3000)
    assert account.cluster()["encryptionConfig"] == config
    code, _ = refusal(account.eks.associate_encryption_config, clusterName="demo", encryptionConfig=config)
    assert code == "InvalidRequestException"
