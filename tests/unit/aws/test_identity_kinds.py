"""What is special of IAM roles and policies, keys, log groups, queues and rules; the contract tests do the rest."""

import json
from typing import Any

import pytest

from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.aws.event_rule import EventRule
from eksgpu.aws.iam import canonical, digest
from eksgpu.aws.iam_policy import IamPolicy
from eksgpu.aws.iam_role import IamRole
from eksgpu.aws.kms_alias import KmsAlias
from eksgpu.aws.kms_key import KmsKey
from eksgpu.aws.log_group import CONTROL_PLANE, LogGroup, control_plane_group
from eksgpu.aws.oidc_provider import OidcProvider
from eksgpu.aws.service_linked_role import ServiceLinkedRole
from eksgpu.aws.sqs_queue import SqsQueue
from eksgpu.engine.refs import Ref, Unknown
from eksgpu.engine.resource import Live, Resource
from eksgpu.errors import RunFailed
from eksgpu.sandbox.faults import failed_after, lost_answer
from eksgpu.sandbox.services.tagging import PROVIDERS
from tests.support.rig import Rig

ROLE = IamRole.example()
POLICY = IamPolicy.example()
QUEUE = SqsQueue("interruption", message_retention=300)
RULE = EventRule.example()
KEY, ALIAS = KmsAlias.example_graph()


def statement(*actions: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}],
    }


def live(rig: Rig, resource: Resource) -> Live:
    (found,) = [live for live in rig.lives() if live.identity == resource.identity]
    return found


def applied(*resources: Resource) -> Rig:
    rig = Rig()
    rig.apply(resources)
    return rig


def names(rig: Rig, since: int) -> list[str]:
    return [call.name for call in rig.calls_since(since)]


def count(rig: Rig) -> int:
    return len(list(rig.world.log))


class TestDocuments:
    def test_equal_meanings_are_equal(self) -> None:
        written = {
            "Statement": [{"Action": ["b", "a"], "Principal": {"AWS": ["x"]}, "Condition": {"Bool": {"k": True}}}]
        }
        stored = {"Statement": {"Action": ("a", "b"), "Principal": {"AWS": "x"}, "Condition": {"Bool": {"k": "true"}}}}
        assert canonical(written) == canonical(stored)
        assert digest(written) == digest(stored)

    def test_order_of_statements_counts(self) -> None:
        first, second = {"Sid": "a"}, {"Sid": "b"}
        assert canonical([first, second]) != canonical([second, first])

    def test_a_policy_enters_the_diff_as_a_digest_only_when_complete(self) -> None:
        unresolved = IamPolicy("p", document={"Statement": [{"Resource": Ref("sqs_queue/q", "arn")}]})
        unknown = IamPolicy("p", document={"Statement": [{"Resource": Unknown(Ref("sqs_queue/q", "arn"))}]})
        assert unresolved.wanted()["document"] == unresolved.document
        assert unknown.wanted()["document"] == unknown.document
        assert POLICY.wanted()["document"] == digest(POLICY.document)


