"""The default VPC's way out: AWS gives each one an internet gateway and a route to it, moto neither.

Source: Amazon VPC user guide, "Default VPC components".
"""

from typing import Any

from moto.ec2.models import EC2Backend

_without_gateway = EC2Backend.create_default_vpc
_EVERYWHERE = "0.0.0.0/0"


def create_default_vpc(backend: EC2Backend) -> Any:
    """What moto makes, led into the internet."""
    vpc = _without_gateway(backend)
    gateway = backend.create_internet_gateway()
    backend.attach_internet_gateway(gateway.id, vpc.id)
    main = backend.describe_route_tables(filters={"vpc-id": vpc.id, "association.main": "true"})[0]
    backend.create_route(main.id, _EVERYWHERE, gateway_id=gateway.id)
    return vpc


EC2Backend.create_default_vpc = create_default_vpc  # type: ignore[assignment, method-assign]
