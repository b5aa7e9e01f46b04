"""The customer managed IAM policy, versioned in place.

Reading a document back costs a call each time. A version never changes and its number is never used again, so a tag
that names the default version and its digest proves the document; only without that proof is it read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG, OWN_PREFIX, user_tags
from eksgpu.engine.resource import Live, OnChange, Resource
from eksgpu.errors import NotFound

from .iam import Document, compact, digest, is_known
from .run import AwsRun, changed_tags, tag_list, tag_map
from .tagging import new_tags, owned_policies

DOCUMENT_TAG = f"{OWN_PREFIX}document"
NAME_LIMIT = 128
VERSIONS_KEPT = 5


@dataclass(frozen=True)
class IamPolicy(Resource):
    """A managed policy. `description` is set once: IAM has no way to change it, so it is not compared."""

    document: Document
    description: str = ""

    kind: ClassVar[str] = "iam_policy"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "iam:CreatePolicy", "iam:TagPolicy", "iam:UntagPolicy", "iam:GetPolicy", "iam:ListPolicies",
        "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion",
        "iam:DeletePolicy", "tag:GetResources",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "document": OnChange(
            sample={
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "pricing:GetProducts", "Resource": "*"}],
            }
        ),
        "tags": OnChange(sample={"team": "b"}),
    }
    terraform_attributes: ClassVar[Mapping[str, str]] = {"id": "arn"}

    def wanted(self) -> dict[str, Any]:
        """The document enters as its digest once it is complete."""
        document = digest(self.document) if is_known(self.document) else self.document
        return super().wanted() | {"document": document}

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        listed = list(run.aws.iam.pages("list_policies", "Policies", Scope="Local", PathPrefix=run.mark.path))
        known = owned_policies(run, cls.kind) if listed else {}
        lives = run.parallel(lambda policy: _found(run, policy, known.get(policy["Arn"])), listed)
        return [live for live in lives if live is not None]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        return _read(run, live.id)

    def create(self, run: AwsRun) -> Live:
        tags = new_tags(run, self) | {DOCUMENT_TAG: f"v1:{digest(self.document)}"}
        described = {"Description": self.description} if self.description else {}
        made = run.aws.iam.create_policy(
            Path=run.mark.path,
            PolicyName=run.mark.physical(self.name, limit=NAME_LIMIT, regional=True),
            PolicyDocument=compact(self.document),
            Tags=tag_list(tags),
            **described,
        )["Policy"]
        return _live({**made, "Tags": tag_list(tags)}, digest(self.document))

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        if "document" in changed:
            self._new_version(run, live)
        if "tags" in changed:
            set_, remove = changed_tags(self.tags, live.tags)
            if set_:
                run.aws.iam.tag_policy(PolicyArn=live.id, Tags=tag_list(set_))
            if remove:
                run.aws.iam.untag_policy(PolicyArn=live.id, TagKeys=remove)

    def _new_version(self, run: AwsRun, live: Live) -> None:
        wanted, version = digest(self.document), live.outputs["version"]
        if live.fields["document"] != _unproven(wanted, version):  # else only its proof is missing
            _make_room(run, live.id)
            made = run.aws.iam.create_policy_version(
                PolicyArn=live.id, PolicyDocument=compact(self.document), SetAsDefault=True
            )
            version = made["PolicyVersion"]["VersionId"]
        run.aws.iam.tag_policy(PolicyArn=live.id, Tags=tag_list({DOCUMENT_TAG: f"{version}:{wanted}"}))

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        # Whoever else attached it keeps it: detaching would change what is not ours.
        for version in _versions(run, live.id):
            if not version["IsDefaultVersion"]:
                run.aws.iam.delete_policy_version(PolicyArn=live.id, VersionId=version["VersionId"])
        run.aws.iam.delete_policy(PolicyArn=live.id)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "name": self.name,
            "description": self.description,
            "policy": self.document,
            "tags": dict(self.tags),
        }
        return [("aws_iam_policy", self.name, arguments)]

    @classmethod
    def example(cls) -> "IamPolicy":
        statement = {"Effect": "Allow", "Action": ["ec2:DescribeSubnets", "ec2:DescribeImages"], "Resource": "*"}
        return cls("discovery", document={"Version": "2012-10-17", "Statement": [statement]})


def _found(run: AwsRun, policy: Mapping[str, Any], tags: Mapping[str, str] | None) -> Live | None:
    """A policy of the list, with tags that another API told; read directly where that one does not know it yet."""
    if tags is None:
        return _read(run, policy["Arn"])
    document = _document(run, policy, tags.get(DOCUMENT_TAG, ""))
    return _live({**policy, "Tags": tag_list(tags)}, document)


def _read(run: AwsRun, arn: str) -> Live | None:
    try:
        policy = run.aws.iam.get_policy(PolicyArn=arn)["Policy"]
        tags = tag_map(policy.get("Tags"))
        if not run.mark.owns(tags):
            return None
        return _live(policy, _document(run, policy, tags.get(DOCUMENT_TAG, "")))
    except NotFound:
        return None


def _document(run: AwsRun, policy: Mapping[str, Any], proof: str) -> str:
    """The digest of what the policy says now. Unproven, it is marked so: writing the proof is then a change of its own,
    and the next plan is cheap again."""
    version = policy["DefaultVersionId"]
    proven_version, _, proven = proof.partition(":")
    if proven and proven_version == version:
        return proven
    found = run.aws.iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=version)["PolicyVersion"]
    return _unproven(digest(found["Document"]), version)


def _unproven(document: str, version: str) -> str:
    return f"{document} (read from {version})"


def _versions(run: AwsRun, arn: str) -> list[dict[str, Any]]:
    """Oldest first; their numbers only grow."""
    versions = run.aws.iam.pages("list_policy_versions", "Versions", PolicyArn=arn)
    return sorted(versions, key=lambda version: int(version["VersionId"].removeprefix("v")))


def _make_room(run: AwsRun, arn: str) -> None:
    versions = _versions(run, arn)
    if len(versions) < VERSIONS_KEPT:
        return
    oldest = next(version for version in versions if not version["IsDefaultVersion"])
    run.aws.iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])


def _live(policy: Mapping[str, Any], document: str) -> Live:
    tags = tag_map(policy.get("Tags"))
    return Live(
        kind=IamPolicy.kind,
        name=tags[NAME_TAG],
        id=policy["Arn"],
        fields={"document": document, "tags": user_tags(tags)},
        outputs={"arn": policy["Arn"], "version": policy["DefaultVersionId"]},
        tags=tags,
        created=str(policy.get("CreateDate", "")),
    )
