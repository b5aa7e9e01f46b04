"""The configuration as a whole: labels, order that Terraform cannot see, shared objects, gaps, outputs."""

import json
from typing import Any

from eksgpu.aws.eks_addon import EksAddon
from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.aws.iam_role import IamRole
from eksgpu.aws.launch_template import LaunchTemplate
from eksgpu.aws.log_group import LogGroup
from eksgpu.aws.service_linked_role import ServiceLinkedRole
from eksgpu.aws.sqs_queue import SqsQueue
from eksgpu.aws.vpc import Vpc
from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.refs import Chosen, Ref, Text
from eksgpu.engine.resource import Resource
from eksgpu.export.terraform import terraform

MARK = Mark("123456789012", "us-west-2", "demo")
SPOT = Ref("service_linked_role/spot")


def exported(*resources: Resource) -> dict[str, Any]:
    configuration: dict[str, Any] = json.loads(terraform(Graph(resources), MARK)["main.tf.json"])
    return configuration


def cluster(**fields: Any) -> list[Resource]:
    return [
        resource.with_fields(**fields) if isinstance(resource, EksCluster) else resource
        for resource in EksCluster.example_graph()
    ]


def test_works_in_the_account_and_region_of_the_mark_only() -> None:
    provider = exported(Vpc.example())["provider"]["aws"]
    assert provider == {"region": "us-west-2", "allowed_account_ids": ["123456789012"]}


def test_two_names_that_make_one_label_stay_apart() -> None:
    vpcs = exported(Vpc("a-b", cidr="10.0.0.0/16"), Vpc("a.b", cidr="10.1.0.0/16"))["resource"]["aws_vpc"]
    assert {label: vpc["cidr_block"] for label, vpc in vpcs.items()} == {"a_b": "10.0.0.0/16", "a_b_2": "10.1.0.0/16"}


def test_a_label_never_opens_with_a_digit() -> None:
    assert list(exported(Vpc("2nd", cidr="10.0.0.0/16"))["resource"]["aws_vpc"]) == ["_2nd"]


def test_order_without_data_becomes_depends_on() -> None:
    group = LogGroup("control-plane", group="/aws/eks/demo/cluster")
    resources = exported(group, *cluster(after=(Ref("log_group/control-plane"),)))["resource"]
    assert "aws_cloudwatch_log_group.control_plane" in resources["aws_eks_cluster"]["main"]["depends_on"]


def test_who_uses_a_role_waits_for_its_policies() -> None:
    resources = exported(*cluster())["resource"]
    attachments = {f"aws_iam_role_policy_attachment.{label}" for label in resources["aws_iam_role_policy_attachment"]}
    assert attachments
    assert attachments <= set(resources["aws_eks_cluster"]["main"]["depends_on"])
    assert "depends_on" not in resources["aws_iam_role"]["cluster"]


def test_names_hold_cluster_and_where_they_are_global_the_region() -> None:
    resources = exported(IamRole.example(), SqsQueue.example(), Vpc.example())["resource"]
    assert resources["aws_iam_role"]["cluster"]["name"] == "demo-us-west-2-cluster"
    assert resources["aws_iam_role"]["cluster"]["path"] == "/eksgpu/us-west-2/demo/"
    assert resources["aws_sqs_queue"]["interruption"]["name"] == "demo-interruption"
    assert resources["aws_vpc"]["main"]["tags"]["Name"] == "demo-main"


def test_what_an_account_has_once_is_made_only_when_asked_for() -> None:
    configuration = exported(ServiceLinkedRole.example(), Vpc("main", cidr="10.0.0.0/16", after=(SPOT,)))
    assert configuration["variable"]["create_shared"]["default"] is False
    assert configuration["resource"]["aws_iam_service_linked_role"]["spot"]["count"] == "${var.create_shared ? 1 : 0}"
    assert configuration["resource"]["aws_vpc"]["main"]["depends_on"] == ["aws_iam_service_linked_role.spot"]


def test_a_cluster_that_is_there_already_is_looked_up_and_never_made() -> None:
    theirs = EksCluster("main", role="", subnets=(), shared=True)
    addon = EksAddon("coredns", cluster=Ref("eks_cluster/main", "name"))
    configuration = json.loads(terraform(Graph((theirs, addon)), MARK, existing="My_Cluster")["main.tf.json"])
    assert configuration["data"] == {"aws_eks_cluster": {"main": {"name": "My_Cluster"}}}
    assert "aws_eks_cluster" not in configuration["resource"]
    assert configuration["resource"]["aws_eks_addon"]["coredns"]["cluster_name"] == "${data.aws_eks_cluster.main.name}"
    assert configuration["output"]["configure_kubectl"]["value"].endswith("--name My_Cluster")


def test_what_the_tool_chose_is_written_as_it_stands() -> None:
    chosen = exported(*cluster(version=Chosen("1.35")))["resource"]["aws_eks_cluster"]["main"]
    assert chosen["version"] == "1.35"


def test_user_data_with_refs_is_encoded_by_terraform() -> None:
    data = Text('name = "', Ref("eks_cluster/main", "name"), '"\n')
    resources = exported(*cluster(), LaunchTemplate("gpu", user_data=data))["resource"]
    encoded = resources["aws_launch_template"]["gpu"]["user_data"]
    assert encoded == r'${base64encode("name = \"${aws_eks_cluster.main.name}\"\n")}'


def test_says_what_it_leaves_out() -> None:
    asked = exported(*cluster(deletion_protection=True, tier="tier-xl"))["//"]
    assert [line for line in asked if "eks_cluster/main: deletion protection" in line]
    assert [line for line in asked if "scaling tier" in line]
    assert exported(*cluster(deletion_protection=False, tier="standard"))["//"] == ["Written by eksgpu."]


def test_outputs_are_those_of_status() -> None:
    outputs = exported(*cluster(), EksAddon.example())["output"]
    assert list(outputs) == ["cluster_name", "cluster_endpoint", "cluster_version", "region", "configure_kubectl"]
    assert outputs["cluster_endpoint"]["value"] == "${aws_eks_cluster.main.endpoint}"
    assert "output" not in exported(Vpc.example())
