"""`version`: which Kubernetes versions a spec may name.

Versions that EKS no longer creates are refused by the catalogue's dates; one newer than the catalogue passes here and
is judged by what AWS answers.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from eksgpu.catalog import component, kubernetes
from eksgpu.spec.base import refusal


def _creatable(version: str) -> str:
    if not kubernetes.is_version(version):
        raise refusal(f'"{version}" is no Kubernetes version', 'write one such as "1.35", in quotes')
    if not kubernetes.retired(version):
        return version
    known = kubernetes.versions().get(version)
    ended = f": its extended support ended on {known.end_of_extended_support}" if known else ""
    raise refusal(f"EKS no longer creates Kubernetes {version}{ended}", _instead(version))


def _instead(version: str) -> str:
    near = kubernetes.nearest_creatable(version)
    offered = [item.version for item in kubernetes.creatable()]
    newest = component.newest_supported(component.components(), offered) or offered[-1]
    until = f", until {near.end_of_extended_support}" if near.end_of_extended_support else ""
    return f'the nearest that EKS creates is "{near.version}" ({near.phase()} support{until}); best is "{newest}"'


Version = Annotated[str, Field(json_schema_extra={"pattern": r"^1\.\d+$"}), AfterValidator(_creatable)]
