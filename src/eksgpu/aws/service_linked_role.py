"""A service-linked role: AWS's own role in the account, needed before a service acts for us (Spot requests).

It belongs to the account: made when it is missing, never marked, changed or deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from eksgpu.engine.resource import Live, Resource

from .iam import name_of
from .run import AwsRun

SERVICES = {"spot": "spot.amazonaws.com"}


@dataclass(frozen=True)
class ServiceLinkedRole(Resource):
    """The role of one service of `SERVICES`, by its key."""

    shared: bool = field(default=True, kw_only=True)

    kind: ClassVar[str] = "service_linked_role"
    permissions: ClassVar[frozenset[str]] = frozenset({"iam:CreateServiceLinkedRole", "iam:ListRoles"})
    terraform_attributes: ClassVar[Mapping[str, str]] = {"id": "arn"}

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        return [live for name in SERVICES for live in _find(run, name)]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        return next(iter(_find(run, live.name)), None)

    def create(self, run: AwsRun) -> Live:
        return _live(self.name, run.aws.iam.create_service_linked_role(AWSServiceName=SERVICES[self.name])["Role"])

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        """Nothing: other clusters and people of this account rely on it."""

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [("aws_iam_service_linked_role", self.name, {"aws_service_name": SERVICES[self.name]})]

    @classmethod
    def example(cls) -> "ServiceLinkedRole":
        return cls("spot")


def _find(run: AwsRun, name: str) -> list[Live]:
    path = f"/aws-service-role/{SERVICES[name]}/"
    return [_live(name, role) for role in run.aws.iam.pages("list_roles", "Roles", PathPrefix=path)]


def _live(name: str, role: Mapping[str, Any]) -> Live:
    arn = role["Arn"]
    return Live(ServiceLinkedRole.kind, name, arn, outputs={"arn": arn, "name": name_of(arn)})
