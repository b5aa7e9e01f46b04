"""Following what was applied on the side until it runs or has ended, and telling what it waits for meanwhile."""

from collections.abc import Iterator, Sequence

from eksgpu.engine.resource import State
from eksgpu.errors import EksgpuError
from eksgpu.kube.names import Address, GroupKind
from eksgpu.kube.readiness import condition, readiness, words

from .workload_pods import about, in_order, over, waits_for
from .workload_run import POLL_SECONDS, Object, Objects, Say, Side

_POD, _EVENT = GroupKind("Pod"), GroupKind("Event")
NO_CAPACITY = "InsufficientCapacityError"  # Karpenter's reason, on the NodeClaim
_JOB, _CLAIM = GroupKind("Job", "batch"), GroupKind("NodeClaim", "karpenter.sh")


class Following:
    """Looks at the objects of one workload again and again. It changes nothing."""

    def __init__(self, side: Side) -> None:
        self._side = side

    def until_done(self, addresses: Sequence[Address], say: Say, *, timeout: float) -> None:
        """Wait until all of them are ready and Jobs have succeeded, saying what they wait for whenever that changes.

        Raises EksgpuError when one fails, or when the time is up.
        """
        end, last = self._side.clock.monotonic() + timeout, ""
        while True:
            waiting = [(address, why) for address in addresses if (why := self._state(address)) is not None]
            if not waiting:
                return
            lines = [line for address, why in waiting for line in self._reasons(address, why)]
            if "\n".join(lines) != last:
                last = "\n".join(lines)
                say(last)
            if self._side.clock.monotonic() >= end:
                raise EksgpuError(
                    f"not ready after {timeout:.0f} s: {last}", hint="it goes on; look again, or delete it"
                )
            self._side.clock.sleep(POLL_SECONDS)

    def waits_for(self, address: Address) -> str | None:
        """What an object waits for, in one line; None when it is done. Raises EksgpuError when it never will be."""
        why = self._state(address)
        return None if why is None else "; ".join(self._reasons(address, why)).replace(f"{address}: ", "")

    def pods(self, address: Address) -> Objects:
        """The pods of one of the objects, by its own selector."""
        found = self._side.get(address)
        chosen = ((found.get("spec") or {}).get("selector") or {}).get("matchLabels") if found is not None else None
        if not chosen or address.group_kind.kind == "Service":
            return [found] if found is not None and address.group_kind == _POD else []
        labels = ",".join(f"{key}={value}" for key, value in sorted(chosen.items()))
        return self._side.listed(_POD, address.namespace, labels=labels)

    def log(self, address: Address, tail: int | None = None) -> str:
        """What the object's pods printed, one after the other."""
        ran = [pod for pod in self.pods(address) if (pod.get("status") or {}).get("phase") not in (None, "Pending")]
        logs = (self._side.kube.api.log(address.namespace, pod["metadata"]["name"], tail=tail) for pod in ran)
        return "\n".join(text.rstrip("\n") for text in logs if text)

    def _state(self, address: Address) -> str | None:
        """Why an object is not done; None when it is. Raises EksgpuError when it never will be."""
        found = self._side.get(address)
        if found is None:
            raise EksgpuError(f"{address} is gone: somebody deleted it")
        if address.group_kind == _JOB:
            return self._job(address, found)
        state, why = readiness(address.group_kind, found)
        if state is State.READY:
            return None
        if state is State.FAILED and condition(found, "Progressing").get("reason") != "ProgressDeadlineExceeded":
            raise EksgpuError(f"{address} failed: {why}")
        return why  # a node and a large image may take longer than a Deployment's own deadline

    def _job(self, address: Address, found: Object) -> str | None:
        failed = condition(found, "Failed")
        if failed.get("status") == "True":
            told = self.log(address, tail=20)
            raise EksgpuError(f"{address} failed: {words(failed)}" + (f"\n{told}" if told else ""))
        if condition(found, "Complete").get("status") == "True":
            return None
        status, wanted = found.get("status") or {}, found["spec"].get("completions") or 1
        return f"{status.get('succeeded', 0)} of {wanted} pods have succeeded"

    def _reasons(self, address: Address, why: str) -> Iterator[str]:
        """A line for each reason that its pods give; its own where they give none."""
        waiting = [pod for pod in self.pods(address) if not over(pod)]
        if not waiting:
            yield f"{address}: {why}"
            return
        events = self._side.listed(_EVENT, address.namespace)
        claims = {one["metadata"]["name"]: one for one in self._side.listed(_CLAIM)}
        refused = in_order(self._side.listed(_EVENT, fields=f"reason={NO_CAPACITY}"))
        counted: dict[str, int] = {}
        for pod in waiting:
            reason = waits_for(pod, about(pod, events), claims, refused)
            counted[reason] = counted.get(reason, 0) + 1
        for reason, count in sorted(counted.items()):
            yield f"{address}: {f'{count} pods: ' if count > 1 else ''}{reason}"
