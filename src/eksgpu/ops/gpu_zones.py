"""In which zones of a region each instance type is offered, asked of EC2 in one go."""

from collections.abc import Iterable, Mapping

from eksgpu.facts.offerings import read_offerings

from .connect import Connector
from .options import Options


def zones(
    types: Iterable[str], options: Options, connector: Connector | None
) -> tuple[str, Mapping[str, tuple[str, ...]]]:
    """The region, and type → its zones there; none for a type that it lacks. Raises UsageError without a region."""
    connection = (connector or Connector()).connect(options, cluster="", region=None)
    try:
        offered = read_offerings(connection.run, types)
    finally:
        connection.close()
    return connection.run.region, {name: tuple(sorted(found)) for name, found in offered.items()}
