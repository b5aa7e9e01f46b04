"""Objects of any kind: applied, compared by the server's dry run, changed, pruned, deleted."""

from collections.abc import Mapping
from typing import Any

import pytest

from eksgpu.engine.events import Event, Happened
from eksgpu.engine.execute import Inline, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Action
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, State
from eksgpu.errors import RunFailed
from eksgpu.kube.object import KubeObject

from .lab import BY_NAME, Lab, actions, config_map, wanted


def deployment(replicas: int = 1, **labels: str) -> KubeObject:
    match = {"app": "web", **labels}
    container = {"name": "web", "image": "registry.example.com/web:1"}
    return wanted(
        "apps/v1",
        "Deployment",
        "web",
        "default",
        spec={
            "replicas": replicas,
            "selector": {"matchLabels": match},
            "template": {"metadata": {"labels": match}, "spec": {"containers": [container]}},
        },
    )


def crd(kind: str = "Widget", group: str = "example.com") -> KubeObject:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    plural = f"{kind.lower()}s"
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    spec = {"group": group, "scope": "Cluster", "names": names, "versions": [version]}
    return wanted("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{plural}.{group}", spec=spec)


def test_applied_then_nothing_to_do_then_gone(lab: Lab) -> None:
    objects = (config_map("a", key="1"), deployment(0), wanted("v1", "Namespace", "team"))
    assert actions(lab.plan(*objects)) == {
        "ConfigMap/default/a": "create",
        "Deployment.apps/default/web": "create",
        "Namespace/team": "create",
    }
    lab.apply(*objects)
    assert lab.get("v1", "ConfigMap", "a", "default")["data"] == {"key": "1"}
    assert lab.plan(*objects).empty
    lab.destroy()
    assert lab.lives(all_kinds=True) == []
    assert "a" not in lab.there("v1", "ConfigMap", "default")


def test_one_call_an_object_when_applied_and_two_to_plan(lab: Lab) -> None:
    objects = [config_map(f"c{number}") for number in range(5)]
    lab.apply(*objects)
    calls = lab.kube.api.calls
    assert calls["apply ConfigMap"] == 5
    assert sum(count for call, count in calls.items() if call.startswith(("get", "patch", "create"))) <= 3  # inventory
    assert lab.plan(*objects).empty
    calls = lab.kube.api.calls
    assert calls["list ConfigMap"] == 1
    assert calls["dry-run ConfigMap"] == 5
    assert calls["get ConfigMap"] == 1  # the inventory
    assert set(calls) == {"discover", "list Secret", "list ConfigMap", "dry-run ConfigMap", "get ConfigMap"}


def test_a_change_is_shown_field_by_field_and_made(lab: Lab) -> None:
    lab.apply(config_map("a", stays="0", key="1", gone="2"))
    change = config_map("a", stays="0", key="2", new="3")
    (planned,) = [one for one in lab.plan(change).changes if one.action is Action.UPDATE]
    assert planned.effect is Effect.IN_PLACE
    assert planned.fields["manifest"].live["data"] == {"stays": "0", "key": "1", "gone": "2"}
    lab.apply(change)
    assert lab.get("v1", "ConfigMap", "a", "default")["data"] == {"stays": "0", "key": "2", "new": "3"}
    assert lab.plan(change).empty


def test_drift_is_found_and_what_others_add_is_left_alone(lab: Lab) -> None:
    lab.apply(config_map("a", key="1"))
    resource = lab.api.resource("v1", "ConfigMap")
    lab.api.merge(resource, "a", "default", {"data": {"theirs": "x"}})
    assert lab.plan(config_map("a", key="1")).empty
    lab.apply(config_map("a", key="2"))
    assert lab.get("v1", "ConfigMap", "a", "default")["data"] == {"key": "2", "theirs": "x"}


