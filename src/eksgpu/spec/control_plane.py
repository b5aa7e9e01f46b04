"""The control plane: its size and scheduler, who reaches its endpoint, what encrypts its secrets, what it logs."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field

from eksgpu.catalog import limits
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import AnySpelling, Cidr
from eksgpu.spec.names import matching

EVERYWHERE = IPv4Network("0.0.0.0/0")
LogType = Annotated[Literal["api", "audit", "authenticator", "controllerManager", "scheduler"], AnySpelling()]
KmsKey = Annotated[
    str,
    Field(json_schema_extra={"anyOf": [{"enum": ["create", "none"]}, {"pattern": "^arn:aws[a-z-]*:kms:"}]}),
    matching(
        r"create|none|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[0-9a-f-]+",
        "it must be create, none or the ARN of a KMS key",
        "an ARN looks like arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
]


class EndpointAccess(SpecModel):
    """From where the Kubernetes API can be reached."""

    public: bool = True
    """From the internet, limited to `publicCidrs`."""
    private: bool = True
    """From inside the VPC; nodes then never leave it to reach the control plane."""
    public_cidrs: tuple[Cidr, ...] = (EVERYWHERE,)
    """Networks that may use the public endpoint. Everything is let in by default; your own network is better."""

    def faults(self) -> Iterator[Fault]:
        if not self.public and not self.private:
            yield Fault((), "public and private are both false: nothing could reach the cluster", "set private: true")
        if not self.public and "public_cidrs" in self.model_fields_set:
            yield Fault(
                ("publicCidrs",), "there is no public endpoint to limit", "remove publicCidrs, or set public: true"
            )
        most = limits.number("publicAccessCidrs")
        if self.public and not 0 < len(self.public_cidrs) <= most:
            yield Fault(("publicCidrs",), f"EKS takes 1 to {most} networks; {len(self.public_cidrs)} given")


class SecretsEncryption(SpecModel):
    """Envelope encryption of Kubernetes secrets with a KMS key."""

    kms_key: KmsKey = "create"
    """`create` a key for this cluster, use one by its ARN, or `none`. Encryption cannot be taken away again."""
    deletion_window_days: int = 30
    """Days that AWS keeps a created key after `destroy`; until then the deletion can be cancelled."""

    def faults(self) -> Iterator[Fault]:
        allowed = limits.span("kmsDeletionWindowDays")
        if self.deletion_window_days not in allowed:
            message = f"KMS waits {allowed.low} to {allowed.high} days; {self.deletion_window_days} given"
            yield Fault(("deletionWindowDays",), message)


class Logging(SpecModel):
    """What the control plane writes to CloudWatch Logs."""

    types: tuple[LogType, ...] = ("api", "audit", "authenticator")
    """Log types; an empty list turns logging off."""
    retention_days: int = 90
    """Days after which CloudWatch Logs deletes them."""

    def faults(self) -> Iterator[Fault]:
        allowed = limits.log_retention_days()
        if self.retention_days not in allowed:
            near = min(allowed, key=lambda days: abs(days - self.retention_days))
            message = f"CloudWatch Logs does not keep logs for {self.retention_days} days"
            yield Fault(("retentionDays",), message, f"the nearest period it has is {near}")


class Scheduler(SpecModel):
    """How the managed scheduler places pods."""

    packing: Annotated[Literal["MostAllocated", "LeastAllocated"], AnySpelling()] | None = None
    """`MostAllocated` fills nodes one after the other, so that whole GPU nodes stay free; unset is EKS's default."""
    weights: Mapping[str, Annotated[int, Field(ge=1, le=100)]] = Field(default_factory=dict)
    """How much each resource counts, such as `nvidia.com/gpu: 5`, from 1 to 100."""

    def faults(self) -> Iterator[Fault]:
        if self.weights and self.packing is None:
            yield Fault(("weights",), "weights do nothing without packing", "add packing: MostAllocated")


class ControlPlane(SpecModel):
    """Size and scheduling of the managed control plane."""

    tier: Annotated[Literal["standard", "tier-xl", "tier-2xl", "tier-4xl", "tier-8xl"], AnySpelling()] = "standard"
    """How much capacity EKS keeps ready for it; all above `standard` cost more."""
    scheduler: Scheduler = Field(default_factory=Scheduler)
    """How the managed scheduler places pods."""
