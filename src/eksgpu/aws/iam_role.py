"""The IAM role: what the control plane, nodes and controllers may do, and who may become it.

Ours live under one IAM path, so one List finds them all. IAM is global: the region stands in path and name.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG, user_tags
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Live, OnChange, Resource
from eksgpu.errors import NotFound

from .iam import Document, canonical, compact, comparable, name_of
from .run import AwsRun, changed_tags, tag_list, tag_map
from .tagging import new_tags

NAME_LIMIT = 64


@dataclass(frozen=True)
class IamRole(Resource):
    """A role with its trust policy and attached managed policies.

    managed_policies: ARNs; attaching and detaching keeps to exactly these.
    max_session:      seconds, 3600 to 43200.
    boundary:         ARN of the permissions boundary; "" takes it away.
    """

    trust: Document
    managed_policies: tuple[Ref | str, ...] | None = None
    description: str | None = None
    max_session: int | None = None
    boundary: Ref | str | None = None

    kind: ClassVar[str] = "iam_role"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "iam:CreateRole", "iam:TagRole", "iam:UntagRole", "iam:GetRole", "iam:ListRoles", "iam:UpdateRole",
        "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:ListAttachedRolePolicies",
        "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary", "iam:ListRolePolicies",
        "iam:DeleteRolePolicy", "iam:ListInstanceProfilesForRole", "iam:RemoveRoleFromInstanceProfile",
        "iam:DeleteRole",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "trust": OnChange(
            sample={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "eks.amazonaws.com"},
                        "Action": ["sts:AssumeRole", "sts:TagSession"],
                    }
                ],
            }
        ),
        "managed_policies": OnChange(
            unordered=True, sample=("arn:aws:iam::aws:policy/AmazonEKSVPCResourceController",)
        ),
        "description": OnChange(sample="another description"),
        "max_session": OnChange(sample=7200),
        "boundary": OnChange(sample="arn:aws:iam::aws:policy/PowerUserAccess"),
        "tags": OnChange(sample={"team": "b"}),
    }
    terraform_attributes: ClassVar[Mapping[str, str]] = {"id": "arn"}

    def wanted(self) -> dict[str, Any]:
        return super().wanted() | {"trust": comparable(self.trust)}

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        names = [role["RoleName"] for role in run.aws.iam.pages("list_roles", "Roles", PathPrefix=run.mark.path)]
        return [live for live in run.parallel(lambda name: _read(run, name), names) if live is not None]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        return _read(run, name_of(live.id))

    def create(self, run: AwsRun) -> Live:
        optional = {
            "Description": self.description,
            "MaxSessionDuration": self.max_session,
            "PermissionsBoundary": self.boundary,
        }
        made = run.aws.iam.create_role(
            Path=run.mark.path,
            RoleName=run.mark.physical(self.name, limit=NAME_LIMIT, regional=True),
            AssumeRolePolicyDocument=compact(self.trust),
            Tags=tag_list(new_tags(run, self)),
            **{key: value for key, value in optional.items() if value},
        )["Role"]
        # The answer leaves out some of what was just set.
        told = {"Tags": tag_list(new_tags(run, self)), "AssumeRolePolicyDocument": self.trust}
        boundary = {"PermissionsBoundary": {"PermissionsBoundaryArn": self.boundary}} if self.boundary else {}
        return _live({**made, **told, **boundary}, policies=[])

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live:
        name = name_of(live.id)
        if changed & {"description", "max_session"}:
            self._describe(run, live)
        if "trust" in changed:
            run.aws.iam.update_assume_role_policy(RoleName=name, PolicyDocument=compact(self.trust))
        if "boundary" in changed and self.boundary:
            run.aws.iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=self.boundary)
        elif "boundary" in changed:
            run.aws.iam.delete_role_permissions_boundary(RoleName=name)
        if "managed_policies" in changed:
            self._attach(run, live)
        if "tags" in changed:
            _retag(run, live, self.tags)
        return self.taken(live, changed)

    def _describe(self, run: AwsRun, live: Live) -> None:
        # One call sets both, and what it is not told it puts back to the default.
        description = self.description if self.description is not None else live.fields["description"]
        run.aws.iam.update_role(
            RoleName=name_of(live.id),
            Description=description,
            MaxSessionDuration=self.max_session or live.fields["max_session"],
        )

    def _attach(self, run: AwsRun, live: Live) -> None:
        wanted = {str(arn) for arn in self.managed_policies or ()}
        attached = set(live.fields["managed_policies"])
        for arn in sorted(wanted - attached):
            run.aws.iam.attach_role_policy(RoleName=name_of(live.id), PolicyArn=arn)
        _detach(run, live, sorted(attached - wanted))

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        # Whatever a person or a controller hung on our role in the meantime would keep it alive.
        iam, name = run.aws.iam, name_of(live.id)
        _detach(run, live, _attached(run, name))
        for policy in list(iam.pages("list_role_policies", "PolicyNames", RoleName=name)):
            with suppress(NotFound):
                iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for profile in list(iam.pages("list_instance_profiles_for_role", "InstanceProfiles", RoleName=name)):
            with suppress(NotFound):
                iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=name)
        iam.delete_role(RoleName=name)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "name": self.name,
            "description": self.description,
            "assume_role_policy": self.trust,
            "max_session_duration": self.max_session,
            "permissions_boundary": self.boundary,
            "tags": dict(self.tags),
        }
        attachments = [
            (
                "aws_iam_role_policy_attachment",
                f"{self.name}-{number}",
                {"role": Ref(self.identity, "name"), "policy_arn": policy},
            )
            for number, policy in enumerate(self.managed_policies or ())
        ]
        return [
            ("aws_iam_role", self.name, {key: value for key, value in arguments.items() if value is not None}),
            *attachments,
        ]

    @classmethod
    def example(cls) -> "IamRole":
        return cls(
            "cluster",
            trust={
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            },
            managed_policies=("arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",),
        )


def _read(run: AwsRun, name: str) -> Live | None:
    try:
        role = run.aws.iam.get_role(RoleName=name)["Role"]
        if not run.mark.owns(tag_map(role.get("Tags"))):
            return None
        return _live(role, _attached(run, name))
    except NotFound:
        return None


def _attached(run: AwsRun, name: str) -> list[str]:
    attached = run.aws.iam.pages("list_attached_role_policies", "AttachedPolicies", RoleName=name)
    return sorted(policy["PolicyArn"] for policy in attached)


def _detach(run: AwsRun, live: Live, policies: list[str]) -> None:
    for arn in policies:
        with suppress(NotFound):  # lists lag behind: it is detached already
            run.aws.iam.detach_role_policy(RoleName=name_of(live.id), PolicyArn=arn)


def _retag(run: AwsRun, live: Live, wanted: Mapping[str, str]) -> None:
    name, (set_, remove) = name_of(live.id), changed_tags(wanted, live.tags)
    if set_:
        run.aws.iam.tag_role(RoleName=name, Tags=tag_list(set_))
    if remove:
        run.aws.iam.untag_role(RoleName=name, TagKeys=remove)


def _live(role: Mapping[str, Any], policies: list[str]) -> Live:
    tags = tag_map(role.get("Tags"))
    boundary = (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", "")
    return Live(
        kind=IamRole.kind,
        name=tags[NAME_TAG],
        id=role["Arn"],
        uses=frozenset(filter(None, (*policies, boundary))),
        fields={
            "trust": canonical(role["AssumeRolePolicyDocument"]),
            "managed_policies": tuple(policies),
            "description": role.get("Description") or "",
            "max_session": role.get("MaxSessionDuration") or 3600,
            "boundary": boundary,
            "tags": user_tags(tags),
        },
        outputs={"arn": role["Arn"], "name": role["RoleName"]},
        tags=tags,
        created=str(role.get("CreateDate", "")),
    )
