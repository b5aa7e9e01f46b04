"""A cluster that is there already and is added to: where its nodes stand, and what runs in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from eksgpu.aws.eks import known_cluster
from eksgpu.aws.run import AwsRun
from eksgpu.errors import CredentialsError, Denied, EksgpuError
from eksgpu.kube.run import Kube

from . import network, nodes, passing, running
from .found import FoundCluster, FoundNetwork

PERMISSIONS = (
    frozenset({"eks:DescribeCluster"})
    | network.PERMISSIONS
    | passing.PERMISSIONS
    | running.PERMISSIONS
    | nodes.PERMISSIONS
)


def read_cluster(
    run: AwsRun, kube: Callable[[], Kube | None], roles: Sequence[str], selected: Mapping[str, Mapping[str, str]]
) -> FoundCluster:
    """The cluster that the run's `existing` names.

    roles:    names of node roles that the spec asks for.
    selected: the spec's name for a set of existing nodes → the labels by which they are found.

    Raises EksgpuError where there is none that answers, PlanRefused where it cannot be added to.
    """
    found = known_cluster(run)
    _refuse(run, found)
    assert found is not None
    within = kube()
    if within is None:
        raise EksgpuError(
            f"cluster {run.eks_cluster} is {found['status']}: its API is not asked", hint="try again when it is ACTIVE"
        )
    vpc = found["resourcesVpcConfig"]
    try:
        karpenter, plugins = running.read_karpenter(run, within, roles), running.read_plugins(run, within)
        found_nodes = nodes.read_nodes(run, within, selected)
    except (Denied, CredentialsError) as error:  # 401 is a caller without an access entry
        raise Denied(
            f"the API of cluster {run.eks_cluster} does not let {run.caller} look into it: {error.message}",
            hint="ask who runs it for an access entry with AmazonEKSClusterAdminPolicy",
        ) from error
    return FoundCluster(
        name=run.eks_cluster,
        network=_with_a_way_out(network.read_network(run, vpc["vpcId"], vpc["subnetIds"])),
        security_group=vpc["clusterSecurityGroupId"],
        entries=found.get("accessConfig", {}).get("authenticationMode") != "CONFIG_MAP",
        karpenter=karpenter,
        plugins=plugins,
        nodes=found_nodes,
    )


def _refuse(run: AwsRun, cluster: Mapping[str, Any] | None) -> None:
    if cluster is None:
        raise EksgpuError(
            f"cluster.existing: there is no EKS cluster {run.eks_cluster} in {run.region} (account {run.account})",
            hint=f"aws eks list-clusters --region {run.region}",
        )
    if run.mark.owns(cluster.get("tags", {})):
        raise EksgpuError(
            f"cluster.existing: {run.eks_cluster} was made by a spec of this name, which describes it whole",
            hint="write version and network in place of cluster, or choose another metadata.name",
        )


def _with_a_way_out(found: FoundNetwork) -> FoundNetwork:
    """Without subnets that hold the control plane alone: nodes need a way to EKS, ECR and EC2."""
    open_ = tuple(one for one in found.subnets if one.way == "other" or (one.way and one.public))
    return replace(found, subnets=open_ or found.subnets)
