"""The algebra of requirements against its meaning: sets of values, checked on every value that could matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eksgpu.scheduling.requirements import Requirement, Requirements

KEY = "example.com/size"
UNIVERSE = [*map(str, range(8)), "a", "b", "c", "other"]
VALUES = st.lists(st.sampled_from(UNIVERSE), max_size=4)
NUMBERS = st.integers(0, 7).map(lambda number: [str(number)])


def one(operator: str, *values: str) -> Requirement:
    return Requirement.of(KEY, operator, values)


requirements = st.one_of(
    st.builds(Requirement.of, st.just(KEY), st.sampled_from(["In", "NotIn"]), VALUES),
    st.builds(Requirement.of, st.just(KEY), st.sampled_from(["Exists", "DoesNotExist"])),
    st.builds(Requirement.of, st.just(KEY), st.sampled_from(["Gt", "Lt", "Gte", "Lte"]), NUMBERS),
)


@given(requirements, requirements)
def test_what_both_allow_is_what_each_allows(left: Requirement, right: Requirement) -> None:
    both = left.meet(right)
    for value in UNIVERSE:
        assert both.allows(value) == (left.allows(value) and right.allows(value))


@given(requirements, requirements)
def test_the_order_does_not_matter(left: Requirement, right: Requirement) -> None:
    assert left.meet(right) == right.meet(left)


@given(requirements, requirements, requirements)
def test_nor_does_the_grouping(one: Requirement, two: Requirement, three: Requirement) -> None:
    grouped, regrouped = one.meet(two).meet(three), one.meet(two.meet(three))
    assert [grouped.allows(value) for value in UNIVERSE] == [regrouped.allows(value) for value in UNIVERSE]


@given(requirements)
def test_meeting_itself_changes_nothing(given_one: Requirement) -> None:
    met = given_one.meet(given_one)
    assert [met.allows(value) for value in UNIVERSE] == [given_one.allows(value) for value in UNIVERSE]


@given(requirements, st.none() | st.sampled_from(UNIVERSE))
def test_a_label_meets_a_requirement_when_the_sets_meet(wanted: Requirement, value: str | None) -> None:
    labels = {} if value is None else {KEY: value}
    unmet = Requirements([wanted]).unmet(labels)
    refused = Requirements.labels(labels).refused(Requirements([wanted]), well_known=())
    assert (unmet is None) == (refused is None)


@pytest.mark.parametrize(
    ("requirement", "allowed"),
    [
        (one("Gt", "3"), ["4", "5", "6", "7"]),
        (one("Gte", "3"), ["3", "4", "5", "6", "7"]),
        (one("Lt", "3"), ["0", "1", "2"]),
        (one("Lte", "3"), ["0", "1", "2", "3"]),
        (one("Gte", "3").meet(one("Lte", "4")), ["3", "4"]),
        (one("NotIn", "a").meet(one("In", "a", "b")), ["b"]),
        (one("Exists").meet(one("DoesNotExist")), []),
    ],
)
def test_operators_as_karpenter_reads_them(requirement: Requirement, allowed: list[str]) -> None:
    assert [value for value in UNIVERSE if requirement.allows(value)] == allowed


def test_bounds_that_leave_no_number_leave_nothing() -> None:
    assert one("Gt", "3").meet(one("Lt", "4")).impossible
    assert one("Gt", "3").meet(one("Lt", "5")).meet(one("NotIn", "4")).impossible


def test_absence_is_enough_for_not_in_and_does_not_exist_alone() -> None:
    wanted = {"NotIn": ("a",), "DoesNotExist": (), "In": ("a",), "Exists": (), "Gt": ("1",)}
    content = [name for name, values in wanted.items() if Requirements([one(name, *values)]).unmet({}) is None]
    assert content == ["NotIn", "DoesNotExist"]


def test_a_label_that_nobody_knows_refuses_and_a_known_one_does_not() -> None:
    wanted = Requirements([one("In", "a")])
    assert Requirements().refused(wanted, well_known={KEY}) is None
    assert Requirements().refused(wanted, well_known=()) == one("In", "a")


def test_an_unknown_operator_is_an_error() -> None:
    with pytest.raises(ValueError, match="no operator"):
        one("Near", "1")
