"""The pull table of row 000-20, from kubelets' events."""

import pytest

from eksgpu.ops.pulls import go_seconds, pulls

from .objects import event, pod

POD = pod("vllm", on="node-1")


def _told(image: str, took: str, size: str = "") -> str:
    return f'Successfully pulled image "{image}" in {took} (1m0s including waiting).{size}'


def test_the_seeds_three_pulls_at_their_decimal_rates() -> None:
    events = [
        event(POD, "Pulled", _told("b/vllm", "34.9s", " Image size: 14240000000 bytes.")),
        event(POD, "Pulled", _told("a/vllm", "2m27s", " Image size: 14240000000 bytes.")),
        event(POD, "Pulled", _told("b/wan2.1", "29.7s", " Image size: 10970000000 bytes.")),
        event(POD, "Pulled", 'Container image "b/vllm" already present on machine'),
    ]
    found = pulls([*events, events[0]], [POD])
    assert [(one.image, one.seconds, round(one.mb_per_second or 0)) for one in found] == [
        ("a/vllm", 147.0, 97),
        ("b/vllm", 34.9, 408),
        ("b/wan2.1", 29.7, 369),
    ]
    assert {(one.node, one.waited) for one in found} == {("node-1", 60.0)}


def test_an_old_kubelet_tells_no_size() -> None:
    (found,) = pulls([event(POD, "Pulled", 'Successfully pulled image "x" in 850ms')])
    assert (found.bytes, found.mb_per_second, found.seconds, found.node) == (None, None, 0.85, "")


@pytest.mark.parametrize(("text", "seconds"), [("1h2m3.5s", 3723.5), ("2m27s", 147.0), ("15ms", 0.015)])
def test_durations_as_go_prints_them(text: str, seconds: float) -> None:
    assert go_seconds(text) == pytest.approx(seconds)


def test_what_is_no_duration() -> None:
    with pytest.raises(ValueError, match="no duration"):
        go_seconds("5 minutes")
