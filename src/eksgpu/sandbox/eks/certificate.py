"""The certificate authority of the sandbox's control planes: a real self-signed one, made once per World.

Clients decode and load it, so it must be PEM in base64 as on EKS. It signs nothing here.
"""

import base64
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from eksgpu.sandbox.world import World


class ClusterAuthority:
    """`data` is what DescribeCluster answers as certificateAuthority.data."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.data = base64.b64encode(_self_signed()).decode()


def _self_signed() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2044, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)
