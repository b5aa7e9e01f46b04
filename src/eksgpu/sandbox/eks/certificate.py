"""The certificate authority of the sandbox's control planes, made once per World: what their clients must trust."""

import base64

from eksgpu.sandbox.kubernetes.certificate import Authority
from eksgpu.sandbox.world import World


class ClusterAuthority:
    """`data` is what DescribeCluster answers as certificateAuthority.data: PEM in base64."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.authority = Authority.new()
        self.data = base64.b64encode(self.authority.pem.encode()).decode()
