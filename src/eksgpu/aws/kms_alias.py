"""The KMS alias: a name for the cluster's key that stays when the key is another one.

Aliases carry no tags: the name, which holds the cluster's, is the mark.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Live, OnChange, Resource

from .kms import OurAlias, our_aliases, prefix, read_aliases
from .run import AwsRun


@dataclass(frozen=True)
class KmsAlias(Resource):
    """`alias/eksgpu/<cluster>/<name>` for a key (its ARN)."""

    key: Ref | str

    kind: ClassVar[str] = "kms_alias"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias", "kms:ListAliases",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {"key": OnChange()}

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        return [_live(run, found) for found in our_aliases(run, cls.kind)]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        return next((_live(run, found) for found in read_aliases(run) if found.name == live.name), None)

    def create(self, run: AwsRun) -> Live:
        run.aws.kms.create_alias(AliasName=prefix(run) + self.name, TargetKeyId=self.key)
        return _live(run, OurAlias(self.name, str(self.key)))

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        run.aws.kms.update_alias(AliasName=prefix(run) + self.name, TargetKeyId=self.key)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.kms.delete_alias(AliasName=prefix(run) + live.name)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [("aws_kms_alias", self.name, {"name": f"alias/eksgpu/{self.name}", "target_key_id": self.key})]

    @classmethod
    def example(cls) -> "KmsAlias":
        return cls("secrets", key=Ref("kms_key/secrets"))

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .kms_key import KmsKey

        return (KmsKey.example(), cls.example())


def _live(run: AwsRun, alias: OurAlias) -> Live:
    arn = run.arn("kms", prefix(run) + alias.name)
    return Live(
        kind=KmsAlias.kind,
        name=alias.name,
        id=arn,
        uses=frozenset({alias.key}),
        fields={"key": alias.key},
        outputs={"arn": arn, "alias": prefix(run) + alias.name},
    )
