"""Pages of DCGM's exporter, in its own form."""

import pytest

from eksgpu.ops.dcgm_page import Reading, readings

GPU = 'gpu="0",UUID="GPU-6f0",pci_bus_id="00000000:1E:00.0",device="nvidia0",modelName="Tesla T4"'
NODE = 'Hostname="ip-10-0-0-5",DCGM_FI_DRIVER_VERSION="580.159.03"'
POD = 'container="main",namespace="ml",pod="train-0"'
PLAIN = f"""\
# HELP DCGM_FI_DEV_SM_CLOCK SM clock frequency (in MHz).
# TYPE DCGM_FI_DEV_SM_CLOCK gauge
DCGM_FI_DEV_SM_CLOCK{{{GPU},{NODE},{POD}}} 1590
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{{{GPU},{NODE},{POD}}} 62
DCGM_FI_DEV_FB_FREE{{{GPU},{NODE},{POD}}} 9000
DCGM_FI_DEV_FB_USED{{{GPU},{NODE},{POD}}} 6000
DCGM_FI_DEV_FB_USED_PERCENT{{{GPU},{NODE},{POD}}} 0.4
"""


def test_use_memory_and_pod_of_a_gpu() -> None:
    assert readings(PLAIN) == (Reading(0, "Tesla T4", "", 62.0, 6000, 15000, ("ml/train-0",)),)
    reserved = PLAIN + f"DCGM_FI_DEV_FB_RESERVED{{{GPU}}} 360\n"
    assert readings(reserved)[0].total_mib == 15360


def test_instances_of_a_gpu_are_apart_and_have_no_utilisation() -> None:
    both = (("1g.10gb", 9, "a"), ("2g.20gb", 3, "b"))
    page = "".join(
        f'DCGM_FI_DEV_FB_{what}{{{GPU},GPU_I_PROFILE="{profile}",GPU_I_ID="{number}",pod="{pod}",namespace="ml"}} 5000'
        "\n"
        for profile, number, pod in both
        for what in ("FREE", "USED")
    )
    assert [(one.gpu, one.profile, one.busy, one.total_mib, one.pods) for one in readings(page)] == [
        (0, "2g.20gb", None, 10000, ("ml/b",)),
        (0, "1g.10gb", None, 10000, ("ml/a",)),
    ]


def test_where_each_pod_has_lines_of_its_own_the_gpus_own_counts() -> None:
    """KUBERNETES_VIRTUAL_GPUS, with figures by process as of 4.8."""
    lines = [("", 80), (',namespace="ml",pod="a"', 50), (',namespace="ml",pod="b"', 30)]
    page = "".join(f"DCGM_FI_DEV_GPU_UTIL{{{GPU}{pod}}} {value}\n" for pod, value in lines)
    (one,) = readings(page)
    assert (one.busy, one.pods, one.total_mib) == (80.0, ("ml/a", "ml/b"), None)


def test_labels_may_hold_anything_in_quotes() -> None:
    page = r'DCGM_FI_DEV_GPU_UTIL{gpu="3",modelName="a \"b\" } 5, c\\d"} 7.5'
    assert [(one.gpu, one.model, one.busy) for one in readings(page)] == [(3, r'a "b" } 5, c\d', 7.5)]


@pytest.mark.parametrize(
    "line",
    [
        "DCGM_FI_DEV_GPU_UTIL 5",
        f"DCGM_FI_DEV_GPU_UTIL{{{GPU}}}",
        f"DCGM_FI_DEV_GPU_UTIL{{{GPU}}} NaN",
        f"DCGM_FI_DEV_GPU_UTIL{{{GPU}",
        'DCGM_FI_DEV_GPU_UTIL{UUID="GPU-6f0"} 5',
        'DCGM_FI_DEV_GPU_UTIL{gpu="zero"} 5',
    ],
)
def test_a_line_that_is_no_sample_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 is no sample of DCGM's exporter"):
        readings(f"# TYPE x gauge\n{line}\n")


def test_other_pages_name_no_gpu() -> None:
    assert readings("<html>sign in</html>\n") == ()
