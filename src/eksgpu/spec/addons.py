"""`addons`: EKS add-ons. Four are in every cluster; any other is asked for by its EKS name."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ConfigDict, Field

from eksgpu.catalog import component
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import did_you_mean

CORE = {
    "coredns": "coredns",
    "kube_proxy": "kube-proxy",
    "vpc_cni": "vpc-cni",
    "pod_identity_agent": "eks-pod-identity-agent",
}
"""Our attribute → EKS's name."""


class AddonOptions(SpecModel):
    """One EKS add-on."""

    version: str | None = None
    """The add-on's version; unset is EKS's default for the cluster's version, chosen once."""
    configuration: Mapping[str, Any] = Field(default_factory=dict)
    """The add-on's own settings, as `aws eks describe-addon-configuration` lists them."""


class Addons(SpecModel):
    """EKS add-ons: four are always there; others by their EKS name, such as `aws-ebs-csi-driver: {}`."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, AddonOptions] = Field(init=False)

    coredns: AddonOptions = Field(default_factory=AddonOptions)
    """Cluster DNS."""
    kube_proxy: AddonOptions = Field(default_factory=AddonOptions)
    """Service networking on each node."""
    vpc_cni: AddonOptions = Field(default_factory=AddonOptions)
    """Pod networking with VPC addresses."""
    pod_identity_agent: AddonOptions = Field(default_factory=AddonOptions)
    """Credentials of IAM roles for pods."""

    @property
    def by_name(self) -> Mapping[str, AddonOptions]:
        """Every add-on of the cluster by its EKS name."""
        core: dict[str, AddonOptions] = {name: getattr(self, attribute) for attribute, name in CORE.items()}
        return core | self.__pydantic_extra__

    def faults(self) -> Iterator[Fault]:
        ours = {name: type(self).model_fields[attribute].alias for attribute, name in CORE.items()}
        for name in self.__pydantic_extra__:
            if name in ours:
                yield Fault((name,), f"{name} is in every cluster and has a key of its own", f"write {ours[name]}")
            elif name not in component.addons():
                hint = did_you_mean(name, [*component.addons(), *(key for key in ours.values() if key)])
                if hint:
                    yield Fault((name,), f'no EKS add-on is named "{name}"', hint)
