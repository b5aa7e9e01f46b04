"""MIG's geometry: the documented maxima follow from the places, and no accepted layout exceeds the GPU."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eksgpu.catalog import gpu
from eksgpu.catalog.mig import Geometry, Layout, geometries, geometry

ALL = tuple(geometries().values())


@st.composite
def _layouts(draw: st.DrawFn) -> tuple[Geometry, Layout]:
    one = draw(st.sampled_from(ALL))
    names = st.sampled_from(sorted(one.profiles))
    return one, draw(st.dictionaries(names, st.integers(0, 8), max_size=4))


@given(_layouts())
def test_no_accepted_layout_exceeds_the_gpu(case: tuple[Geometry, Layout]) -> None:
    one, layout = case
    placed = one.placed(layout)
    if placed is None:
        return
    assert sorted(name for name, _ in placed) == sorted(name for name, count in layout.items() for _ in range(count))
    taken = [place for name, start in placed for place in range(start, start + one.profiles[name].memory)]
    assert len(taken) == len(set(taken)) <= one.memory_slices
    assert all(0 <= place < one.memory_slices for place in taken)
    assert all(start in one.profiles[name].places for name, start in placed)
    assert sum(one.profiles[name].compute for name, _ in placed) <= one.compute_slices
    assert sum(one.profiles[name].memory_gb for name, _ in placed) * 10**9 <= one.memory_mib * 2**20


@given(_layouts(), st.data())
def test_what_fits_fits_with_one_instance_less(case: tuple[Geometry, Layout], data: st.DataObject) -> None:
    one, layout = case
    some = [name for name, count in layout.items() if count]
    if not some or one.placed(layout) is None:
        return
    less = data.draw(st.sampled_from(some))
    assert one.placed({**layout, less: layout[less] - 1}) is not None


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.gpu}-{one.memory_mib // 1024}")
def test_the_documented_maximum_of_a_profile_follows_from_its_places(one: Geometry) -> None:
    for profile in one.profiles.values():
        if "+me" in profile.name:  # there is one media engine
            assert profile.most == 1
            continue
        by_places = 0
        end = 0
        for start in profile.places:
            if start >= end:
                by_places, end = by_places + 1, start + profile.memory
        assert profile.most == min(by_places, one.compute_slices // profile.compute), profile.name
        assert one.placed({profile.name: profile.most}) is not None
    if one.balanced:
        assert one.placed(one.balanced) is not None


def test_a_mix_that_exceeds_memory_though_not_compute_is_refused() -> None:
    a100 = geometry("a100", 40960)
    assert a100 is not None
    assert a100.placed({"3g.20gb": 2, "1g.5gb": 1}) is None
    assert a100.placed({"3g.20gb": 1, "2g.10gb": 1, "1g.5gb": 2}) == (
        *(("3g.20gb", 4), ("2g.10gb", 0), ("1g.5gb", 2), ("1g.5gb", 3)),
    )


def test_names_of_resources_and_models_without_mig() -> None:
    a100 = geometry("a100", 40960)
    assert a100 is not None
    assert a100.profiles["1g.5gb+me"].resource == "nvidia.com/mig-1g.5gb.me"
    assert [model.name for model in gpu.models() if not model.mig] == ["t4", "t4g", "v100", "a10g", "l4", "l40s"]
