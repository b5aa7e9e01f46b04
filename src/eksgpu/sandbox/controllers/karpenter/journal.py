"""What Karpenter writes into its log: one JSON object a line, in its own words, into the log of its own pods."""

import json
from typing import Any

from eksgpu.sandbox.controllers.leader import Leader
from eksgpu.sandbox.controllers.setting import Setting

NAME = "karpenter"


class Journal:
    """The controller's log, and whether there is a controller at all."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._leader = Leader(setting, NAME)

    @property
    def runs(self) -> bool:
        """Does Karpenter run?"""
        return self._leader.runs

    def write(self, message: str, **fields: Any) -> None:
        """One line."""
        line = {"level": "INFO", "time": self._in.clock.now().isoformat(), "message": message, **fields}
        self._leader.log(json.dumps(line))
