"""The IAM OIDC provider of a cluster: lets service accounts become roles where Pod Identity does not reach (IRSA).

EKS never deletes it with the cluster and an account holds a hundred, so ours must not be forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG, user_tags
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource
from eksgpu.errors import NotFound

from .run import AwsRun, changed_tags, tag_list, tag_map
from .tagging import new_tags

AUDIENCE = "sts.amazonaws.com"  # whom the tokens of service accounts are meant for


@dataclass(frozen=True)
class OidcProvider(Resource):
    """The issuer `url` (`https://…`) as an identity provider. IAM knows the certificates of EKS: no thumbprints."""

    url: Ref | str

    kind: ClassVar[str] = "oidc_provider"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider", "iam:UntagOpenIDConnectProvider",
        "iam:ListOpenIDConnectProviders", "iam:GetOpenIDConnectProvider", "iam:DeleteOpenIDConnectProvider",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "url": OnChange(Effect.RECREATE, "a provider is its issuer"),
        "tags": OnChange(sample={"team": "b"}),
    }
    terraform_attributes: ClassVar[Mapping[str, str]] = {"id": "arn"}

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        # A provider's name is its issuer's host, which holds the region; the tags come only one by one.
        listed = run.aws.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        issuers = f":oidc-provider/oidc.eks.{run.region}."
        arns = sorted(item["Arn"] for item in listed if issuers in item["Arn"])
        return [live for live in run.parallel(lambda arn: _read(run, arn), arns) if live is not None]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        return _read(run, live.id)

    def create(self, run: AwsRun) -> Live:
        tags = tag_list(new_tags(run, self))
        made = run.aws.iam.create_open_id_connect_provider(
            Url=self.url, ClientIDList=[AUDIENCE], Tags=tags
        )  # fmt: skip
        told = {"Url": str(self.url).removeprefix("https://"), "Tags": tags}
        return _live(made["OpenIDConnectProviderArn"], told)

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        if "tags" in changed:
            set_, remove = changed_tags(self.tags, live.tags)
            if set_:
                run.aws.iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=live.id, Tags=tag_list(set_))
            if remove:
                run.aws.iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=live.id, TagKeys=remove)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=live.id)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {"url": self.url, "client_id_list": [AUDIENCE], "tags": dict(self.tags)}
        return [("aws_iam_openid_connect_provider", self.name, arguments)]

    @classmethod
    def example(cls) -> "OidcProvider":
        return cls("main", url=Ref("eks_cluster/main", "issuer"))

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .eks_cluster import EksCluster

        return (*EksCluster.example_graph(), cls.example())


def _read(run: AwsRun, arn: str) -> Live | None:
    try:
        provider = run.aws.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    except NotFound:
        return None
    return _live(arn, provider) if run.mark.owns(tag_map(provider.get("Tags"))) else None


def _live(arn: str, provider: Mapping[str, Any]) -> Live:
    tags = tag_map(provider.get("Tags"))
    host = provider["Url"]  # told without its scheme
    return Live(
        kind=OidcProvider.kind,
        name=tags[NAME_TAG],
        id=arn,
        fields={
            "url": f"https://{host}",
            "tags": user_tags(tags),
        },
        outputs={"arn": arn, "issuer_host": host},
        tags=tags,
        created=str(provider.get("CreateDate", "")),
    )
