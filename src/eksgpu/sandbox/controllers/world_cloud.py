"""The sandbox's account as the controllers of one EKS cluster see it.

Works on the World directly, as EKS itself does: its calls are in no log and no fault meets them. It takes the World's
lock while the Kubernetes API's is held, so nobody may do it the other way round.
"""

import base64
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from eksgpu.catalog.instance import instance, instances
from eksgpu.catalog.quota import vcpu_class
from eksgpu.sandbox import moto_bridge
from eksgpu.sandbox.ec2 import network
from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.ec2.instances import NO_SPOT_ROLE, NO_VCPUS, SPOT_SERVICE, vcpus_in_use
from eksgpu.sandbox.eks.nodes import Node, has_network, nodes
from eksgpu.sandbox.eks.state import Cluster, Eks
from eksgpu.sandbox.eks.subnets import all_subnets
from eksgpu.sandbox.services.pricing import on_demand, spot_usd
from eksgpu.sandbox.services.service_linked_roles import ensure_service_linked_role
from eksgpu.sandbox.world import World
from eksgpu.scheduling.offering import Market

from .cloud import Delivered, Machine, NoCapacity, Order, Subnet
from .world_balancers import WorldBalancers
from .world_storage import WorldStorage


class WorldCloud:
    """One cluster of one region of a World."""

    def __init__(self, world: World, region: str, cluster: str) -> None:
        self._world = world
        self._region = region
        self._name = cluster

    @property
    def region(self) -> str:
        return self._region

    @property
    def network_ready(self) -> bool:
        with self._world.locked():
            cluster = self._cluster
            return cluster is not None and has_network(cluster)

    @property
    def version(self) -> str:
        with self._world.locked():
            cluster = self._cluster
            return cluster.version if cluster is not None else ""

    @property
    def balancers(self) -> WorldBalancers:
        return WorldBalancers(self._world, self._region, self._name)

    @property
    def storage(self) -> WorldStorage:
        return WorldStorage(self._world, self._region, self._name)

    def machines(self) -> list[Machine]:
        with self._world.locked():
            self._world.settle(self._region)
            return [self._machine(node) for node in nodes(self._world, self._region, self._name)]

    def market(self) -> Market:
        return self._market

    def subnets(self, node_class: Mapping[str, Any]) -> list[Subnet]:
        terms = node_class["spec"]["subnetSelectorTerms"]
        with self._world.locked():
            found = [one for one in all_subnets(self._world, self._region).values() if self._selects(terms, one)]
        return sorted(
            (Subnet(one.id, one.availability_zone, one.availability_zone_id) for one in found), key=lambda one: one.zone
        )

    def groups(self, node_class: Mapping[str, Any]) -> list[str]:
        terms = node_class["spec"]["securityGroupSelectorTerms"]
        with self._world.locked():
            known = backend(self._world, self._region).groups.values()
            return sorted(one.id for groups in known for one in groups.values() if self._selects(terms, one))

    def prepare(self, node_class: Mapping[str, Any]) -> str:
        name, given = self._profile(node_class), str(node_class["spec"].get("instanceProfile") or "")
        if given:
            return given
        with self._world.locked():
            iam = moto_bridge.backend("iam", self._world.account, "aws")
            if name not in iam.instance_profiles:
                path = f"/karpenter/{self._region}/{self._name}/{node_class['metadata']['name']}/"
                tags = {
                    **self._owned,
                    "karpenter.k8s.aws/ec2nodeclass": node_class["metadata"]["name"],
                    "topology.kubernetes.io/region": self._region,
                }
                listed = [{"Key": key, "Value": value} for key, value in tags.items()]
                iam.create_instance_profile(name, path, [], listed)
                role = str(node_class["spec"].get("role") or "")
                if any(one.name == role for one in iam.roles.values()):
                    iam.add_role_to_instance_profile(name, role)
        return name

    def forget(self, node_class: Mapping[str, Any]) -> None:
        name = self._profile(node_class)
        with self._world.locked():
            iam = moto_bridge.backend("iam", self._world.account, "aws")
            profile = iam.instance_profiles.get(name)
            if profile is None:
                return
            for role in list(profile.roles):
                iam.remove_role_from_instance_profile(name, role.name)
            iam.delete_instance_profile(name)

    def launch(self, order: Order) -> Delivered:
        subnet = next((one for one in self.subnets(order.node_class) if one.zone == order.zone), None)
        if subnet is None:
            raise NoCapacity("InvalidSubnet", f"no subnet of the class lies in {order.zone}")
        groups, spot = self.groups(order.node_class), order.capacity_type == "spot"
        with self._world.locked():
            self._check(order, spot=spot)
            made = network.run_node_instance(
                self._world, self._region, subnet.id, order.instance_type, groups, self._tags(order),
                "spot" if spot else None,
            )  # fmt: skip
            address = str(backend(self._world, self._region).get_instance(made).private_ip)
        return Delivered(made, self._node_name(address), address, "ami-sandbox")

    def lives(self, instance_id: str) -> bool:
        with self._world.locked():
            ec2 = backend(self._world, self._region)
            found = (one for made in ec2.reservations.values() for one in made.instances if one.id == instance_id)
            return any(one.state not in ("shutting-down", "terminated") for one in found)

    def terminate(self, instance_id: str) -> None:
        with self._world.locked():
            network.terminate_instance(self._world, self._region, instance_id)

    @cached_property
    def _market(self) -> Market:
        with self._world.locked():
            moto = backend(self._world, self._region)
            zones = {zone.name: zone.zone_id for zone in moto.describe_availability_zones()}
            offered: dict[str, set[str]] = {name: set() for name in instances()}
            for row in moto.describe_instance_type_offerings("availability-zone"):
                offered.setdefault(row["InstanceType"], set()).add(row["Location"])
        prices = on_demand()
        spot = {name: spot_usd(name) for name in prices if name in instances()}
        return Market(zones, {name: frozenset(found) for name, found in offered.items()}, prices, spot)

    @property
    def _cluster(self) -> Cluster | None:
        return self._world.state(Eks, self._region).clusters.get(self._name)

    @property
    def _owned(self) -> dict[str, str]:
        return {f"kubernetes.io/cluster/{self._name}": "owned", "eks:eks-cluster-name": self._name}

    def _machine(self, node: Node) -> Machine:
        cluster = self._cluster
        assert cluster is not None
        fields = cluster.nodegroups[node.nodegroup].fields
        image = str(fields["amiType"])
        return Machine(
            name=node.name,
            instance_id=node.instance_id,
            instance_type=node.instance_type,
            zone=node.zone,
            address=node.name.partition(".")[0].removeprefix("ip-").replace("-", "."),
            ready=node.ready,
            version=node.version,
            labels=node.labels,
            taints=node.taints,
            os="bottlerocket" if image.startswith("BOTTLEROCKET") else "al2023",
            user_data=self._user_data(fields.get("launchTemplate") or {}),
        )

    def _user_data(self, template: Mapping[str, Any]) -> str:
        found = backend(self._world, self._region).launch_templates.get(template.get("id"))
        data = found.get_version(template["version"]).data if found is not None else {}
        return base64.b64decode(str(data.get("UserData") or "")).decode(errors="replace")

    def _selects(self, terms: Sequence[Mapping[str, Any]], one: Any) -> bool:
        # Not `get_tags`, which looks through the tags of everything.
        tags = backend(self._world, self._region).tags.get(one.id, {})
        return any(_meets(one, tags, term) for term in terms)

    def _profile(self, node_class: Mapping[str, Any]) -> str:
        return f"{self._name}_{node_class['metadata']['name']}"

    def _node_name(self, address: str) -> str:
        domain = "ec2.internal" if self._region == "us-east-1" else f"{self._region}.compute.internal"
        return f"ip-{address.replace('.', '-')}.{domain}"

    def _tags(self, order: Order) -> dict[str, str]:
        return {
            **order.node_class["spec"].get("tags", {}),
            **self._owned,
            "Name": f"{order.node_pool}/{order.claim}",
            "karpenter.sh/nodeclaim": order.claim,
            "karpenter.sh/nodepool": order.node_pool,
            "karpenter.k8s.aws/ec2nodeclass": order.node_class["metadata"]["name"],
        }

    def _check(self, order: Order, *, spot: bool) -> None:
        """What EC2 refuses. The World's option `no_capacity` holds patterns such as `spot/p5.*/us-west-2b`."""
        wanted = f"{order.capacity_type}/{order.instance_type}/{order.zone}"
        if any(fnmatchcase(wanted, pattern) for pattern in self._world.options.get("no_capacity", ())):
            message = f"We currently do not have sufficient {order.instance_type} capacity in {order.zone}"
            raise NoCapacity("InsufficientInstanceCapacity", message)
        if spot and not ensure_service_linked_role(self._world, SPOT_SERVICE, create=False):
            raise NoCapacity("AuthFailure.ServiceLinkedRoleCreationNotPermitted", NO_SPOT_ROLE)
        item = instance(order.instance_type)
        bucket = vcpu_class(item) if item is not None else None
        quota = bucket.quota("spot" if spot else "on-demand") if bucket is not None else None
        if item is None or bucket is None or quota is None or order.capacity_type == "reserved":
            return
        limit = int(self._world.quotas.value(quota.code))
        if vcpus_in_use(backend(self._world, self._region), bucket, spot) + item.vcpus > limit:
            code = "MaxSpotInstanceCountExceeded" if spot else "VcpuLimitExceeded"
            raise NoCapacity(code, "Max spot instance count exceeded" if spot else NO_VCPUS.format(limit=limit))


def _meets(one: Any, tags: Mapping[str, str], term: Mapping[str, Any]) -> bool:
    if term.get("id"):
        return bool(one.id == term["id"])
    if term.get("name"):
        return fnmatchcase(str(one.name), term["name"])
    wanted = term.get("tags") or {}
    return bool(wanted) and all(fnmatchcase(tags.get(key, ""), value) for key, value in wanted.items() if value != "*")