def test_what_the_spec_no_longer_wants_is_pruned(lab: Lab) -> None:
    lab.apply(config_map("a"), config_map("b"), wanted("v1", "ServiceAccount", "s", "default"))
    assert actions(lab.plan(config_map("a"))) == {"ConfigMap/default/b": "delete", "ServiceAccount/default/s": "delete"}
    lab.apply(config_map("a"))
    assert "b" not in lab.there("v1", "ConfigMap", "default")
    assert "s" not in lab.there("v1", "ServiceAccount", "default")


def test_others_objects_are_never_touched(lab: Lab) -> None:
    lab.api.create(dict(config_map("theirs", key="1").manifest))
    plan = lab.plan(config_map("theirs", key="2"))
    assert "is not ours" in "".join(plan.refusals)
    lab.apply(config_map("ours"))
    lab.destroy()
    assert lab.get("v1", "ConfigMap", "theirs", "default")["data"] == {"key": "1"}


def test_a_foreign_object_that_the_plan_did_not_see_is_not_taken_over(lab: Lab) -> None:
    plan = lab.plan(config_map("a", key="2"))
    lab.run = lab.fresh()  # a plan that was made without a cluster
    lab.api.create(dict(config_map("a", key="1").manifest))
    with pytest.raises(RunFailed, match="taken by something that is not ours"):
        lab.carry_out(plan, config_map("a", key="2"))
    assert lab.get("v1", "ConfigMap", "a", "default")["data"] == {"key": "1"}


def test_what_is_shared_is_made_if_absent_and_stays(lab: Lab) -> None:
    shared = config_map("a", key="2").with_fields(shared=True)
    lab.api.create(dict(config_map("a", key="1").manifest))
    lab.apply(shared)
    assert lab.get("v1", "ConfigMap", "a", "default")["data"] == {"key": "1"}


def leaves(tree: Any, *path: str) -> set[tuple[str, ...]]:
    """Every value with its path, as text."""
    if not isinstance(tree, Mapping):
        return {(*path, str(tree))}
    return {leaf for key, value in tree.items() for leaf in leaves(value, *path, key)}


def test_a_conflict_names_the_owner_and_force_takes_the_field(lab: Lab) -> None:
    lab.apply(config_map("a", key="1"))
    lab.api.apply(config_map("a", key="theirs").manifest, force=True, manager="somebody")
    plan = lab.plan(config_map("a", key="2"))
    assert "data.key is managed by somebody" in "".join(plan.refusals)
    (shown,) = [one.fields["manifest"] for one in plan.changes if one.action is Action.UPDATE]
    assert leaves(shown.live) ^ leaves(shown.desired) == {("data", "key", "theirs"), ("data", "key", "2")}
    forced = KubeObject.of(dict(config_map("a", key="2").manifest), cluster="demo", force=True)
    lab.apply(forced)
    assert lab.get("v1", "ConfigMap", "a", "default")["data"] == {"key": "2"}


def test_what_the_server_refuses_is_a_refusal_of_the_plan(lab: Lab) -> None:
    wrong = wanted("v1", "ConfigMap", "a", "default", data={"key": {"no": "text"}})
    assert lab.plan(wrong).refusals
    unknown = wanted("v1", "ConfigMap", "b", "default", dta={})
    assert "dta" in "".join(lab.plan(unknown).refusals)


def test_a_field_that_cannot_change_makes_the_object_again(lab: Lab) -> None:
    lab.apply(deployment(0))
    before = lab.get("apps/v1", "Deployment", "web", "default")["metadata"]["uid"]
    (change,) = [one for one in lab.plan(deployment(0, tier="b")).changes if one.action is not Action.NO_OP]
    assert (change.action, change.effect) == (Action.REPLACE, Effect.RECREATE)
    lab.apply(deployment(0, tier="b"))
    assert lab.get("apps/v1", "Deployment", "web", "default")["metadata"]["uid"] != before
    assert lab.plan(deployment(0, tier="b")).empty


def test_without_a_cluster_everything_is_created_unchecked(lab: Lab) -> None:
    lab.reachable = False
    plan = lab.plan(config_map("a"))
    assert actions(plan) == {"ConfigMap/default/a": "create"}
    assert plan.changes[0].notes == ("not checked by the server: there is no way into the cluster yet",)


