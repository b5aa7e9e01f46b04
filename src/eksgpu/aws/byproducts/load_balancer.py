"""Load balancers that the AWS Load Balancer Controller or Kubernetes itself made for Services and Ingresses."""

from typing import Any, ClassVar

from eksgpu.aws.run import AwsRun
from eksgpu.catalog.price import price
from eksgpu.engine.resource import Deletable, Live, State

from .controller_tags import balancing

STATES = {"provisioning": State.PENDING, "failed": State.FAILED}


class LoadBalancer(Deletable):
    """An application or network load balancer. Its interfaces stay for minutes after it is gone."""

    kind: ClassVar[str] = "load_balancer"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DeleteLoadBalancer",
    })  # fmt: skip
    gone_before: ClassVar[tuple[str, ...]] = (
        "target_group", "controller_security_group", "nat_gateway", "internet_gateway",
    )  # fmt: skip
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = 900.0

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        found = {one["LoadBalancerArn"]: one for one in run.aws.elbv2.pages("describe_load_balancers", "LoadBalancers")}
        return [_live(found[arn], tags) for arn, tags in balancing(run, found).items()]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.elbv2.describe_load_balancers(LoadBalancerArns=[live.id])["LoadBalancers"]
        return _live(found[0], dict(live.tags)) if found else None

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.elbv2.delete_load_balancer(LoadBalancerArn=live.id)

    @classmethod
    def usd_per_day(cls, live: Live) -> float:
        return price("loadBalancer").money().usd_per_day


def _live(balancer: dict[str, Any], tags: dict[str, str]) -> Live:
    zones = balancer.get("AvailabilityZones", [])
    subnets = (zone.get("SubnetId", "") for zone in zones)
    state = balancer.get("State", {})
    return Live(
        kind=LoadBalancer.kind,
        name=balancer["LoadBalancerName"],
        id=balancer["LoadBalancerArn"],
        state=STATES.get(state.get("Code", ""), State.READY),
        uses=frozenset(filter(None, (balancer.get("VpcId"), *subnets, *balancer.get("SecurityGroups", [])))),
        tags=tags,
        created=str(balancer.get("CreatedTime", "")),
        reason=state.get("Reason", ""),
    )
