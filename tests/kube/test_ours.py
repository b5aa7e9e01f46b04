"""What is ours and what is not: chosen values, what verbs make on the side, what controllers make, the inventory."""

from typing import Any

from eksgpu.engine.refs import Chosen
from eksgpu.kube.object import KubeObject

from .lab import Lab, config_map, wanted


def test_values_that_the_tool_chose_stay_as_they_live(lab: Lab) -> None:
    def choosing(version: str, **data: Any) -> KubeObject:
        return wanted("v1", "ConfigMap", "a", "default", data={"ami": Chosen(version), **data})

    lab.apply(choosing("v1"))
    plan = lab.plan(choosing("v2"))
    assert plan.empty
    assert plan.changes[0].notes == ("data.ami: v2 is available (lives: v1); take it with --accept",)
    quiet = wanted("v1", "ConfigMap", "a", "default", data={"ami": Chosen("v2", quiet=True)})
    assert lab.plan(quiet).changes[0].notes == ()
    lab.apply(choosing("v2", other="x"))
    assert lab.get("v1", "ConfigMap", "a", "default")["data"] == {"ami": "v1", "other": "x"}
    lab.apply(choosing("v2", other="x"), newest=True)
    assert lab.get("v1", "ConfigMap", "a", "default")["data"] == {"ami": "v2", "other": "x"}


def test_what_a_verb_made_on_the_side_is_deleted_by_destroy_only(lab: Lab) -> None:
    lab.apply(config_map("a"))
    adhoc = config_map("job")
    manifest = adhoc.sent(lab.mark)
    manifest["metadata"]["labels"]["eksgpu.dev/adhoc"] = "job"
    lab.kube.api.apply(manifest)
    assert lab.plan(config_map("a")).empty
    lab.destroy()
    assert "job" not in lab.there("v1", "ConfigMap", "default")


def test_what_controllers_make_with_our_labels_is_not_ours(lab: Lab) -> None:
    lab.apply(config_map("owner"))
    owner = lab.get("v1", "ConfigMap", "owner", "default")
    child = config_map("child").sent(lab.mark)
    child["metadata"]["ownerReferences"] = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "name": "owner",
            "uid": owner["metadata"]["uid"],
            "controller": True,
        }
    ]
    lab.api.create(child)
    assert lab.plan(config_map("owner")).empty


def test_a_kind_stands_in_the_inventory_before_its_first_object_is_applied(lab: Lab) -> None:
    objects = (config_map("a"), wanted("v1", "ServiceAccount", "s", "default"))
    plan = lab.plan(*objects)
    seen: list[set[str]] = []

    def watch(operation: str) -> None:
        if operation.startswith("apply"):
            seen.append(set(lab.get("v1", "ConfigMap", "eksgpu-demo", "kube-system")["data"]))

    lab.kube.api.guard_writes(watch)
    lab.carry_out(plan, *objects)
    assert seen == [{"ConfigMap", "ServiceAccount"}] * 2
    assert lab.kube.api.calls["patch ConfigMap"] + lab.kube.api.calls["create ConfigMap"] == 2
