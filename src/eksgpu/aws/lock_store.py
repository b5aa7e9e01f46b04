"""Where the lock of a cluster lives: an SSM parameter in the cluster's region.

Creating one is atomic and every write counts up its version, which is all that the engine's lock asks for.
"""

from eksgpu.errors import AlreadyExists, AnswerLost, LockLost, NotFound

from .run import AwsRun, tag_list

PERMISSIONS = frozenset({
    "ssm:PutParameter", "ssm:GetParameter", "ssm:DeleteParameter", "ssm:AddTagsToResource",
})  # fmt: skip


class ParameterLockStore:
    """The parameter `/eksgpu/<cluster>/lock`. Values must differ between owners and between heartbeats."""

    def __init__(self, run: AwsRun) -> None:
        self._ssm = run.aws.ssm
        self._mark = run.mark
        self.name = f"/eksgpu/{run.mark.cluster}/lock"

    def create(self, value: str) -> int | None:
        """The first version, or None when there is a lock already."""
        tags = tag_list(self._mark.tags("lock"))
        try:
            made = self._ssm.put_parameter(Name=self.name, Value=value, Type="String", Overwrite=False, Tags=tags)
        except AlreadyExists:
            return None
        except AnswerLost:
            found = self.read()
            if found is None:
                raise
            return found[1] if found[0] == value else None
        return int(made["Version"])

    def read(self) -> tuple[str, int] | None:
        """Value and version, or None when there is no lock."""
        try:
            parameter = self._ssm.get_parameter(Name=self.name)["Parameter"]
        except NotFound:
            return None
        return parameter["Value"], parameter["Version"]

    def renew(self, value: str, expected: int) -> int:
        """Write the version after `expected`. Raises LockLost when another was written, or the lock is gone."""
        # Looked at first, since the write itself has no condition: another's lock is not to be overwritten.
        found = self.read()
        if found is None or found[1] != expected:
            raise LockLost(f"the lock {self.name} was taken or removed by someone else")
        try:
            version = int(self._ssm.put_parameter(Name=self.name, Value=value, Overwrite=True)["Version"])
        except AnswerLost:
            if self.read() != (value, expected + 1):
                raise
            return expected + 1
        if version != expected + 1:
            raise LockLost(f"the lock {self.name} was taken by someone else at the same moment")
        return version

    def delete(self) -> None:
        """Release it; one that is gone already is released."""
        try:
            self._ssm.delete_parameter(Name=self.name)
        except NotFound:
            return
        except AnswerLost:
            if self.read() is not None:
                raise
