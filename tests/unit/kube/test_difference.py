"""The live object in the words of the manifest: equal where an apply changes nothing."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eksgpu.kube.difference import MISSING, as_manifest, at, visible, with_value

META = {"name": "x", "uid": "1", "resourceVersion": "5", "managedFields": [{}]}


def live(**fields: Any) -> dict[str, Any]:
    return {"kind": "X", "metadata": META, "status": {"ready": True}, **fields}


def test_defaults_of_the_server_are_no_difference() -> None:
    wanted = {"kind": "X", "metadata": {"name": "x"}, "spec": {"a": 1}}
    same = live(spec={"a": 1, "defaulted": "yes"})
    assert as_manifest(wanted, same, same) == wanted


def test_a_changed_leaf_shows_its_live_value() -> None:
    wanted = {"metadata": {"name": "x"}, "spec": {"a": 2, "b": {"c": 3}}}
    shown = as_manifest(wanted, live(spec={"a": 1, "b": {"c": 3}, "d": 4}), live(spec={"a": 2, "b": {"c": 3}, "d": 4}))
    assert shown == {"metadata": {"name": "x"}, "spec": {"a": 1, "b": {"c": 3}}}


def test_a_removed_field_is_shown_as_it_lives_and_an_added_one_is_not() -> None:
    wanted = {"metadata": {"name": "x"}, "data": {"new": "1"}}
    shown = as_manifest(wanted, live(data={"old": "1"}), live(data={"new": "1"}))
    assert shown["data"] == {"old": "1"}


def test_a_change_inside_a_list() -> None:
    wanted = {"metadata": {"name": "x"}, "spec": {"containers": [{"name": "a", "image": "2"}]}}
    before, after = (live(spec={"containers": [{"name": "a", "image": image, "x": 0}]}) for image in "12")
    assert as_manifest(wanted, before, after)["spec"] == {"containers": [{"name": "a", "image": "1"}]}


def test_tuples_of_the_spec_are_lists_of_the_api() -> None:
    wanted = {"metadata": {"name": "x"}, "spec": {"args": ("a", "b"), "items": ({"v": 2},)}}
    before, after = (live(spec={"args": ["a", "b"], "items": [{"v": value}]}) for value in (1, 2))
    assert as_manifest(wanted, before, after)["spec"] == {"args": ["a", "b"], "items": [{"v": 1}]}


def test_what_the_server_keeps_for_itself_is_not_visible() -> None:
    assert visible(live(spec={})) == {"kind": "X", "metadata": {"name": "x"}, "spec": {}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(spec=JSON, before=JSON, after=JSON)
def test_any_two_objects_compare(spec: Any, before: Any, after: Any) -> None:
    wanted = {"metadata": {"name": "x"}, "spec": spec}
    assert as_manifest(wanted, live(spec=after), live(spec=after)) == wanted
    as_manifest(wanted, live(spec=before), live(spec=after))


def test_values_at_paths() -> None:
    tree = {"a": [{"b": 1}]}
    assert at(tree, ("a", 0, "b")) == 1
    assert at(tree, ("a", 1, "b")) is MISSING
    assert at(tree, ("a", "b")) is MISSING
    assert with_value(tree, ("a", 0, "b"), 2) == {"a": [{"b": 2}]}
