"""What EKS makes for a node group beside its instances: an Auto Scaling group, a launch template copy, a profile.

They share one UUID in their names and go with the group. Sources: EKS user guide, "launch-templates" and
"security-iam"; terraform-aws-modules/terraform-aws-eks#3336.
"""

from eksgpu.sandbox import moto_bridge
from eksgpu.sandbox.ec2 import network
from eksgpu.sandbox.eks.launch_templates import Template
from eksgpu.sandbox.eks.state import Cluster, Eks, Nodegroup


def make(state: Eks, cluster: Cluster, nodegroup: Nodegroup, template: Template | None) -> None:
    """Make the parts and note how instances are to be started."""
    number = state.world.new_uuid()
    nodegroup.fields["resources"] = {"autoScalingGroups": [{"name": f"eks-{nodegroup.name}-{number}"}]}
    nodegroup.profile = f"eks-{number}"
    iam = moto_bridge.backend("iam", state.world.account, "aws")
    iam.create_instance_profile(nodegroup.profile, "/", [], [])
    iam.add_role_to_instance_profile(nodegroup.profile, nodegroup.fields["nodeRole"].rsplit("/", 1)[-1])
    adopt_template(state, cluster, nodegroup, template)


def adopt_template(state: Eks, cluster: Cluster, nodegroup: Nodegroup, template: Template | None) -> None:
    """Copy a launch template version (or start from nothing); an older copy of the group goes.

    A group whose template names security groups does not get the cluster's.
    """
    if nodegroup.template_id:
        network.delete_launch_template(state.world, state.region, nodegroup.template_id)
    nodegroup.template_id = network.create_launch_template_copy(
        state.world,
        state.region,
        template.id if template else None,
        template.version if template else None,
        nodegroup.profile,
        {"eks:cluster-name": cluster.name, "eks:nodegroup-name": nodegroup.name},
    )
    nodegroup.template_type = str(template.data.get("InstanceType") or "") if template else ""
    nodegroup.security_groups = (template.security_groups if template else []) or [cluster.security_group]
    nodegroup.instance_tags = template.instance_tags if template else {}


def remove(state: Eks, nodegroup: Nodegroup) -> None:
    """Take the parts away; the Auto Scaling group is only a name of the node group's."""
    network.delete_launch_template(state.world, state.region, nodegroup.template_id)
    iam = moto_bridge.backend("iam", state.world.account, "aws")
    profile = iam.instance_profiles.get(nodegroup.profile)
    if profile is None:
        return
    for role in list(profile.roles):
        iam.remove_role_from_instance_profile(nodegroup.profile, role.name)
    iam.delete_instance_profile(nodegroup.profile)
