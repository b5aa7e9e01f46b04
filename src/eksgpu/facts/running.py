"""What runs in a cluster that is there already: Karpenter, read from its Deployment, and device plugins."""

from collections.abc import Mapping, Sequence
from typing import Any

from eksgpu.aws.iam import name_of
from eksgpu.aws.run import AwsRun
from eksgpu.errors import Denied, NotFound, PlanRefused
from eksgpu.kube.names import GroupKind
from eksgpu.kube.run import Kube

from .found import FoundKarpenter, FoundPlugin
from .passing import may_pass, read_passable

PERMISSIONS = frozenset({"eks:ListPodIdentityAssociations", "eks:DescribePodIdentityAssociation"})
DEPLOYMENT, DAEMON_SET = GroupKind("Deployment", "apps"), GroupKind("DaemonSet", "apps")
NODE_CLASS, ACCOUNT = GroupKind("EC2NodeClass", "karpenter.k8s.aws"), GroupKind("ServiceAccount")
KARPENTER = "app.kubernetes.io/name=karpenter"
ROLE_OF_ACCOUNT = "eks.amazonaws.com/role-arn"
PLUGIN_IMAGE = "k8s-device-plugin"
Object = Mapping[str, Any]
_PLACED = ("nodeSelector", "affinity", "tolerations")


def read_karpenter(run: AwsRun, kube: Kube, wanted: Sequence[str]) -> FoundKarpenter | None:
    """The Karpenter of the cluster, in whatever namespace; None when none runs.

    wanted: names of node roles that the spec asks for.

    Raises PlanRefused for a wanted role that it may not pass to its nodes.
    """
    deployments = _objects(kube, DEPLOYMENT, labels=KARPENTER)
    deployment = next(iter(sorted(deployments, key=lambda one: str(one["metadata"]["namespace"]))), None)
    if deployment is None:
        return None
    namespace, pod = deployment["metadata"]["namespace"], deployment["spec"]["template"]["spec"]
    role = _role(run, kube, namespace, pod.get("serviceAccountName", "default"))
    passes = _passable(run, role)
    classes = [one for one in _objects(kube, NODE_CLASS) if not run.mark.owns(one["metadata"].get("labels") or {})]
    known = [str(one["spec"]["role"]) for one in classes if one["spec"].get("role")]
    status: Object = next((one["status"] for one in classes if (one.get("status") or {}).get("subnets")), {})
    return FoundKarpenter(
        namespace=namespace,
        version=_version(deployment, pod),
        gates=_gates(pod),
        role=role,
        passes=passes,
        node_role=_node_role(run, role, passes, wanted, known),
        subnets=tuple(one["id"] for one in status.get("subnets", ())),
        security_groups=tuple(one["id"] for one in status.get("securityGroups", ())),
    )


def read_plugins(run: AwsRun, kube: Kube) -> tuple[FoundPlugin, ...]:
    """NVIDIA's device plugins that somebody else installed."""
    found = []
    for one in _objects(kube, DAEMON_SET):
        metadata = one["metadata"]
        images = [container["image"] for container in one["spec"]["template"]["spec"]["containers"]]
        image = next((image for image in images if PLUGIN_IMAGE in image), None)
        if image is not None and not run.mark.owns(metadata.get("labels") or {}):
            pod = one["spec"]["template"]["spec"]
            placed = {key: pod[key] for key in _PLACED if key in pod}
            found.append(FoundPlugin(metadata["namespace"], metadata["name"], image, _by(metadata), placed))
    return tuple(found)


def _objects(kube: Kube, group_kind: GroupKind, *, labels: str = "") -> list[dict[str, Any]]:
    resource = kube.api.discovery.preferred(group_kind)
    return sorted(kube.api.list(resource, labels=labels)[0], key=_name) if resource is not None else []


def _name(one: Object) -> str:
    return str(one["metadata"]["name"])


def _version(deployment: Object, pod: Object) -> str:
    image = str(pod["containers"][0]["image"]).partition("@")[0]
    tag = image.rpartition("/")[2].partition(":")[2]
    return (tag or str(deployment["metadata"].get("labels", {}).get("app.kubernetes.io/version", ""))).removeprefix("v")


def _gates(pod: Object) -> dict[str, bool]:
    entries = (entry for one in pod["containers"] for entry in one.get("env") or ())
    said = next((str(entry.get("value", "")) for entry in entries if entry["name"] == "FEATURE_GATES"), "")
    pairs = (pair.partition("=") for pair in said.split(",") if pair)
    return {name.strip(): value.strip().lower() == "true" for name, _, value in pairs}


def _role(run: AwsRun, kube: Kube, namespace: str, account: str) -> str:
    """By Pod Identity, else by the annotation of its service account."""
    where = {"clusterName": run.eks_cluster}
    bound = run.aws.eks.list_pod_identity_associations(**where, namespace=namespace, serviceAccount=account)
    for one in bound["associations"]:
        told = run.aws.eks.describe_pod_identity_association(**where, associationId=one["associationId"])
        return str(told["association"]["roleArn"])
    resource = kube.api.discovery.preferred(ACCOUNT)
    try:
        found = kube.api.get(resource, account, namespace) if resource is not None else {}
    except NotFound:
        return ""
    return str((found.get("metadata", {}).get("annotations") or {}).get(ROLE_OF_ACCOUNT, ""))


def _passable(run: AwsRun, role: str) -> tuple[str, ...] | None:
    if not role:
        return None
    try:
        return read_passable(run, name_of(role))
    except (Denied, NotFound):
        return None


def _node_role(
    run: AwsRun, controller: str, passes: tuple[str, ...] | None, wanted: Sequence[str], known: Sequence[str]
) -> str:
    """The first wanted role, else the first of its own classes that it may pass, else the one role it may pass."""
    for name in dict.fromkeys(wanted):
        if not _allowed(run, name, passes):
            may = ", ".join(passes or ()) or "none"
            raise PlanRefused(
                f"Karpenter of cluster {run.eks_cluster} (role {controller}) may not hand role {name} to its nodes: "
                f"iam:PassRole is allowed for {may}",
                hint="leave the role out to use that of its own nodes, or extend the policy of Karpenter's role",
            )
    exact = [name_of(arn) for arn in passes or () if "*" not in arn and "?" not in arn]
    fitting = (name for name in dict.fromkeys((*wanted, *known, *exact)) if _allowed(run, name, passes))
    return next(fitting, "")


def _allowed(run: AwsRun, name: str, passes: tuple[str, ...] | None) -> bool:
    if passes is None:
        return True
    try:
        arn = str(run.aws.iam.get_role(RoleName=name)["Role"]["Arn"])
    except NotFound:
        return False
    except Denied:  # without its path the ARN cannot be known better
        arn = run.arn("iam", f"role/{name}", region="")
    return may_pass(arn, passes)


def _by(metadata: Object) -> str:
    annotations, labels = metadata.get("annotations") or {}, metadata.get("labels") or {}
    release = annotations.get("meta.helm.sh/release-name")
    if release:
        return f"Helm release {annotations.get('meta.helm.sh/release-namespace', '')}/{release}"
    return str(labels.get("app.kubernetes.io/managed-by", "somebody else"))
