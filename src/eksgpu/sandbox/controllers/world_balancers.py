"""A sandbox account's load balancers as the AWS Load Balancer Controller of one cluster makes and deletes them.

Names, tags and rules are the controller's: by them others find what it left. Works on the World directly, so that its
calls are in no log. Source: kubernetes-sigs/aws-load-balancer-controller v3.5.0, pkg/service, pkg/ingress and
pkg/networking (model builders, backend security group).
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox import moto_bridge
from eksgpu.sandbox.ec2 import network, rules
from eksgpu.sandbox.ec2.backend import backend, settle
from eksgpu.sandbox.eks.state import Cluster, Eks
from eksgpu.sandbox.eks.subnets import all_subnets
from eksgpu.sandbox.services import elbv2
from eksgpu.sandbox.world import World

from .balancers import Balanced, Listener, Stack, Target, Unbuildable

CLUSTER_TAG = "elbv2.k8s.aws/cluster"
SHARED_TAG = "elbv2.k8s.aws/resource"
RULE = "elbv2.k8s.aws/targetGroupBinding=shared"
_ROLES = {True: "kubernetes.io/role/internal-elb", False: "kubernetes.io/role/elb"}
_TYPES = {"service": "network", "ingress": "application"}
_LEAST_ZONES = {"service": 1, "ingress": 2}


class WorldBalancers:
    """One cluster of one region of a World."""

    def __init__(self, world: World, region: str, cluster: str) -> None:
        self._world = world
        self._region = region
        self._name = cluster

    def ensure(self, stack: Stack) -> Balanced:
        with self._world.locked():
            settle(self._world, self._region)
            balancer = self._balancer(stack.resource, stack.id)
            subnets = [one.id for one in balancer.subnets] if balancer else self._subnets(stack)
            groups = [self._own_group(stack), self._shared_group()]
            if balancer is None:
                balancer = self._start(stack, subnets, groups)
            targets = [self._target_group(stack, target) for target in stack.targets]
            self._listen(balancer, stack, targets)
            self._drop_targets(stack.resource, stack.id, keep={one.arn for one in targets})
            return Balanced(balancer.dns_name, {one.name: one.arn for one in targets})

    def release(self, resource: str, stack: str) -> bool:
        with self._world.locked():
            settle(self._world, self._region)
            balancer = self._balancer(resource, stack)
            if balancer is not None:
                for listener in list(balancer.listeners):
                    self._elb.delete_listener(listener)
                self._elb.delete_load_balancer(balancer.arn)
                elbv2.end(self._world, self._region, balancer.arn)
            self._drop_targets(resource, stack, keep=set())
            own = [group.id for group in self._groups() if self._tags(group).get(f"{resource}.k8s.aws/stack") == stack]
            gone = [network.delete_security_group(self._world, self._region, group) for group in own]
            return all(gone) and self._release_shared()

    @property
    def _elb(self) -> Any:
        return moto_bridge.backend("elbv2", self._world.account, self._region)

    @property
    def _ec2(self) -> Any:
        return backend(self._world, self._region)

    @property
    def _cluster(self) -> Cluster:
        return self._world.state(Eks, self._region).clusters[self._name]

    @property
    def _vpc(self) -> str:
        return str(self._cluster.fields["resourcesVpcConfig"]["vpcId"])

    def _balancer(self, resource: str, stack: str) -> Any:
        return next((one for one in self._ours(self._elb.load_balancers, resource, stack)), None)

    def _ours(self, found: dict[str, Any], resource: str = "", stack: str = "") -> Iterator[Any]:
        """Those of moto's balancers or target groups that are this cluster's, and of this stack where one is named."""
        for arn, one in list(found.items()):
            marked = self._elb.tagging_service.get_tag_dict_for_resource(arn)
            if marked.get(CLUSTER_TAG) != self._name:
                continue
            if not stack or marked.get(f"{resource}.k8s.aws/stack") == stack:
                yield one

    def _subnets(self, stack: Stack) -> list[str]:
        if stack.subnets:
            return list(stack.subnets)
        role = _ROLES[stack.internal]
        by_zone: dict[str, str] = {}
        for one in sorted(all_subnets(self._world, self._region).values(), key=lambda one: str(one.id)):
            if one.vpc_id == self._vpc and self._tags(one).get(role) in ("", "1"):
                by_zone.setdefault(one.availability_zone, one.id)
        least = _LEAST_ZONES[stack.resource]
        if len(by_zone) < least:
            words = "at least one subnet" if least == 1 else "at least two subnets in different zones"
            raise Unbuildable(
                f"couldn't auto-discover subnets: unable to resolve {words} "
                f"({len(by_zone)} match VPC and tags: [{role}])"
            )
        return [by_zone[zone] for zone in sorted(by_zone)]

    def _start(self, stack: Stack, subnets: list[str], groups: list[str]) -> Any:
        made = self._elb.create_load_balancer(
            name=_called(stack, self._name, "balancer"),
            security_groups=groups,
            subnet_ids=subnets,
            scheme="internal" if stack.internal else "internet-facing",
            loadbalancer_type=_TYPES[stack.resource],
            tags=_listed(self._stack_tags(stack, "LoadBalancer")),
        )
        elbv2.begin(self._world, self._region, made.arn, groups)
        return made

    def _target_group(self, stack: Stack, target: Target) -> Any:
        name = _called(stack, self._name, f"{target.service}:{target.port}:{target.reached_at}:{target.type}")
        there = next((one for one in self._elb.target_groups.values() if one.name == name), None)
        return there or self._elb.create_target_group(
            name,
            protocol=target.protocol,
            port=str(target.reached_at),
            vpc_id=self._vpc,
            target_type=target.type,
            tags=_listed(self._stack_tags(stack, f"{stack.namespace}/{target.service}:{target.port}")),
        )

    def _listen(self, balancer: Any, stack: Stack, targets: list[Any]) -> None:
        wanted = {(one.port, one.protocol, targets[one.target].arn): one for one in stack.listeners}
        for arn, one in list(balancer.listeners.items()):
            if wanted.pop((int(one.port), one.protocol, one.default_actions[0].data["TargetGroupArn"]), None) is None:
                self._elb.delete_listener(arn)
        for (_, _, target), listener in wanted.items():
            self._add_listener(balancer, stack, listener, target)

    def _add_listener(self, balancer: Any, stack: Stack, listener: Listener, target: str) -> None:
        self._elb.create_listener(
            load_balancer_arn=balancer.arn,
            protocol=listener.protocol,
            port=str(listener.port),
            ssl_policy="",
            certificate=None,
            actions=[{"Type": "forward", "TargetGroupArn": target, "Order": 1}],
            tags=_listed(self._stack_tags(stack, str(listener.port))),
        )

    def _drop_targets(self, resource: str, stack: str, keep: set[str]) -> None:
        for one in self._ours(self._elb.target_groups, resource, stack):
            if one.arn not in keep:
                self._elb.delete_target_group(one.arn)

    def _own_group(self, stack: Stack) -> str:
        """The group in front of the balancer: its listeners' ports are open to everybody."""
        ports = [(one.port, "udp" if one.protocol == "UDP" else "tcp") for one in stack.listeners]
        name = _called(stack, self._name, "group")
        marks = self._stack_tags(stack, "ManagedLBSecurityGroup")
        group = self._group(name, "[k8s] Managed SecurityGroup for LoadBalancer", marks)
        for port, protocol in ports:
            self._allow(group, {"IpProtocol": protocol, "FromPort": port, "ToPort": port, "CidrIpv4": "0.0.0.0/0"})
        return str(group.id)

    def _shared_group(self) -> str:
        """The group that stands for all balancers of the cluster in the rules of its nodes."""
        marks = {CLUSTER_TAG: self._name, SHARED_TAG: "backend-sg"}
        word = re.sub("[^a-zA-Z0-9]", "", self._name)[:200]
        name = f"k8s-traffic-{word}-{_hash(self._name)}"
        group = self._group(name, "[k8s] Shared Backend SecurityGroup for LoadBalancer", marks)
        nodes = self._ec2.get_security_group_from_id(self._cluster.security_group)
        rule = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "ReferencedGroupId": group.id, "Description": RULE}
        self._allow(nodes, rule)
        return str(group.id)

    def _release_shared(self) -> bool:
        """The shared group goes with the cluster's last balancer; is it gone, or still needed?"""
        if any(True for _ in self._ours(self._elb.load_balancers)):
            return True
        shared = next((one for one in self._groups() if self._tags(one).get(SHARED_TAG) == "backend-sg"), None)
        if shared is None:
            return True
        for other in network.all_groups(self._ec2):
            other.ingress_rules[:] = [
                rule for rule in other.ingress_rules if rules.wanted_of(rule)["ReferencedGroupId"] != shared.id
            ]
        return network.delete_security_group(self._world, self._region, shared.id)

    def _group(self, name: str, description: str, marks: dict[str, str]) -> Any:
        there = next((one for one in self._groups() if one.name == name), None)
        if there is not None:
            return there
        made = network.create_security_group(
            self._world, self._region, self._vpc, name, description, marks, managed=False
        )
        return self._ec2.get_security_group_from_id(made)

    def _groups(self) -> list[Any]:
        """The security groups that carry the cluster's tag."""
        found = network.all_groups(self._ec2)
        return [one for one in found if self._tags(one).get(CLUSTER_TAG) == self._name]

    def _allow(self, group: Any, rule: dict[str, Any]) -> None:
        known = {rules.identity(rules.wanted_of(one)) for one in group.ingress_rules}
        if rules.identity(rule) not in known:
            group.ingress_rules.append(rules.make(self._ec2, group, rule, egress=False))

    def _stack_tags(self, stack: Stack, resource: str) -> dict[str, str]:
        prefix = f"{stack.resource}.k8s.aws"
        return {CLUSTER_TAG: self._name, f"{prefix}/stack": stack.id, f"{prefix}/resource": resource}

    def _tags(self, one: Any) -> dict[str, str]:
        return dict(self._ec2.tags.get(one.id, {}))


def _called(stack: Stack, cluster: str, part: str) -> str:
    """`k8s-NAMESPACE-NAME-HASH`, 32 characters at most, as AWS allows for a balancer."""
    short = (re.sub("[^a-zA-Z0-9]", "", word)[:8] for word in (stack.namespace, stack.name))
    return f"k8s-{'-'.join(short)}-{_hash(cluster, stack.resource, stack.id, part)}"


def _hash(*words: str) -> str:
    return hashlib.sha256("/".join(words).encode()).hexdigest()[:10]


def _listed(marks: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in marks.items()]
