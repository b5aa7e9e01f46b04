"""Everything of an account, and of a cluster's API, as it is answered: what must be equal before and after.

Of the account that is every read of every service that the sandbox serves, found in botocore's models, and what only a
read of one object tells. Left out is what moves by itself: times and resource versions, instances that have ended,
which AWS shows for an hour more, and events, which are history.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from eksgpu.sandbox.overlay import OPERATIONS

from .account import Account

MOVING = re.compile(
    r"(time|date|timestamp|resourceversion|createdat|modifiedat|lastused|responsemetadata)$", re.IGNORECASE
)
READS = ("Describe", "List", "Get")
# What AWS tells everybody, makes up for each request, or only sums up.
PUBLIC = re.compile(
    r"InstanceType|Offering|SpotPrice|Image|Region|AvailabilityZone|PrefixList|Versions$|AccountLimits|AccountAttributes"
    r"|SSLPolicies|AccessPolicies|SessionToken|EndpointService|^GetAccountSummary|^GetUser$|TagKeys|^ListPolicies$|AuthorizationDetails"
)
UNSERVED = "NotImplemented"
EMPTY = {UNSERVED, "NoSuchEntity", "ReportNotPresent", "ValidationError", "InvalidParameterException"}
"""Codes of reads that are not served, have nothing to tell, or want to know of which object."""


def account_objects(account: Account) -> dict[str, Any]:
    """All that any service tells, by service and operation."""
    services = sorted({service for service, _ in OPERATIONS})
    found = {service: _told(account.boto(service)) for service in services}
    found["ec2"] |= _ec2(account)
    of_one = {"iam": _iam, "eks": _eks, "sqs": _sqs, "kms": _kms, "events": _events, "elbv2": _elbv2, "ssm": _ssm}
    for service, read in of_one.items():
        found[service]["of each"] = read(account.boto(service))
    ended = _ended(account)
    return {service: _still(_without(told, ended)) for service, told in found.items()}


def ec2_objects(account: Account) -> dict[str, Any]:
    """All that EC2 tells, by call."""
    told = {**_told(account.boto("ec2")), **_ec2(account)}
    found: dict[str, Any] = _still(_without(told, _ended(account)))
    return found


def cluster_objects(account: Account, cluster: str) -> dict[str, Any]:
    """Every object of a cluster's API by its kind and address, as it is stored."""
    api = account.world.state(ControlPlanes, account.metadata["region"]).api(cluster)
    assert api is not None
    found: dict[str, Any] = {}
    for one in (each for kind in api.cluster.types for each in api.cluster.store.all(kind.key)):
        metadata = one["metadata"]
        address = f"{one['apiVersion']} {one['kind']} {metadata.get('namespace', '')}/{metadata['name']}"
        if one["kind"] != "Event":
            found[address] = _still(one)
    return found


_unserved: set[tuple[str, str]] = set()
"""(service, operation) that the sandbox was found not to serve; nobody need ask again."""


def _told(client: Any) -> dict[str, Any]:
    """What every read answers that asks for nothing in particular."""
    model = client.meta.service_model
    found = {}
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        asks = shape is not None and shape.required_members
        served = (model.service_name, operation) not in _unserved
        if served and operation.startswith(READS) and not PUBLIC.search(operation) and not asks:
            try:
                found[xform_name(operation)] = _plain(_whole(client, xform_name(operation)))
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code not in EMPTY:
                    raise
                if code == UNSERVED:
                    _unserved.add((model.service_name, operation))
    return found


def _plain(answer: Mapping[str, Any]) -> Any:
    """The list itself, of an answer that is nothing else."""
    told = [value for key, value in answer.items() if key != "ResponseMetadata"]
    return told[0] if len(told) == 1 else answer


def _whole(client: Any, call: str, **asked: Any) -> Any:
    """Every page of an answer."""
    if client.can_paginate(call):
        return client.get_paginator(call).paginate(**asked).build_full_result()
    return getattr(client, call)(**asked)


def _ec2(account: Account) -> dict[str, Any]:
    ec2 = account.boto("ec2")
    templates = ec2.describe_launch_templates()["LaunchTemplates"]
    versions = {
        one["LaunchTemplateName"]: _whole(
            ec2, "describe_launch_template_versions", LaunchTemplateId=one["LaunchTemplateId"]
        )
        for one in templates
    }
    return {"describe_launch_template_versions": versions}


def _iam(iam: Any) -> dict[str, Any]:
    """But for the roles that AWS makes for its own services, which stay, and its own policies."""
    found = _whole(iam, "get_account_authorization_details")
    roles = [one for one in found["RoleDetailList"] if "aws-service-role" not in one["Path"]]
    policies = [one for one in found["Policies"] if not one["Arn"].startswith("arn:aws:iam::aws:")]
    providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return {
        "roles": roles,
        "users": found["UserDetailList"],
        "groups": found["GroupDetailList"],
        "policies": policies,
        "providers": [iam.get_open_id_connect_provider(OpenIDConnectProviderArn=one["Arn"]) for one in providers],
    }


