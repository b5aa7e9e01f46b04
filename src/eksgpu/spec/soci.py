"""`soci`: values of SOCI parallel pull that a pool sets itself, in place of those that follow from its types."""

from typing import Annotated

from pydantic import Field

from eksgpu.spec.base import SpecModel
from eksgpu.spec.names import matching


class Soci(SpecModel):
    """Values of SOCI parallel pull; those that are unset follow from vCPUs, network and instance store."""

    max_concurrent_downloads_per_image: Annotated[int, Field(ge=1)] | None = None
    """Parts of one image that are fetched at once. ECR advises 10 to 20."""
    concurrent_download_chunk_size: (
        Annotated[str, matching(r"[1-9]\d*mb", "it is no size of a part", "write 16mb, in whole mb")] | None
    ) = None
    """The size of such a part. ECR advises 8mb to 16mb."""
    max_concurrent_unpacks_per_image: Annotated[int, Field(ge=1)] | None = None
    """Layers of one image that are unpacked at once."""
    discard_unpacked_layers: bool | None = None
    """Drop the compressed layers once they are unpacked."""
