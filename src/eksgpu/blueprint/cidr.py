"""The CIDR plan: which addresses each subnet gets. A zone keeps the place of its letter whatever zones come and go."""

from ipaddress import IPv4Network
from itertools import islice

from eksgpu.catalog.limits import plan_bits
from eksgpu.errors import EksgpuError

PLACES = "abcdefgh"
# In 256ths of the VPC: private subnets fill the first half, public ones start at 128, intra ones at 192.
PUBLIC_OFFSET, INTRA_OFFSET = 128, 192


def place(letter: str) -> int:
    """A zone's place in the plan: a = 0 … h = 7. Raises EksgpuError beyond."""
    if letter not in PLACES:
        raise EksgpuError(f"zone letter {letter} has no place in the subnet plan (a to h)")
    return PLACES.index(letter)


def subnet_cidrs(vpc: IPv4Network, letter: str) -> dict[str, str]:
    """The zone's three CIDRs by role: `private`, `public`, `intra`."""
    bits, n = plan_bits(), place(letter)
    return {
        "private": _nth(vpc, bits.private, n),
        "public": _nth(vpc, bits.public, PUBLIC_OFFSET + n),
        "intra": _nth(vpc, bits.intra, INTRA_OFFSET + n),
    }


def _nth(vpc: IPv4Network, bits: int, n: int) -> str:
    return str(next(islice(vpc.subnets(prefixlen_diff=bits), n, None)))
