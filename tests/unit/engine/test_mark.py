"""Names and marks: what is ours is recognised, and long names stay apart."""

from hypothesis import given
from hypothesis import strategies as st

from eksgpu.engine.mark import Mark, short_name, user_tags

words = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=80)


@given(words, words, st.integers(20, 64))
def test_physical_names_fit_and_differ_when_what_they_name_differs(one: str, other: str, limit: int) -> None:
    first, second = short_name(one, limit), short_name(other, limit)
    assert len(first) <= limit
    assert (first == second) is (one == other)


def test_only_what_carries_cluster_and_name_is_ours() -> None:
    mark = Mark("1", "us-west-2", "demo")
    assert mark.owns(mark.tags("main"))
    assert not mark.owns({"eksgpu.dev/cluster": "demo"})
    assert not mark.owns(Mark("1", "us-west-2", "other").tags("main"))


def test_the_region_is_part_of_global_names() -> None:
    mark = Mark("1", "us-west-2", "demo")
    assert mark.path == "/eksgpu/us-west-2/demo/"
    assert mark.physical("node", limit=64, regional=True) == "demo-us-west-2-node"


def test_tags_of_ours_and_of_aws_are_not_the_users() -> None:
    assert user_tags({"eksgpu.dev/name": "x", "aws:eks:cluster-name": "y", "team": "a"}) == {"team": "a"}
