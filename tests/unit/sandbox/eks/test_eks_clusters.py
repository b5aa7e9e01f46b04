"""Creating and deleting control planes: what is refused, what appears in the account, what is left."""

import base64
from typing import Any

import pytest
from cryptography import x509

from eksgpu.sandbox.world import World
from tests.unit.sandbox.eks.account import CLUSTER_POLICY, NO_SUCH_ROLE, EksAccount, refusal

INVALID = "InvalidParameterException"


def test_a_cluster_becomes_active_in_its_time(account: EksAccount) -> None:
    made = account.eks.create_cluster(**account.request())["cluster"]
    assert made["status"] == "CREATING"
    assert "endpoint" not in made
    account.clock.sleep(559)
    assert account.cluster()["status"] == "CREATING"
    account.clock.sleep(1)
    cluster = account.cluster()
    assert cluster["status"] == "ACTIVE"
    assert cluster["endpoint"].endswith(".gr7.us-west-2.eks.amazonaws.com")
    assert cluster["identity"]["oidc"]["issuer"].startswith("https://oidc.eks.us-west-2.amazonaws.com/id/")
    authority = x509.load_pem_x509_certificate(base64.b64decode(cluster["certificateAuthority"]["data"]))
    assert authority.subject == authority.issuer


def test_what_a_cluster_makes_in_the_account(account: EksAccount) -> None:
    config = account.active_cluster()["resourcesVpcConfig"]
    group = account.ec2.describe_security_groups(GroupIds=[config["clusterSecurityGroupId"]])["SecurityGroups"][0]
    assert group["GroupName"].startswith("eks-cluster-sg-demo-")
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert tags["kubernetes.io/cluster/demo"] == "owned"
    assert tags["aws:eks:cluster-name"] == "demo"
    assert account.interfaces() == ["Amazon EKS demo"] * 3
    assert (
        account.iam.get_role(RoleName="AWSServiceRoleForAmazonEKS")["Role"]["Path"]
        == "/aws-service-role/eks.amazonaws.com/"
    )
    assert config["vpcId"] == account.vpc


def test_what_is_not_asked_for_has_eks_defaults(account: EksAccount) -> None:
    request = account.request()
    del request["accessConfig"], request["version"]
    account.eks.create_cluster(**request)
    cluster = account.cluster()
    assert cluster["version"] == "1.36"
    assert cluster["accessConfig"] == {"authenticationMode": "CONFIG_MAP"}
    assert cluster["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    assert cluster["resourcesVpcConfig"]["publicAccessCidrs"] == ["0.0.0.0/0"]
    assert not cluster["deletionProtection"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "-demo"}, "does not match the pattern"),
        ({"version": "1.30"}, "unsupported Kubernetes version"),
        ({"version": "1.99"}, "unsupported Kubernetes version"),
        ({"version": "1.32", "upgradePolicy": {"supportType": "STANDARD"}}, "extended support"),
        ({"roleArn": NO_SUCH_ROLE}, f"Role with arn: {NO_SUCH_ROLE}, could not be assumed because it does not exist"),
        ({"tags": {"aws:mine": "x"}}, "reserved prefix"),
        ({"tags": {f"k{number}": "v" for number in range(51)}}, "at most 50"),
        ({"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:x"}}]}, "does not exist"),
        (
            {
                "kubeSchedulerConfig": {
                    "nodeResourcesFit": {"scoringStrategy": {"resources": [{"name": "example.com/x"}]}}
                }
            },
            "is not one of",
        ),
    ],
)
def test_requests_that_eks_refuses(account: EksAccount, changed: dict[str, Any], message: str) -> None:
    code, text = refusal(account.eks.create_cluster, **account.request(**changed))
    assert code == INVALID
    assert message in text
    assert account.eks.list_clusters()["clusters"] == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"endpointPublicAccess": False}, "Private and public endpoint access cannot be false"),
        ({"publicAccessCidrs": ["10.0.0.0/8"]}, "invalid in publicAccessCidrs"),
        ({"securityGroupIds": ["sg-0"]}, "do not exist"),
        ({"subnetIds": ["subnet-0"]}, "does not exist"),
    ],
)
def test_networks_that_eks_refuses(account: EksAccount, changed: dict[str, Any], message: str) -> None:
    config = {"subnetIds": account.subnets, **changed}
    code, text = refusal(account.eks.create_cluster, **account.request(resourcesVpcConfig=config))
    assert code == INVALID
    assert message in text


def test_quotas(account: EksAccount, world: World) -> None:
    config = {"subnetIds": account.subnets, "publicAccessCidrs": [f"203.0.{number}.0/24" for number in range(41)]}
    code, _ = refusal(account.eks.create_cluster, **account.request(resourcesVpcConfig=config))
    assert code == "ResourceLimitExceededException"
    world.quotas.set("L-1194D53C", 1)
    account.active_cluster()
    code, text = refusal(account.eks.create_cluster, **account.request(name="second"))
    assert (code, text) == ("ResourceLimitExceededException", "Clusters: the limit of 1 is exceeded")


def test_a_cluster_told_to_fail_can_be_deleted(account: EksAccount, world: World) -> None:
    world.options["eks_failures"] = ["cluster/demo"]
    cluster = account.active_cluster()
    assert cluster["status"] == "FAILED"
    assert cluster["health"]["issues"][0]["code"] == "InternalFailure"
    account.eks.delete_cluster(name="demo")
    account.clock.sleep(180)
    assert account.interfaces() == []


