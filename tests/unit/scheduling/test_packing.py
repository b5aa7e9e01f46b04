"""Which nodes come for which pods: the cheapest that fit, within limits, none where something stands."""

from hypothesis import given, settings
from hypothesis import strategies as st

from eksgpu.scheduling.offering import Market
from eksgpu.scheduling.packing import Standing, pack
from eksgpu.scheduling.pod import admitted
from eksgpu.scheduling.pool import pool, refusal
from eksgpu.scheduling.resources import lacking, total

from .region import BEARS_GPU, ZONES, asking, general, h100, node_pool, on_offer


def first(node: object) -> tuple[str, str]:
    candidate, offering = node.choices()[0]  # type: ignore[attr-defined]
    return candidate.item.name, offering.capacity_type


def test_small_pods_share_the_cheapest_node_that_holds_them() -> None:
    plan = pack([asking(f"web-{n}", cpu=1, memory="1Gi") for n in range(3)], [general(), h100()])
    assert len(plan.nodes) == 1
    assert first(plan.nodes[0]) == ("c5.xlarge", "spot")


def test_memory_decides_the_type() -> None:
    plan = pack([asking(cpu=1, memory="28Gi")], [general()])
    assert first(plan.nodes[0])[0] == "r5.xlarge"


def test_eight_gpu_pods_fill_one_p5_and_the_ninth_opens_another() -> None:
    pods = [admitted(asking(f"gpu-{n}", gpu=1)) for n in range(9)]
    plan = pack(pods, [general(), h100()])
    assert [len(node.pods) for node in plan.nodes] == [8, 1]
    assert {first(node) for node in plan.nodes} == {("p5.48xlarge", "spot")}


def test_a_thousand_gpu_pods_need_125_nodes() -> None:
    pods = [admitted(asking(f"gpu-{n}", gpu=1)) for n in range(1000)]
    plan = pack(pods, [h100(limits={})])
    assert len(plan.nodes) == 125
    assert not plan.refused


def test_limits_stop_the_third_node() -> None:
    plan = pack([admitted(asking(f"job-{n}", gpu=8)) for n in range(3)], [h100()])
    assert len(plan.nodes) == 2
    ((pod, reasons),) = plan.refused
    assert (pod.name, reasons[0].rule) == ("job-2", "limit")


def test_what_stands_takes_pods_first() -> None:
    node = Standing("ip-10-0-0-1", {"kubernetes.io/arch": "amd64"}, (), {"cpu": 4000, "memory": 2**33, "pods": 2})
    plan = pack([asking(f"web-{n}", cpu=1) for n in range(3)], [general()], [node])
    assert [pod.name for pod in plan.placed["ip-10-0-0-1"]] == ["web-0", "web-1"]
    assert len(plan.nodes) == 1


def test_the_heavier_pool_is_tried_first() -> None:
    cheap = pool(node_pool("cheap", ("kubernetes.io/arch", "In", ["amd64"])), on_offer("c5.xlarge"))
    dear = pool(node_pool("dear", ("kubernetes.io/arch", "In", ["amd64"]), weight=10), on_offer("r5.xlarge"))
    assert pack([asking(cpu=1)], [cheap, dear]).nodes[0].pool.name == "dear"


def test_daemons_take_their_share_of_every_node() -> None:
    manifest = node_pool("default", ("kubernetes.io/arch", "In", ["amd64"]))
    bare = pool(manifest, on_offer("c5.xlarge"))
    laden = pool(manifest, on_offer("c5.xlarge"), daemons=(asking("agent", cpu=2),))
    pods = [asking(f"web-{n}", cpu="1500m") for n in range(2)]
    assert [len(pack(pods, [one]).nodes) for one in (bare, laden)] == [1, 2]


def test_a_zone_is_kept_and_alternatives_are_tried_in_turn() -> None:
    zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["us-west-2c"]}
    nowhere = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-west-1a"]}
    plan = pack([asking(cpu=1, affinity=[nowhere, zone])], [general()])
    assert {offering.zone for _, offering in plan.nodes[0].choices()} == {"us-west-2c"}


def test_reserved_comes_before_spot_and_spot_before_on_demand() -> None:
    market = Market(ZONES, reservations={"cr-0a1b2c3d": ("c5.xlarge", "us-west-2b")}, spot={"c5.xlarge": 0.05})
    manifest = node_pool("any", ("karpenter.sh/capacity-type", "Exists", []))
    node = pack([asking(cpu=1)], [pool(manifest, on_offer("c5.xlarge", market=market))]).nodes[0]
    order = [offering.capacity_type for _, offering in node.choices()]
    assert list(dict.fromkeys(order)) == ["reserved", "spot", "on-demand"]
    assert node.choices()[0][1].reservation == "cr-0a1b2c3d"


def test_offerings_without_capacity_are_passed_over() -> None:
    node = pack([asking(cpu=1)], [general()]).nodes[0]
    gone = [("spot", "c5.xlarge", zone) for zone in ZONES]
    candidate, offering = node.choices(gone)[0]
    assert (candidate.item.name, offering.capacity_type) == ("m5.xlarge", "spot")


def test_a_refusal_names_what_is_missing() -> None:
    cases = {
        "taint": (asking(gpu=1), "nvidia.com/gpu=true:NoSchedule"),
        "label": (asking(tolerations=[BEARS_GPU], selector={"team": "a"}, gpu=1), "team"),
        "resource": (asking(tolerations=[BEARS_GPU], gpu=9), "nvidia.com/gpu"),
    }
    for rule, (pod, what) in cases.items():
        found = refusal(pod, h100())
        assert found is not None
        assert (found.rule, found.what) == (rule, what)


sizes = st.lists(st.tuples(st.integers(1, 7), st.integers(1, 24)), min_size=1, max_size=12)


@settings(max_examples=40)
@given(sizes)
def test_no_node_is_ever_too_small_for_what_is_planned_on_it(wanted: list[tuple[int, int]]) -> None:
    pods = [asking(f"p-{n}", cpu=cpu, memory=f"{gib}Gi") for n, (cpu, gib) in enumerate(wanted)]
    plan = pack(pods, [general()])
    assert sorted(pod.name for node in plan.nodes for pod in node.pods) == sorted(pod.name for pod in pods)
    for node in plan.nodes:
        requests = total(pod.requests for pod in node.pods)
        assert all(lacking(candidate.allocatable, requests) is None for candidate, _ in node.choices())


@settings(max_examples=30)
@given(sizes, st.integers(0, 3))
def test_limits_hold_whatever_is_asked(wanted: list[tuple[int, int]], nodes: int) -> None:
    pods = [asking(f"p-{n}", cpu=cpu, memory=f"{gib}Gi") for n, (cpu, gib) in enumerate(wanted)]
    plan = pack(pods, [general(limits={"nodes": nodes})])
    assert len(plan.nodes) <= nodes
    assert len(plan.refused) + sum(len(node.pods) for node in plan.nodes) == len(pods)
