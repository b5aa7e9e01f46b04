"""`disk`: the EBS volume of a node."""

from collections.abc import Iterator
from typing import Annotated, Literal

from eksgpu.catalog import limits
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import AnySpelling, Size
from eksgpu.units import Bytes


class Disk(SpecModel):
    """The encrypted EBS volume that holds images and pods' files."""

    size: Size = Bytes.gib(80)
    """How large it is, in whole GiB."""
    type: Annotated[Literal["gp3", "gp2", "io1", "io2"], AnySpelling()] = "gp3"
    """EBS volume type."""
    iops: int | None = None
    """Operations per second; gp3 has 3000 by itself."""
    throughput: int | None = None
    """MiB per second, gp3 only; it has 125 by itself. Pulling large images fast takes 600 or more."""

    def faults(self) -> Iterator[Fault]:
        allowed = limits.volume(self.type)
        if self.size.count % 2**30:
            yield Fault(("size",), f"{self.size} is no whole number of GiB", f"write {round(self.size.in_gib)}Gi")
        elif int(self.size.in_gib) not in allowed.gib:
            yield Fault(
                ("size",), f"{self.type} volumes have {allowed.gib.low} to {allowed.gib.high} GiB; {self.size} given"
            )
        yield from self._setting("iops", self.iops, allowed.iops)
        yield from self._setting("throughput", self.throughput, allowed.throughput)
        if self.type in ("io1", "io2") and self.iops is None:
            yield Fault((), f"{self.type} volumes need iops", "add iops: 3000")
        quarter = (self.iops or 3000) // 4
        if self.type == "gp3" and self.throughput and self.throughput > quarter:
            message = (
                f"{self.throughput} MiB/s need {self.throughput * 4} iops: gp3 gives at most a quarter MiB/s for each"
            )
            yield Fault(("throughput",), message, f"set iops: {self.throughput * 4}")

    def _setting(self, name: str, value: int | None, allowed: limits.Span | None) -> Iterator[Fault]:
        if value is None:
            return
        if allowed is None:
            yield Fault((name,), f"{self.type} volumes have no {name} to set", f"remove {name}")
        elif value not in allowed:
            yield Fault((name,), f"{self.type} volumes take {allowed.low} to {allowed.high} {name}; {value} given")