def _eks(eks: Any) -> dict[str, Any]:
    found = {}
    for name in eks.list_clusters()["clusters"]:
        where = {"clusterName": name}
        entries = _whole(eks, "list_access_entries", **where)["accessEntries"]
        associations = _whole(eks, "list_pod_identity_associations", **where)["associations"]
        found[name] = {
            "cluster": eks.describe_cluster(name=name)["cluster"],
            "groups": [
                eks.describe_nodegroup(**where, nodegroupName=one)["nodegroup"]
                for one in _whole(eks, "list_nodegroups", **where)["nodegroups"]
            ],
            "addons": [
                eks.describe_addon(**where, addonName=one)["addon"]
                for one in _whole(eks, "list_addons", **where)["addons"]
            ],
            "entries": [eks.describe_access_entry(**where, principalArn=one)["accessEntry"] for one in entries],
            "policies": [_whole(eks, "list_associated_access_policies", **where, principalArn=one) for one in entries],
            "associations": [
                eks.describe_pod_identity_association(**where, associationId=one["associationId"])["association"]
                for one in associations
            ],
        }
    return found


def _sqs(sqs: Any) -> dict[str, Any]:
    queues = sqs.list_queues().get("QueueUrls", [])
    return {
        one: (sqs.get_queue_attributes(QueueUrl=one, AttributeNames=["All"]), sqs.list_queue_tags(QueueUrl=one))
        for one in queues
    }


def _kms(kms: Any) -> dict[str, Any]:
    return {
        one["KeyId"]: (
            kms.describe_key(KeyId=one["KeyId"]),
            kms.get_key_policy(KeyId=one["KeyId"], PolicyName="default"),
            kms.list_resource_tags(KeyId=one["KeyId"]),
        )
        for one in kms.list_keys()["Keys"]
    }


def _events(events: Any) -> dict[str, Any]:
    return {
        one["Name"]: (
            events.list_targets_by_rule(Rule=one["Name"]),
            events.list_tags_for_resource(ResourceARN=one["Arn"]),
        )
        for one in events.list_rules()["Rules"]
    }


def _elbv2(elbv2: Any) -> dict[str, Any]:
    balancers = [one["LoadBalancerArn"] for one in elbv2.describe_load_balancers()["LoadBalancers"]]
    groups = [one["TargetGroupArn"] for one in elbv2.describe_target_groups()["TargetGroups"]]
    return {
        "listeners": [elbv2.describe_listeners(LoadBalancerArn=one)["Listeners"] for one in balancers],
        "targets": [elbv2.describe_target_health(TargetGroupArn=one)["TargetHealthDescriptions"] for one in groups],
        "tags": [elbv2.describe_tags(ResourceArns=[one])["TagDescriptions"] for one in (*balancers, *groups)],
    }


def _ssm(ssm: Any) -> dict[str, Any]:
    return {
        one["Name"]: ssm.get_parameter(Name=one["Name"]) for one in _whole(ssm, "describe_parameters")["Parameters"]
    }


def _ended(account: Account) -> frozenset[str]:
    """Ids of instances that have ended."""
    made = account.boto("ec2").describe_instances()["Reservations"]
    return frozenset(
        one["InstanceId"] for found in made for one in found["Instances"] if one["State"]["Name"] == "terminated"
    )


def _without(tree: Any, ended: Iterable[str]) -> Any:
    """The same without entries of lists that are about what has ended, and without what they leave empty."""
    match tree:
        case Mapping():
            return {key: _without(value, ended) for key, value in tree.items()}
        case list() | tuple():
            return [_without(one, ended) for one in tree if not _about(one) & set(ended)]
        case _:
            return tree


def _about(one: Any) -> set[str]:
    """The instances that an entry is about: its own id, that of the resource it tags, or of those it holds."""
    if not isinstance(one, Mapping):
        return set()
    tagged = str(one.get("ResourceARN")).rpartition("/")[2]
    return {str(one.get("InstanceId")), str(one.get("ResourceId")), tagged, *_held(one.get("Instances") or ())}


def _held(instances: Iterable[Any]) -> Iterator[str]:
    return (str(one["InstanceId"]) for one in instances if isinstance(one, Mapping) and "InstanceId" in one)


def _still(tree: Any) -> Any:
    """The same without what moves; lists of objects in one order."""
    match tree:
        case Mapping():
            return {key: _still(value) for key, value in sorted(tree.items()) if not MOVING.search(str(key))}
        case list() | tuple():
            return sorted((_still(one) for one in tree), key=repr)
        case _:
            return tree
