"""Load balancers of Services and Ingresses: made, kept, and gone with all their parts, in an account of the sandbox."""

from typing import Any

import pytest

from eksgpu.aws.byproducts.controller_security_group import ControllerSecurityGroup
from eksgpu.aws.byproducts.load_balancer import LoadBalancer
from eksgpu.aws.byproducts.target_group import TargetGroup
from eksgpu.aws.clients import Clients
from eksgpu.aws.run import AwsRun
from eksgpu.engine.execute import Inline, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.plan import make_plan

from .account import REGION, Account
from .embedded import Embedded
from .stage import TinyCloud

PORTS = [{"name": "http", "port": 80, "targetPort": 8080}]


def service(name: str = "web", ports: list[dict[str, Any]] | None = None, **spec: Any) -> dict[str, Any]:
    annotations = spec.pop("annotations", {})
    metadata = {"name": name, "namespace": "default", "annotations": annotations}
    told = {"type": "LoadBalancer", "selector": {"app": name}, "ports": ports or PORTS, **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": told}


def ingress(name: str = "web", **spec: Any) -> dict[str, Any]:
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    rule = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    told = {"ingressClassName": "alb", "rules": [rule], **spec}
    annotations = {"alb.ingress.kubernetes.io/scheme": "internet-facing"}
    metadata = {"name": name, "namespace": "default", "annotations": annotations}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": told}


class Balanced:
    """The embedded API joined to an account: a cluster with nodes, and public subnets by their tags."""

    def __init__(self) -> None:
        account = Account()
        self.account, self.ec2, self.elb, self.subnets = account, account.ec2, account.elb, account.subnets
        self.ec2.create_tags(Resources=self.subnets, Tags=[{"Key": "kubernetes.io/role/elb", "Value": "1"}])
        self.on = Embedded(account.cloud, account.clock)
        self.on.balancer_controller(nodeSelector={}, tolerations=[])

    def hostname(self, kind: str, api_version: str = "v1") -> str | None:
        status = self.on.client.get(api_version, kind, "web", "default").get("status") or {}
        found = (status.get("loadBalancer") or {}).get("ingress") or [{}]
        name: str | None = found[0].get("hostname")
        return name

    def tags(self, arn: str) -> dict[str, str]:
        (found,) = self.elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
        return {tag["Key"]: tag["Value"] for tag in found["Tags"]}

    def groups(self) -> list[str]:
        filters = [{"Name": "tag:elbv2.k8s.aws/cluster", "Values": ["demo"]}]
        return sorted(one["GroupName"] for one in self.ec2.describe_security_groups(Filters=filters)["SecurityGroups"])

    def interfaces(self) -> int:
        found = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return sum(1 for one in found if one["Description"].startswith("ELB "))


def test_a_service_gets_a_network_load_balancer_and_loses_it_with_all_its_parts() -> None:
    joined = Balanced()
    on = joined.on
    scheme = {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"}
    on.client.create(service(annotations=scheme))
    (balancer,) = joined.elb.describe_load_balancers()["LoadBalancers"]
    assert (balancer["Type"], balancer["Scheme"]) == ("network", "internet-facing")
    assert joined.tags(balancer["LoadBalancerArn"]) == {
        "elbv2.k8s.aws/cluster": "demo",
        "service.k8s.aws/stack": "default/web",
        "service.k8s.aws/resource": "LoadBalancer",
    }
    assert joined.hostname("Service") == balancer["DNSName"]
    (group,) = joined.elb.describe_target_groups()["TargetGroups"]
    assert joined.tags(group["TargetGroupArn"])["service.k8s.aws/resource"] == "default/web:80"
    assert on.names("elbv2.k8s.aws/v1beta1", "TargetGroupBinding") == [group["TargetGroupName"]]
    own, shared = joined.groups()
    assert own.startswith("k8s-default-web-")
    assert shared.startswith("k8s-traffic-demo-")
    assert joined.interfaces() == len(balancer["AvailabilityZones"])
    on.client.delete("v1", "Service", "web", "default")
    on.pass_time(60)
    assert joined.elb.describe_load_balancers()["LoadBalancers"] == []
    assert on.names("v1", "Service", "default") == ["kubernetes", "web"]  # its groups are held by the interfaces
    on.pass_time(300)
    assert on.names("v1", "Service", "default") == ["kubernetes"]
    assert joined.interfaces() == 0
    assert joined.groups() == joined.elb.describe_target_groups()["TargetGroups"] == []
    assert on.names("elbv2.k8s.aws/v1beta1", "TargetGroupBinding") == []


def test_what_the_controller_left_is_found_by_its_tags_and_deleted() -> None:
    joined = Balanced()
    on, account = joined.on, joined.account
    account.world.durations.override("elbv2:load-balancer:interfaces-gone", 20.0)
    scheme = {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"}
    on.client.create(service(annotations=scheme))
    on.client.create(ingress())
    on.helm.uninstall("kube-system", "aws-load-balancer-controller")
    aws = Clients(account.session, region=REGION)
    run = AwsRun(mark=Mark(account.world.account, REGION, "demo"), clock=account.clock, aws=aws)
    kinds = {kind.kind: kind for kind in (LoadBalancer, TargetGroup, ControllerSecurityGroup)}
    lives = [live for kind in kinds.values() for live in kind.discover(run)]
    assert sorted(live.kind for live in lives) == sorted([*kinds, *kinds, "controller_security_group"])
    execute(run, Graph(()), make_plan(Graph(()), lives), kinds, workers=Inline())
    assert [live for kind in kinds.values() for live in kind.discover(run)] == []
    assert joined.groups() == []


def test_an_ingress_gets_an_application_load_balancer_once_its_service_is_there() -> None:
    joined = Balanced()
    on = joined.on
    on.client.create(ingress())
    on.client.create(ingress("other", ingressClassName="nginx"))
    said = on.client.list("v1", "Event", "default", fields="reason=FailedBuildModel")[0]
    assert said[0]["message"] == 'Failed build model due to services "web" not found'
    on.client.create(service(type="NodePort"))
    (balancer,) = joined.elb.describe_load_balancers()["LoadBalancers"]
    assert balancer["Type"] == "application"
    assert joined.tags(balancer["LoadBalancerArn"])["ingress.k8s.aws/stack"] == "default/web"
    assert joined.hostname("Ingress", "networking.k8s.io/v1") == balancer["DNSName"]
    (group,) = joined.elb.describe_target_groups()["TargetGroups"]
    (listener,) = joined.elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert listener["DefaultActions"][0]["TargetGroupArn"] == group["TargetGroupArn"]


def test_without_subnets_the_service_waits_and_says_so() -> None:
    joined = Balanced()
    on = joined.on
    on.client.create(service())  # internal, and there is no private subnet
    said = on.client.list("v1", "Event", "default", fields="reason=FailedBuildModel")[0]
    assert "kubernetes.io/role/internal-elb" in said[0]["message"]
    joined.ec2.create_tags(Resources=joined.subnets, Tags=[{"Key": "kubernetes.io/role/internal-elb", "Value": "1"}])
    on.pass_time(20)
    assert joined.hostname("Service") is not None


def test_ports_that_change_change_listeners_and_target_groups() -> None:
    cloud = TinyCloud()
    on = Embedded(cloud)
    on.balancer_controller()
    on.client.create(service())
    assert [one.port for one in cloud.balancers.stacks["default/web"].listeners] == [80]
    on.client.patch("v1", "Service", "web", {"spec": {"ports": [{"port": 443, "targetPort": 8443}]}}, "default")
    assert [one.port for one in cloud.balancers.stacks["default/web"].listeners] == [443]


@pytest.mark.parametrize(
    ("mutates", "spec", "ours"),
    [
        (True, {}, True),
        (False, {}, False),
        (False, {"loadBalancerClass": "service.k8s.aws/nlb"}, True),
        (True, {"loadBalancerClass": "tailscale"}, False),
        (False, {"annotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "external"}}, True),
        (True, {"annotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"}}, False),
        (True, {"type": "ClusterIP"}, False),
    ],
)
def test_which_services_are_the_controllers(mutates: bool, spec: dict[str, Any], ours: bool) -> None:
    cloud = TinyCloud()
    on = Embedded(cloud)
    on.balancer_controller(enableServiceMutatorWebhook=mutates)
    on.client.create(service(**spec))
    assert set(cloud.balancers.stacks) == ({"default/web"} if ours else set())


def test_without_the_controller_the_finalizer_stays_and_so_does_what_is_on_aws() -> None:
    cloud = TinyCloud()
    on = Embedded(cloud)
    on.balancer_controller()
    on.client.create(service())
    on.helm.uninstall("kube-system", "aws-load-balancer-controller")
    on.client.delete("v1", "Service", "web", "default")
    on.pass_time(600)
    (left,) = [one for one in on.client.list("v1", "Service", "default")[0] if one["metadata"]["name"] == "web"]
    assert left["metadata"]["finalizers"] == ["service.k8s.aws/resources"]
    assert set(cloud.balancers.stacks) == {"default/web"}
    on.balancer_controller()
    assert on.names("v1", "Service", "default") == ["kubernetes"]
    assert cloud.balancers.stacks == {}