def test_one_zone_is_not_enough(account: EksAccount) -> None:
    config = {"subnetIds": [account.subnets[0], account.subnet("10.0.9.0/24", "a")]}
    _, text = refusal(account.eks.create_cluster, **account.request(resourcesVpcConfig=config))
    assert text == "Subnets specified must be in at least two different AZs"


def test_a_barred_zone_is_named_with_those_to_choose_from(account: EksAccount, client: Any) -> None:
    ec2, eks = client("ec2", "us-east-1"), client("eks", "us-east-1")
    zones = {zone["ZoneId"]: zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{number}.0/24", AvailabilityZone=zones[zone_id])["Subnet"][
            "SubnetId"
        ]
        for number, zone_id in enumerate(("use1-az3", "use1-az1"))
    ]
    code, text = refusal(eks.create_cluster, **account.request(resourcesVpcConfig={"subnetIds": subnets}))
    assert code == "UnsupportedAvailabilityZoneException"
    assert f"creating control plane instances in {zones['use1-az3']}, the targeted availability zone" in text
    assert zones["use1-az1"] in text.split(":", 1)[1]


def test_the_role_needs_trust_and_policy(account: EksAccount) -> None:
    other = account.role("other", "ec2.amazonaws.com")
    _, text = refusal(account.eks.create_cluster, **account.request(roleArn=other))
    assert "the trusted entity is not correct" in text
    account.iam.detach_role_policy(RoleName="cluster", PolicyArn=CLUSTER_POLICY)
    _, text = refusal(account.eks.create_cluster, **account.request())
    assert text.startswith("The provided role doesn't have the Amazon EKS Managed Policies associated with it.")


def test_a_new_role_is_not_seen_at_once(account: EksAccount, world: World) -> None:
    world.options["iam_visibility_seconds"] = 10
    role = account.role("late", "eks.amazonaws.com")
    account.iam.attach_role_policy(RoleName="late", PolicyArn=CLUSTER_POLICY)
    request = account.request(roleArn=role)
    _, text = refusal(account.eks.create_cluster, **request)
    assert (
        text
        == f"Role with arn: {role}, could not be assumed because it does not exist or the trusted entity is not correct"
    )
    account.clock.sleep(10)
    assert account.eks.create_cluster(**request)["cluster"]["status"] == "CREATING"


def test_a_key_that_cannot_be_used(account: EksAccount) -> None:
    key = account.kms.create_key()["KeyMetadata"]
    request = account.request(encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": key["Arn"]}}])
    account.kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    _, text = refusal(account.eks.create_cluster, **request)
    assert text == f"{key['Arn']} is pending deletion."
    account.kms.cancel_key_deletion(KeyId=key["KeyId"])
    account.kms.enable_key(KeyId=key["KeyId"])
    assert account.active_cluster(**request)["health"]["issues"] == []
    account.kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert account.cluster()["health"]["issues"][0]["code"] == "KmsKeyMarkedForDeletion"


def test_the_same_request_again_gives_the_same_cluster_and_another_one_finds_the_name_taken(
    account: EksAccount,
) -> None:
    request = account.request(clientRequestToken="once")
    first = account.eks.create_cluster(**request)["cluster"]
    assert account.eks.create_cluster(**request)["cluster"]["arn"] == first["arn"]
    assert account.interfaces() == ["Amazon EKS demo"] * 3
    expected = ("ResourceInUseException", "Cluster already exists with name: demo")
    assert refusal(account.eks.create_cluster, **account.request(clientRequestToken="twice")) == expected
    account.clock.sleep(600)
    account.eks.delete_cluster(name="demo")
    assert refusal(account.eks.create_cluster, **request) == expected


def test_a_deleted_cluster_takes_its_parts_along(account: EksAccount) -> None:
    before = account.security_groups()
    account.active_cluster()
    assert account.eks.delete_cluster(name="demo")["cluster"]["status"] == "DELETING"
    assert account.interfaces() == ["Amazon EKS demo"] * 3
    account.clock.sleep(180)
    assert account.interfaces() == []
    assert account.security_groups() == before
    expected = ("ResourceNotFoundException", "No cluster found for name: demo.")
    assert refusal(account.eks.describe_cluster, name="demo") == expected
    account.ec2.delete_subnet(SubnetId=account.subnets[0])


def test_a_foreign_interface_keeps_the_security_group_behind(account: EksAccount) -> None:
    group = account.active_cluster()["resourcesVpcConfig"]["clusterSecurityGroupId"]
    account.ec2.create_network_interface(SubnetId=account.subnets[0], Groups=[group])
    account.eks.delete_cluster(name="demo")
    account.clock.sleep(200)
    assert any(name.startswith("eks-cluster-sg-demo") for name in account.security_groups())


def test_what_blocks_a_deletion(account: EksAccount) -> None:
    account.eks.create_cluster(**account.request(deletionProtection=True))
    code, text = refusal(account.eks.delete_cluster, name="demo")
    assert code == "InvalidRequestException"
    assert "deletion protection" in text
    account.clock.sleep(600)
    account.eks.update_cluster_config(name="demo", deletionProtection=False)
    account.clock.sleep(100)
    account.eks.create_nodegroup(**account.group_request())
    expected = ("ResourceInUseException", "Cluster has nodegroups attached")
    assert refusal(account.eks.delete_cluster, name="demo") == expected
    account.eks.delete_nodegroup(clusterName="demo", nodegroupName="system")
    account.clock.sleep(400)
    account.eks.update_cluster_version(name="demo", version="1.36")
    expected = ("ResourceInUseException", "Cannot delete because cluster demo currently has an update in progress")
    assert refusal(account.eks.delete_cluster, name="demo") == expected
