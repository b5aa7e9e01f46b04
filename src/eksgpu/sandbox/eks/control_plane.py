"""What a control plane puts into a VPC and takes away again: its security group, its interfaces, its log group.

Called by the operations; decides nothing about requests. Source: EKS user guide, "VPC and subnet requirements" and
"security group requirements".
"""

from eksgpu.sandbox.ec2 import network
from eksgpu.sandbox.eks import late_logs
from eksgpu.sandbox.eks.limits import doomed
from eksgpu.sandbox.eks.state import Cluster, Eks
from eksgpu.sandbox.eks.subnets import all_subnets

_MOST_INTERFACES = 4


def put_into_vpc(state: Eks, cluster: Cluster) -> None:
    """Make the cluster security group and the interfaces."""
    config = cluster.fields["resourcesVpcConfig"]
    number = state.world.random.randrange(10**9)
    name = f"eks-cluster-sg-{cluster.name}-{number}"
    config["clusterSecurityGroupId"] = network.create_security_group(
        state.world,
        state.region,
        config["vpcId"],
        name,
        "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any "
        "managed workloads.",
        tags={
            "Name": name,
            "aws:eks:cluster-name": cluster.name,
            f"kubernetes.io/cluster/{cluster.name}": "owned",
        },
    )
    place_interfaces(state, cluster)


def place_interfaces(state: Eks, cluster: Cluster) -> None:
    """Make the interfaces anew, one per zone and at most four; those before go."""
    _remove_interfaces(state, cluster)
    config = cluster.fields["resourcesVpcConfig"]
    known = all_subnets(state.world, state.region)
    # A subnet without an interface may have been deleted meanwhile.
    there = [known[subnet_id] for subnet_id in reversed(config["subnetIds"]) if subnet_id in known]
    one_per_zone = {subnet.availability_zone: subnet.id for subnet in there}
    for subnet_id in list(one_per_zone.values())[:_MOST_INTERFACES]:
        cluster.enis.append(
            network.create_eni(
                state.world,
                state.region,
                subnet_id,
                [config["clusterSecurityGroupId"], *config["securityGroupIds"]],
                f"Amazon EKS {cluster.name}",
                {},
            )
        )


def come_up(state: Eks, cluster: Cluster) -> None:
    """The creation is over; one that was told to fail leaves a FAILED cluster, which can only be deleted."""
    if doomed(state.world, "cluster", cluster.name):
        cluster.status = "FAILED"
        cluster.issues.append({"code": "InternalFailure", "message": "The creation failed.", "resourceIds": []})
        return
    cluster.ever_active = True
    cluster.status = "ACTIVE"
    late_logs.write_now(state, cluster)


def take_down(state: Eks, cluster: Cluster) -> None:
    """The deletion is over: all goes, but a security group that a foreign interface carries stays behind."""
    _remove_interfaces(state, cluster)
    network.delete_security_group(state.world, state.region, cluster.security_group)
    del state.clusters[cluster.name]
    late_logs.write_once_more(state, cluster)


def _remove_interfaces(state: Eks, cluster: Cluster) -> None:
    for eni_id in cluster.enis:
        network.delete_eni(state.world, state.region, eni_id)
    cluster.enis.clear()
