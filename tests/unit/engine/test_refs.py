"""References at any depth: found, resolved, and unknown for as long as their target is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eksgpu.engine.graph import Graph
from eksgpu.engine.refs import Chosen, Ref, Text, Unknown, has_unknown, refs_in, resolve
from eksgpu.errors import EksgpuError

from .toy import Ground, House, Sign

refs = st.builds(Ref, st.sampled_from(["a/x", "b/y"]), st.sampled_from(["id", "arn"]))
leaves = st.one_of(st.none(), st.integers(), st.text(max_size=5), refs, st.builds(Text, st.text(max_size=3), refs))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.tuples(inner, inner),
        st.builds(Chosen, inner),
    ),
    max_leaves=12,
)


@given(trees)
def test_resolving_leaves_no_ref_behind_and_asks_for_each(tree: Any) -> None:
    asked: list[Ref] = []

    def lookup(ref: Ref) -> str:
        asked.append(ref)
        return "known"

    resolved = resolve(tree, lookup)
    assert list(refs_in(resolved)) == []
    assert sorted(asked) == sorted(refs_in(tree))


@given(trees)
def test_a_tree_is_unknown_exactly_when_it_holds_a_ref_without_value(tree: Any) -> None:
    assert has_unknown(resolve(tree, Unknown)) is (next(refs_in(tree), None) is not None)


def test_text_is_joined_when_everything_is_known() -> None:
    assert resolve(Text("arn:", Ref("a/x"), "/*"), lambda ref: ref.target) == "arn:a/x/*"


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ([House("h", ground=Ref("ground/g"))], "which is not in the graph"),
        ([Ground("g"), Ground("g", size=2)], "two different resources are called ground/g"),
        ([Sign("a", house=Ref("sign/b")), Sign("b", house=Ref("sign/a"))], "in a circle"),
    ],
)
def test_a_graph_that_cannot_be_is_refused(resources: list[Any], words: str) -> None:
    with pytest.raises(EksgpuError, match=words):
        Graph(resources)


@given(st.permutations([Ground("g"), House("h", ground=Ref("ground/g")), Sign("s", house=Ref("house/h"))]))
def test_order_does_not_depend_on_how_it_was_written(resources: list[Any]) -> None:
    graph = Graph(resources)
    assert graph.order == ("ground/g", "house/h", "sign/s")
    assert graph.incarnation("house/h") == Graph(reversed(resources)).incarnation("house/h")