class TestPolicy:
    def test_a_proven_document_is_not_read_back(self) -> None:
        rig = applied(POLICY)
        since = count(rig)
        assert rig.plan([POLICY]).empty
        assert "iam:GetPolicyVersion" not in names(rig, since)

    def test_what_someone_else_wrote_is_seen_and_put_right(self) -> None:
        rig = applied(POLICY)
        arn = live(rig, POLICY).id
        rig.run.aws.iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=json.dumps(statement("s3:*")), SetAsDefault=True
        )
        assert not rig.plan([POLICY]).empty
        rig.apply([POLICY])
        since = count(rig)
        assert rig.plan([POLICY]).empty
        assert "iam:GetPolicyVersion" not in names(rig, since)

    def test_a_missing_proof_is_written_without_a_new_version(self) -> None:
        rig = applied(POLICY)
        arn, iam = live(rig, POLICY).id, rig.run.aws.iam
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(POLICY.document), SetAsDefault=True)
        rig.apply([POLICY])
        assert len(iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 2
        assert live(rig, POLICY).fields["document"] == digest(POLICY.document)

    def test_the_oldest_of_five_versions_makes_room(self) -> None:
        rig = applied(POLICY)
        for number in range(6):
            rig.apply([POLICY.with_fields(document=statement(f"ec2:Describe{number}"))])
        versions = rig.run.aws.iam.list_policy_versions(PolicyArn=live(rig, POLICY).id)["Versions"]
        assert sorted(version["VersionId"] for version in versions) == ["v3", "v4", "v5", "v6", "v7"]
        assert [version["VersionId"] for version in versions if version["IsDefaultVersion"]] == ["v7"]
        rig.destroy()
        assert rig.lives() == []


class TestRole:
    def test_what_lacks_the_mark_is_not_ours_even_under_our_path(self) -> None:
        rig = Rig()
        trust = json.dumps(ROLE.trust)
        rig.run.aws.iam.create_role(Path=rig.run.mark.path, RoleName="foreign", AssumeRolePolicyDocument=trust)
        assert rig.lives() == []

    def test_clusters_of_one_name_in_two_regions_stay_apart(self) -> None:
        west = applied(ROLE, POLICY)
        east = Rig(world=west.world, region="us-east-2")
        assert east.lives() == []
        east.apply([ROLE, POLICY])
        east.destroy()
        assert west.plan([ROLE, POLICY]).empty

    def test_goes_whatever_was_hung_on_it(self) -> None:
        rig = applied(ROLE)
        iam, name = rig.run.aws.iam, live(rig, ROLE).outputs["name"]
        iam.put_role_policy(RoleName=name, PolicyName="by-hand", PolicyDocument=json.dumps(statement("s3:*")))
        iam.create_instance_profile(InstanceProfileName="nodes")
        iam.add_role_to_instance_profile(InstanceProfileName="nodes", RoleName=name)
        rig.destroy()
        assert rig.lives() == []
        assert iam.get_instance_profile(InstanceProfileName="nodes")["InstanceProfile"]["Roles"] == []

    def test_changing_the_description_keeps_the_longest_session(self) -> None:
        rig = applied(ROLE.with_fields(max_session=7200))
        rig.apply([ROLE.with_fields(description="new")])
        fields = live(rig, ROLE).fields
        assert (fields["description"], fields["max_session"]) == ("new", 7200)

    def test_keeps_to_exactly_the_policies_wanted(self) -> None:
        role = ROLE.with_fields(managed_policies=(Ref(POLICY.identity, "arn"),))
        rig = applied(ROLE)
        rig.apply([POLICY, role])
        assert live(rig, role).fields["managed_policies"] == (live(rig, POLICY).id,)
        assert live(rig, role).uses == {live(rig, POLICY).id}

    def test_the_boundary_comes_and_goes(self) -> None:
        boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
        rig = applied(ROLE.with_fields(boundary=boundary))
        assert live(rig, ROLE).fields["boundary"] == boundary
        rig.apply([ROLE.with_fields(boundary="")])
        assert live(rig, ROLE).fields["boundary"] == ""

    def test_long_names_fit(self) -> None:
        role, other = (ROLE.with_fields(name=f"{'controller-' * 6}{end}") for end in "ab")
        rig = applied(role, other)
        physical = {live(rig, one).outputs["name"] for one in (role, other)}
        assert len(physical) == 2
        assert max(map(len, physical)) <= 64


class TestServiceLinkedRole:
    def test_is_made_once_and_stays(self) -> None:
        rig = applied(ServiceLinkedRole("spot"))
        first = live(rig, ServiceLinkedRole("spot")).id
        rig.destroy()
        assert live(rig, ServiceLinkedRole("spot")).id == first
        assert rig.plan([ServiceLinkedRole("spot")]).empty

    def test_one_that_came_first_is_taken_as_it_is(self) -> None:
        rig = Rig()
        rig.run.aws.iam.create_service_linked_role(AWSServiceName="spot.amazonaws.com")
        assert rig.plan([ServiceLinkedRole("spot")]).empty


class TestOidcProvider:
    def test_only_marked_ones_of_this_region(self) -> None:
        ours = OidcProvider("main", url="https://oidc.eks.us-west-2.amazonaws.com/id/OURS")
        rig = applied(ours)
        for region, issuer in (("us-west-2", "FOREIGN"), ("us-east-1", "OTHER")):
            rig.run.aws.iam.create_open_id_connect_provider(
                Url=f"https://oidc.eks.{region}.amazonaws.com/id/{issuer}", ClientIDList=["sts.amazonaws.com"]
            )
        assert [found.fields["url"] for found in rig.lives()] == [ours.url]


class TestKey:
    def test_counts_as_gone_from_the_first_day_and_is_told(self) -> None:
        rig = applied(KEY, ALIAS)
        arn = live(rig, KEY).id
        rig.destroy()
        assert rig.lives() == []
        ((pending, deletes_at),) = KmsKey.pending(rig.run)
        assert (pending, deletes_at[:10]) == (arn, "2026-11-29")

    def test_another_takes_its_place_while_it_waits(self) -> None:
        rig = applied(KEY, ALIAS)
        first = live(rig, KEY).id
        rig.destroy()
        rig.apply([KEY, ALIAS])
        assert live(rig, KEY).id != first
        assert live(rig, ALIAS).fields["key"] == live(rig, KEY).id

    @pytest.mark.parametrize("fault", [lost_answer, failed_after])
    def test_a_lost_answer_makes_no_second_key(self, fault: Any) -> None:
        rig = Rig()
        rig.world.faults.add(fault("kms", "CreateKey"))
        rig.apply([KEY])
        assert len(rig.run.aws.kms.list_keys()["Keys"]) == 1

    @pytest.mark.parametrize("fault", [lost_answer, failed_after])
    def test_a_lost_answer_to_its_deletion_is_no_failure(self, fault: Any) -> None:
        rig = applied(KEY)
        rig.world.faults.add(fault("kms", "ScheduleKeyDeletion"))
        rig.destroy()
        assert len(KmsKey.pending(rig.run)) == 1

    def test_its_policy_is_compared_once_there_is_one(self) -> None:
        account = "arn:aws:iam::111122223333:root"
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}],
        }
        rig = applied(KEY)
        wanted = KEY.with_fields(policy=policy)
        rig.apply([wanted])
        assert rig.plan([wanted]).empty
        weaker = {**policy, "Statement": [{**policy["Statement"][0], "Action": "kms:Describe*"}]}  # type: ignore[dict-item]
        key_id = live(rig, KEY).outputs["key_id"]
        rig.run.aws.kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=json.dumps(weaker))
        assert not rig.plan([wanted]).empty


