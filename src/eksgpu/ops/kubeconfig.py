"""`kubeconfig`: lead kubectl into a live cluster, by an entry in the kubeconfig that kubectl reads anyway."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .connect import Connector
from .kubeconfig_file import Entries, candidates, chosen_file, merge
from .living import living
from .options import Options
from .report import Caller
from .target import connect_to
from .way import way_into


@dataclass(frozen=True)
class KubeconfigReport:
    """What was written where. `added`: the file had no such context before."""

    caller: Caller
    file: Path
    context: str
    server: str
    added: bool

    def as_json(self) -> dict[str, Any]:
        return {
            **self.caller.as_json(),
            "file": str(self.file),
            "context": self.context,
            "server": self.server,
            "added": self.added,
        }


def kubeconfig(
    target: Path | str,
    options: Options,
    *,
    file: Path | None = None,
    alias: str | None = None,
    environ: Mapping[str, str] | None = None,
    connector: Connector | None = None,
) -> KubeconfigReport:
    """Write context, cluster and user into a kubeconfig, and make the context the current one.

    file:  default: of those that $KUBECONFIG lists, the one that knows the cluster, else the first; ~/.kube/config.
    alias: the context's name; default: the cluster's ARN, as `aws eks update-kubeconfig` has it.

    Raises EksgpuError without a cluster that can be reached, UsageError for a file that is no kubeconfig.
    """
    _, connection = connect_to(target, options, connector)
    try:
        live = living(connection)
    finally:
        connection.close()
    caller = connection.caller
    entries = Entries.of(way_into(live, options, region=caller.region), name=live.id, context=alias or live.id)
    where = file or chosen_file(candidates(os.environ if environ is None else environ), live.id)
    added = merge(where, entries)
    return KubeconfigReport(caller, where, entries.context, str(live.outputs["endpoint"]), added)
