"""AWS: one file for each kind of object. To add a kind, write its file and name its class in `KINDS`."""

from eksgpu.engine.resource import Resource

from .access_entry import AccessEntry
from .eks_addon import EksAddon
from .eks_cluster import EksCluster
from .eks_node_group import EksNodeGroup
from .elastic_ip import ElasticIp
from .event_rule import EventRule
from .iam_policy import IamPolicy
from .iam_role import IamRole
from .internet_gateway import InternetGateway
from .kms_alias import KmsAlias
from .kms_key import KmsKey
from .launch_template import LaunchTemplate
from .log_group import LogGroup
from .nat_gateway import NatGateway
from .oidc_provider import OidcProvider
from .pod_identity_association import PodIdentityAssociation
from .route_table import RouteTable
from .security_group import SecurityGroup
from .security_group_rule import SecurityGroupRule
from .service_linked_role import ServiceLinkedRole
from .sqs_queue import SqsQueue
from .subnet import Subnet
from .vpc import Vpc
from .vpc_endpoint import VpcEndpoint

KINDS: tuple[type[Resource], ...] = (
    Vpc,
    Subnet,
    InternetGateway,
    ElasticIp,
    NatGateway,
    RouteTable,
    SecurityGroup,
    SecurityGroupRule,
    VpcEndpoint,
    LaunchTemplate,
    KmsKey,
    KmsAlias,
    LogGroup,
    IamRole,
    IamPolicy,
    ServiceLinkedRole,
    OidcProvider,
    SqsQueue,
    EventRule,
    EksCluster,
    EksNodeGroup,
    EksAddon,
    AccessEntry,
    PodIdentityAssociation,
)

# Made if absent, never deleted: other clusters and people of the account rely on them.
KEPT = frozenset({ServiceLinkedRole.kind})
