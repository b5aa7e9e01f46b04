"""Whatever MIG layout is accepted, no GPU is asked for more than it has: slices, places, memory, instances."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from eksgpu.catalog.instance import InstanceType, instances
from eksgpu.catalog.mig import Geometry, Layout
from eksgpu.scheduling.resources import NVIDIA_GPU
from eksgpu.scheduling.sharing.plan import Cut, plan_sharing
from eksgpu.scheduling.sharing.rules import refusals
from eksgpu.scheduling.sharing.slices import geometry_of
from eksgpu.scheduling.sharing.wish import BALANCED, Host, Strategy, Wish

from .hosts import host

CUT = sorted(item.name for item in instances().values() if item.gpu_count and geometry_of(item) is not None)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Wish, Host, Geometry, InstanceType]:
    """On Amazon Linux, where all is possible; many of them are refused."""
    item = instances()[draw(st.sampled_from(CUT))]
    geometry = geometry_of(item)
    assert geometry is not None
    names = st.sampled_from(sorted(geometry.profiles))
    one = st.dictionaries(names, st.integers(1, 4), min_size=1, max_size=3)
    several = st.lists(one, min_size=item.gpu_count, max_size=item.gpu_count).map(tuple)
    profile = draw(st.one_of(st.none(), names, st.just(BALANCED)))
    layouts: tuple[Layout, ...] = () if profile else draw(st.one_of(one.map(lambda each: (each,)), several))
    wish = Wish(Strategy.MIG, profile=profile or "", layouts=layouts, rename=draw(st.booleans()))
    return wish, host(item.name), geometry, item


@given(wishes())
def test_no_accepted_layout_exceeds_a_gpu(case: tuple[Wish, Host, Geometry, InstanceType]) -> None:
    wish, nodes, geometry, item = case
    if refusals(wish, nodes):
        return
    plan = plan_sharing(wish, nodes)
    assert plan.cut is not None
    assert len(plan.cut.gpus) in (1, item.gpu_count)
    for instances_of_gpu in plan.cut.gpus:
        _holds(instances_of_gpu, geometry, item)
    assert plan.allocatable[item.name] == _counted(plan.cut, geometry, item, rename=wish.rename)


def _holds(placed: tuple[tuple[str, int], ...], geometry: Geometry, item: InstanceType) -> None:
    """Against what the hardware has, and the memory that EC2 reports, which is another table than MIG's."""
    profiles = [geometry.profiles[name] for name, _ in placed]
    taken = [start + offset for (_, start), one in zip(placed, profiles, strict=True) for offset in range(one.memory)]
    assert len(set(taken)) == len(taken) <= geometry.memory_slices
    assert set(taken) <= set(range(geometry.memory_slices))
    assert all(start in one.places for (_, start), one in zip(placed, profiles, strict=True))
    assert sum(one.compute for one in profiles) <= geometry.compute_slices
    assert sum(one.memory_gb for one in profiles) * 10**9 <= item.gpu_memory_mib * 2**20
    assert all(count <= geometry.profiles[name].most for name, count in Counter(name for name, _ in placed).items())


def _counted(cut: Cut, geometry: Geometry, item: InstanceType, *, rename: bool) -> dict[str, int]:
    each = cut.gpus if len(cut.gpus) > 1 else cut.gpus * item.gpu_count
    names = [geometry.profiles[name].resource if rename else NVIDIA_GPU for one in each for name, _ in one]
    return dict(Counter(names))
