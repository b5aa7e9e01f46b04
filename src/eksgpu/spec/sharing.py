"""`sharing`: how pods share the GPUs of a node pool's or node group's nodes.

One stanza; what the device plugin, Karpenter, the Cluster Autoscaler and the nodes themselves must be told all follows
from it (scheduling.sharing). Whether GPUs can be shared so is judged there; here, only whether the stanza is whole.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, Tag

from eksgpu.catalog.mig import Layout
from eksgpu.scheduling.sharing.rules import refusals
from eksgpu.scheduling.sharing.wish import BALANCED, Host, Strategy, Wish
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import AnySpelling, Size
from eksgpu.spec.names import matching
from eksgpu.spec.shapes import LIST, MAPPING, WORD, by_shape

Profile = Annotated[
    str,
    Field(json_schema_extra={"examples": ["1g.10gb", BALANCED]}),
    matching(
        r"\d+g\.\d+gb([+-][a-z.]+)?|all-balanced", "it is no MIG profile", "write one such as 1g.10gb, or all-balanced"
    ),
]
Slices = Annotated[int, Field(ge=1)]


class Sharing(SpecModel):
    """How pods share GPUs: in turns, side by side, or on parts that the hardware keeps apart."""

    strategy: Annotated[Literal["timeSlicing", "mps", "mig"], AnySpelling()]
    """timeSlicing: pods take turns, without isolation. mps: pods run at once, each with an equal part of memory. mig:
    each pod has instances that the hardware keeps apart."""
    replicas: int | None = None
    """For timeSlicing and mps: slices of each GPU, 2 or more; EKS advises 2 to 8."""
    profile: (
        Annotated[
            Annotated[Profile, Tag(WORD)]
            | Annotated[Mapping[Profile, Slices], Tag(MAPPING)]
            | Annotated[tuple[Mapping[Profile, Slices], ...], Tag(LIST)],
            by_shape("a profile such as 1g.10gb, a mapping such as {1g.10gb: 4, 3g.40gb: 1}, or a list of them"),
        ]
        | None
    ) = None
    """For mig: one profile, as often as it fits; all-balanced; a mapping of profile to count for every GPU; or a list
    of such mappings, one for each GPU of a node."""
    memory_per_slice: Size | None = None
    """What a pod needs of a GPU's memory; refused where a slice has less. Time slicing limits no pod by itself."""
    rename: bool = False
    """Slices get a name of their own, nvidia.com/gpu.shared or nvidia.com/mig-1g.10gb, so that no pod mistakes one for
    a whole GPU. Unset, pods that ask for nvidia.com/gpu run unchanged."""
    fail_requests_greater_than_one: bool = True
    """For timeSlicing and mps: refuse a pod that asks for two slices, which may be two turns on one GPU."""

    @property
    def wish(self) -> Wish:
        """The stanza as the planner takes it."""
        named = isinstance(self.profile, str)
        return Wish(
            strategy=Strategy(self.strategy),
            replicas=self.replicas or 0,
            profile=self.profile if isinstance(self.profile, str) else "",
            layouts=() if named else self._layouts(),
            memory_per_slice=self.memory_per_slice,
            rename=self.rename,
            fail_requests_greater_than_one=self.fail_requests_greater_than_one,
        )

    def faults(self) -> Iterator[Fault]:
        if self.strategy == "mig":
            yield from self._mig_faults()
            return
        if self.replicas is None:
            yield Fault((), f"{self.strategy} needs replicas, the number of slices of each GPU", "add replicas: 4")

    def _mig_faults(self) -> Iterator[Fault]:
        if self.profile is None:
            yield Fault((), "mig needs a profile, the slices to make", "add profile: 1g.10gb, or all-balanced")
        elif not isinstance(self.profile, str) and BALANCED in {name for one in self._layouts() for name in one}:
            yield Fault(("profile",), f"{BALANCED} is a whole layout of its own", f"write profile: {BALANCED}")
        elif not isinstance(self.profile, str) and not all(self._layouts() or ({},)):
            yield Fault(("profile",), "a GPU without slices", "give each GPU a slice")
        if "fail_requests_greater_than_one" in self.model_fields_set:
            message = "MIG slices are devices of their own, and a pod may ask for several"
            yield Fault(("failRequestsGreaterThanOne",), message, "remove failRequestsGreaterThanOne")

    def _layouts(self) -> tuple[Layout, ...]:
        written: Any = self.profile
        if written is None or isinstance(written, str):
            return ()
        return (written,) if isinstance(written, Mapping) else tuple(written)


def sharing_faults(sharing: Sharing, host: Host) -> Iterator[Fault]:
    """What speaks against a stanza on these very nodes, below the model that has it as `sharing`."""
    for refusal in refusals(sharing.wish, host):
        below = (refusal.field,) if refusal.field else ()
        yield Fault(("sharing", *below), refusal.message, refusal.hint)
