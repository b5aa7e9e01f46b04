"""What controllers make on our behalf: found by their tags, deleted by destroy, never created, changed or diffed."""

from dataclasses import dataclass

from eksgpu.aws.run import AwsRun
from eksgpu.engine.resource import Deletable, Live
from eksgpu.errors import Denied

from .controller_security_group import ControllerSecurityGroup
from .karpenter_instance import KarpenterInstance
from .karpenter_instance_profile import KarpenterInstanceProfile
from .karpenter_launch_template import KarpenterLaunchTemplate
from .load_balancer import LoadBalancer
from .network_interface import NetworkInterface
from .target_group import TargetGroup
from .volume import Volume

BYPRODUCTS: tuple[type[Deletable], ...] = (
    KarpenterInstance,
    LoadBalancer,
    TargetGroup,
    ControllerSecurityGroup,
    Volume,
    NetworkInterface,
    KarpenterLaunchTemplate,
    KarpenterInstanceProfile,
)


@dataclass(frozen=True)
class Look:
    """What was found of one kind. `denied`: the caller may not look, so nothing can be said about that kind."""

    kind: type[Deletable]
    lives: tuple[Live, ...] = ()
    denied: Denied | None = None


def look(run: AwsRun, kind: type[Deletable]) -> Look:
    """Every by-product of one kind; a caller who may not look is told so instead of being stopped."""
    try:
        return Look(kind, tuple(kind.discover(run)))
    except Denied as error:
        return Look(kind, denied=error)