class TestLogGroup:
    OURS = LogGroup(CONTROL_PLANE, group=control_plane_group("demo"), retention=30, tags={"team": "a"})

    def test_the_one_eks_made_becomes_ours(self) -> None:
        rig = Rig()
        rig.run.aws.logs.create_log_group(logGroupName=self.OURS.group)
        assert live(rig, self.OURS).fields["retention"] == 0
        rig.apply([self.OURS])
        assert rig.run.mark.owns(live(rig, self.OURS).tags)
        assert rig.plan([self.OURS]).empty

    def test_the_one_of_a_cluster_that_is_not_ours_is_left_alone(self) -> None:
        kinds = (EksCluster.kind, LogGroup.kind)
        graph = [resource for resource in EksCluster.example_graph() if resource.kind not in kinds]
        rig = applied(*graph)
        rig.run.aws.eks.create_cluster(
            name="demo",
            roleArn=live(rig, ROLE).id,
            resourcesVpcConfig={"subnetIds": [one.id for one in rig.lives() if one.kind == "subnet"]},
        )
        rig.run.aws.logs.create_log_group(logGroupName=self.OURS.group)
        assert LogGroup.discover(rig.run) == []

    def test_the_one_of_a_longer_cluster_name_is_not_ours(self) -> None:
        rig = Rig()
        rig.run.aws.logs.create_log_group(logGroupName=control_plane_group("demo-2"))
        assert rig.lives() == []


class TestQueue:
    def test_its_policy_speaks_of_itself(self) -> None:
        queue = QUEUE.with_fields(policy=SqsQueue.changes["policy"].sample)
        rig = applied(queue)
        url, arn = (live(rig, queue).outputs[name] for name in ("url", "arn"))
        told = rig.run.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
        assert [one["Resource"] for one in json.loads(told["Policy"])["Statement"]] == [arn]
        assert rig.plan([queue]).empty

    def test_an_equal_queue_that_is_not_ours_is_left_alone(self) -> None:
        rig = Rig()
        attributes = {"MessageRetentionPeriod": "300", "SqsManagedSseEnabled": "true"}
        rig.run.aws.sqs.create_queue(QueueName="demo-interruption", Attributes=attributes)
        with pytest.raises(RunFailed, match="not ours"):
            rig.apply([QUEUE])
        assert rig.lives() == []

    def test_a_name_used_a_moment_ago_is_waited_for(self) -> None:
        rig = applied(QUEUE)
        rig.destroy()
        rig.apply([QUEUE])
        assert rig.plan([QUEUE]).empty


class TestRule:
    def test_a_rule_that_is_not_ours_is_not_overwritten(self) -> None:
        rig = Rig()
        rig.run.aws.events.put_rule(Name="demo-spot-interruption", EventPattern='{"source": ["aws.s3"]}')
        with pytest.raises(RunFailed, match="not ours"):
            rig.apply([QUEUE, RULE])
        rule = rig.run.aws.events.describe_rule(Name="demo-spot-interruption")
        assert json.loads(rule["EventPattern"]) == {"source": ["aws.s3"]}

    def test_goes_with_every_target_it_got(self) -> None:
        rig = applied(QUEUE, RULE)
        other = "arn:aws:sqs:us-west-2:111122223333:other"
        rig.run.aws.events.put_targets(Rule="demo-spot-interruption", Targets=[{"Id": "by-hand", "Arn": other}])
        rig.destroy()
        assert rig.lives() == []

    def test_a_target_that_someone_took_away_comes_back(self) -> None:
        rig = applied(QUEUE, RULE)
        rig.run.aws.events.remove_targets(Rule="demo-spot-interruption", Ids=["queue"])
        assert not rig.plan([QUEUE, RULE]).empty
        rig.apply([QUEUE, RULE])
        assert live(rig, RULE).fields["target"] == live(rig, QUEUE).id


class TestTagging:
    GRAPH = (KEY, ALIAS, QUEUE, RULE, TestLogGroup.OURS)

    def test_one_question_for_every_kind(self) -> None:
        rig = applied(*self.GRAPH)
        rig.run = rig.connect()
        since = count(rig)
        assert rig.plan(self.GRAPH).empty
        asked = names(rig, since)
        assert asked.count("resourcegroupstaggingapi:GetResources") == 1
        assert asked.count("kms:ListAliases") == 1

    def test_what_it_does_not_know_yet_is_found_by_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rig = applied(*self.GRAPH)
        for service in ("kms", "sqs", "logs", "events"):
            monkeypatch.setitem(PROVIDERS, service, lambda world, region: ())
        rig.run = rig.connect()
        assert rig.plan(self.GRAPH).empty
