"""Karpenter's feature gates, as the environment of its Deployment says them; what it does not name is off."""

from eksgpu.sandbox.controllers.leader import Leader
from eksgpu.sandbox.controllers.setting import Setting

from .journal import NAME


class Gates:
    """The gates of whichever Karpenter is installed."""

    def __init__(self, setting: Setting) -> None:
        self._leader = Leader(setting, NAME)

    def on(self, gate: str) -> bool:
        """Is a gate open? By Karpenter's own name: `NodeOverlay`."""
        pod = ((self._leader.deployment or {}).get("spec") or {}).get("template") or {}
        containers = (pod.get("spec") or {}).get("containers") or ()
        entries = (entry for one in containers for entry in one.get("env") or ())
        said = (str(entry.get("value")) for entry in entries if entry.get("name") == "FEATURE_GATES")
        return any(f"{gate}=true" in value.split(",") for value in said)
