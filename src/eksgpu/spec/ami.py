"""`ami` of node pools and `amiType` of node groups: which machine image nodes start from."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from eksgpu.catalog import ami_type
from eksgpu.catalog.instance import InstanceType
from eksgpu.spec.base import Fault, SpecModel, refusal
from eksgpu.spec.fields import did_you_mean
from eksgpu.spec.metadata import AccountId
from eksgpu.spec.names import Tags, matching

_RELEASE = r"latest|v\d+\.\d+\.\d+|v\d{8}"


def _ami_type(name: str) -> str:
    gone = ami_type.refused(name)
    if gone is not None:
        raise refusal(f"{name} is not offered: {gone.why}", gone.hint)
    known = (*ami_type.ami_types(), *ami_type.ended())
    if name not in known:
        raise refusal(f'EKS has no AMI type "{name}"', did_you_mean(name, known) or f"it has {', '.join(known)}")
    return name


def ami_type_faults(name: str, os: str, item: InstanceType) -> Iterator[Fault]:
    """Where an image and the machines that are to start from it contradict each other."""
    image, right = ami_type.current(name), ami_type.fitting(os, item).name
    hint = f"write {right}, or leave amiType out"
    if image.os != os:
        yield Fault(("amiType",), f"{name} is an image of {image.os}; os says {os}", f"remove os, or {hint}")
    elif image.arch != item.arch:
        yield Fault(("amiType",), f"{name} is for {image.arch}; {item.name} is {item.arch}", hint)
    elif ami_type.carries(item) not in image.serves:
        yield Fault(("amiType",), _unserved(name, image, item), hint)


def _unserved(name: str, image: ami_type.AmiType, item: InstanceType) -> str:
    made_for = {ami_type.NVIDIA: "NVIDIA's GPUs", ami_type.NEURON: "Inferentia and Trainium"}
    carried = ami_type.carries(item)
    if carried == ami_type.PLAIN:
        return f"{name} is for {made_for[image.serves[0]]}; {item.name} has none"
    return f"{name} has no drivers for {made_for[carried]}, which {item.name} has"


AmiTypeName = Annotated[
    str,
    AfterValidator(_ami_type),
    Field(json_schema_extra=lambda schema: schema.update(enum=[*ami_type.ami_types(), *ami_type.ended()])),
]


class Ami(SpecModel):
    """A release of the system's own images, or images of yours. Of yours, the newest that fits the type is taken."""

    release: (
        Annotated[
            str, matching(_RELEASE, "it is no release", "write v1.64.0 for Bottlerocket, v20260714 for Amazon Linux")
        ]
        | None
    ) = None
    """A release of the system: v1.64.0, v20260714, or latest, which replaces nodes whenever there is a new one."""
    id: Annotated[str, matching(r"ami-[0-9a-f]{8,17}", "it is no image id", "an id looks like ami-0a1b2c3d4e5f67890")] | None = None  # fmt: skip  # noqa: E501
    """One image by its id."""
    ssm_parameter: str | None = None
    """A parameter of Parameter Store that holds an image's id; Karpenter needs the right to read it."""
    name: str | None = None
    """Images by their name, in which * stands for anything."""
    owner: AccountId | None = None
    """With `name` or `tags`: only images of this account."""
    tags: Tags = Field(default_factory=dict)
    """Images with all of these tags."""

    @property
    def terms(self) -> tuple[dict[str, Any], ...]:
        """As EC2NodeClass selects images; empty for a release."""
        named = {
            "id": self.id,
            "ssmParameter": self.ssm_parameter,
            "name": self.name,
            "owner": self.owner,
            "tags": dict(self.tags),
        }
        term = {key: value for key, value in named.items() if value}
        return (term,) if term else ()

    def faults(self) -> Iterator[Fault]:
        ways = {
            "release": bool(self.release),
            "id": bool(self.id),
            "ssmParameter": bool(self.ssm_parameter),
            "name or tags": bool(self.name or self.tags),
        }
        given = [way for way, there in ways.items() if there]
        if len(given) != 1:
            what = f"{' and '.join(given)} exclude each other" if given else "it does not say which image"
            yield Fault((), what, "give one of release, id, ssmParameter, or name and tags")
        if self.owner and not (self.name or self.tags):
            yield Fault(("owner",), "an owner narrows name or tags", "remove owner")
