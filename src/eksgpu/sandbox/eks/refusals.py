"""The errors of EKS with their texts, word by word where a public source has them.

Clients match on these texts, so they are kept in one place. Sources: aws-controllers-k8s/community#1192 (update in
progress), moto's recorded answers (not found, exists), terraform-aws-modules/terraform-aws-eks#2969 and #3024 (access
entries), aws/karpenter-provider-aws#133 (node group not active). Other texts,
here and beside the checks, are from memory or ours: match on the code there.
"""

from eksgpu.sandbox.overlay import Refused


def invalid(message: str, **members: str) -> Refused:
    return Refused("InvalidParameterException", message, 400, **members)


def bad_request(message: str, **members: str) -> Refused:
    return Refused("InvalidRequestException", message, 400, **members)


def in_use(message: str, **members: str) -> Refused:
    return Refused("ResourceInUseException", message, 409, **members)


def not_found(message: str, **members: str) -> Refused:
    return Refused("ResourceNotFoundException", message, 404, **members)


def no_cluster(name: str) -> Refused:
    return not_found(f"No cluster found for name: {name}.")


def no_nodegroup(cluster: str, name: str) -> Refused:
    return not_found(f"No node group found for name: {name}.", clusterName=cluster, nodegroupName=name)


def no_addon(cluster: str, name: str) -> Refused:
    return not_found(f"No addon: {name} found in cluster: {cluster}", clusterName=cluster, addonName=name)


def no_entry() -> Refused:
    return not_found(
        "The specified principalArn could not be found. You can view your available access entries with "
        "'list-access-entries'."
    )


def no_association(association_id: str) -> Refused:
    return not_found(f"The association could not be found: {association_id}")


def no_update(update_id: str) -> Refused:
    return not_found(f"No update found for ID: {update_id}")


def cluster_exists(name: str) -> Refused:
    return in_use(f"Cluster already exists with name: {name}", clusterName=name)


def nodegroup_exists(cluster: str, name: str) -> Refused:
    return in_use(
        f"NodeGroup already exists with name {name} and cluster name {cluster}",
        clusterName=cluster, nodegroupName=name,
    )  # fmt: skip


def addon_exists(cluster: str, name: str) -> Refused:
    return in_use("Addon already exists.", clusterName=cluster, addonName=name)


def update_running(kind: str, cluster: str, update_id: str) -> Refused:
    return in_use(f"Cannot {kind} because cluster {cluster} currently has update {update_id} in progress")


def delete_during_update(cluster: str) -> Refused:
    return in_use(f"Cannot delete because cluster {cluster} currently has an update in progress", clusterName=cluster)


def not_active(cluster: str) -> Refused:
    return bad_request(f"Cluster '{cluster}' is not in ACTIVE status", clusterName=cluster)


def nodegroup_not_active(cluster: str, name: str) -> Refused:
    return in_use(
        "Nodegroup cannot be updated as it is currently not in Active State", clusterName=cluster, nodegroupName=name
    )


def addon_busy(cluster: str, name: str, status: str) -> Refused:
    return in_use(
        f"Addon {name} cannot be updated as it is currently in {status} state", clusterName=cluster, addonName=name
    )