def test_a_crd_its_objects_and_a_namespace_in_one_apply(lab: Lab) -> None:
    widget = wanted("example.com/v1", "Widget", "w", spec={"size": 1})
    widget = widget.with_fields(after=(Ref(crd().identity),))
    inside = config_map("c", "team").with_fields(after=(Ref("kubernetes/Namespace/team"),))
    objects = (crd(), widget, wanted("v1", "Namespace", "team"), inside)
    notes = {change.name: " ".join(change.notes) for change in lab.plan(*objects).changes}
    assert "its CRD is not there" in notes["Widget.example.com/w"]
    assert "not checked by the server" in notes["ConfigMap/team/c"]
    lab.apply(*objects)
    assert lab.plan(*objects).empty
    assert lab.get("example.com/v1", "Widget", "w")["spec"] == {"size": 1}
    gone = [live.name for live in lab.destroy().removed]
    assert gone.index("Widget.example.com/w") < gone.index(crd().name)
    assert gone.index("ConfigMap/team/c") < gone.index("Namespace/team")
    assert gone[-1] == "main"  # the inventory


def test_a_missing_crd_is_waited_for(lab: Lab) -> None:
    widget = wanted("example.com/v1", "Widget", "w", spec={})
    plan = lab.plan(widget, crd())  # without an edge: the CRD may come from a chart
    lab.carry_out(plan, widget, crd())
    assert lab.there("example.com/v1", "Widget") == {"w"}


def test_deletion_follows_the_order_that_was_kept_on_the_objects(lab: Lab) -> None:
    first = config_map("z")
    second = config_map("a").with_fields(after=(Ref(first.identity),))
    lab.apply(first, second)
    gone = [live.name for live in lab.destroy().removed]
    assert gone[:2] == ["ConfigMap/default/a", "ConfigMap/default/z"]


def test_a_cluster_that_appears_while_applying_is_waited_for(lab: Lab) -> None:
    lab.reachable = False
    plan = lab.plan(config_map("a"))

    def appear(event: Event) -> None:
        lab.reachable = lab.reachable or event.happened is Happened.RETRYING

    outcome = execute(lab.run, Graph([config_map("a")]), plan, BY_NAME, workers=Inline(), listener=appear)
    assert outcome.lives["kubernetes/ConfigMap/default/a"].state is State.READY
    assert lab.plan(config_map("a")).empty


def test_what_owns_others_is_gone_when_they_are(lab: Lab) -> None:
    lab.apply(deployment(0))
    lab.api.apply(deployment(2).sent(lab.mark))  # its pods never get ready: there are no nodes
    lab.until(lambda: len(lab.there("v1", "Pod", "default")) == 2)
    lab.destroy()
    assert lab.there("v1", "Pod", "default") == set()
    assert lab.there("apps/v1", "ReplicaSet", "default") == set()


def test_what_is_not_ready_is_waited_for_and_what_needs_it_too(lab: Lab) -> None:
    pools = crd("NodePool", "karpenter.sh")
    pool = wanted("karpenter.sh/v1", "NodePool", "gpu", spec={}).with_fields(after=(Ref(pools.identity),))
    later = config_map("later").with_fields(after=(Ref(pool.identity),))
    told: list[str] = []

    def controller(event: Event) -> None:
        told.append(f"{event.happened} {event.name}")
        if event.happened is Happened.WAITING and event.name == pool.name:
            conditions = [{"type": "Ready", "status": "True", "reason": "Ready", "message": ""}]
            resource = lab.api.resource("karpenter.sh/v1", "NodePool")
            lab.api.merge(resource, "gpu", "", {"status": {"conditions": conditions}})

    graph = (pools, pool, later)
    plan = lab.plan(*graph)
    execute(lab.run, Graph(graph), plan, BY_NAME, workers=Inline(), listener=controller)
    assert told.index("waiting NodePool.karpenter.sh/gpu") < told.index("started ConfigMap/default/later")
    assert lab.plan(*graph).empty
