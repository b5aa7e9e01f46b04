"""gpu list, show and recommend: the old tables and priorities, and what people ask. Rows 001-06, 001-07."""

import json
from pathlib import Path
from typing import Any

import pytest

from eksgpu.cli import app
from eksgpu.ops.gpu import Wanted, gpu_list
from eksgpu.ops.options import Options
from tests.support.account import Account


@pytest.fixture
def gpu(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> Any:
        code = app.main(["gpu", *arguments, "--output", "json"])
        out = json.loads(capsys.readouterr().out)
        return out if code == 0 else out["error"]

    return run


def _types(report: Any) -> list[str]:
    return [one["type"] for one in report["types"]]


def test_one_gpu_of_24_gb_with_bf16(gpu: Any) -> None:
    found = gpu("list", "--count", "1", "--min-memory", "24GB", "--bf16")
    assert _types(found)[:3] == ["g6.xlarge", "g6.2xlarge", "g5.xlarge"]
    assert "g4dn.xlarge" not in _types(found)
    assert all(one["count"] == 1 and one["memoryGb"] >= 24 and one["bf16"] for one in found["types"])
    assert found["types"][0]["usdPerGbHour"] == pytest.approx(0.8048 / 24, abs=1e-4)


def test_tables_of_the_gpu_guide_with_what_is_gone(gpu: Any) -> None:
    found = gpu("list", "--family", "g4dn", "--family", "g5", "--family", "p3")
    rows = {one["type"]: one for one in found["types"]}
    assert list(dict.fromkeys(one["family"] for one in found["types"])) == ["g4dn", "g5", "p3"]
    g4dn, p3 = rows["g4dn.xlarge"], rows["p3.8xlarge"]
    assert (g4dn["count"], g4dn["device"], g4dn["vcpus"], g4dn["memoryGib"], g4dn["networkGbps"]) == (
        1,
        "t4",
        4,
        16,
        25,
    )
    assert (p3["count"], p3["device"], p3["vcpus"], p3["memoryGib"], p3["networkGbps"]) == (4, "v100", 32, 244, 10)
    assert p3["standIns"][0] == "g6e.12xlarge"


def test_text_says_what_is_retired_and_whose_prices_these_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["gpu", "list", "--family", "p3"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "p3.2xlarge is retired" in out
    assert "Instead: g6e.xlarge, g5.xlarge, p5.4xlarge." in out
    assert "on demand, us-east-1" in out


def test_capacity_and_fractions(gpu: Any) -> None:
    blocks = gpu("list", "--capacity", "capacity-block")
    assert "p5.48xlarge" in _types(blocks)
    assert "g5.xlarge" not in _types(blocks)
    part = next(one for one in gpu("list", "--spot", "--family", "g6f")["types"] if one["type"] == "g6f.large")
    assert (part["part"], part["memoryGb"]) == (0.125, 3.0)
    assert "inf2.xlarge" not in _types(gpu("list"))
    assert _types(gpu("list", "--family", "inf2"))[0] == "inf2.xlarge"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("list", "--family", "g99"), "families are"),
        (("list", "--min-memory", "much"), "such as 24GB"),
        (("list", "--min-memory", "24"), "write 24GB or 24GiB"),
        (("list", "--capacity", "leased"), "kinds are on-demand, spot, capacity-block"),
        (("show", "h101"), "did you mean h100?"),
        (("show", "g5.2xlage"), "did you mean g5.2xlarge?"),
        (("recommend", "games"), "purposes are dev, inference, training"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(arguments: tuple[str, ...], hint: str, gpu: Any) -> None:
    assert hint in gpu(*arguments)["hint"]


def test_show_tells_use_speed_and_mig(gpu: Any) -> None:
    g5 = gpu("show", "g5.xlarge")
    assert g5["use"] == "training, inference, graphics"
    assert g5["models"][0]["speed"] == {"than": "t4", "times": 2.5}
    assert g5["models"][0]["mig"] == {}
    small, large = gpu("show", "A100")["models"]
    assert (small["mig"]["1g.5gb"]["max"], large["mig"]["3g.40gb"]["starts"]) == (7, [0, 4])
    assert gpu("show", "p3.2xlarge")["models"][0]["marketedGb"] == 16
    assert _types(gpu("show", "trainium2"))


def test_the_three_priorities_with_todays_stand_in(gpu: Any) -> None:
    dev, inference, training = gpu("recommend")["advice"]
    assert (dev["type"]["type"], dev["capacity"]) == ("g4dn.xlarge", ["spot"])
    assert (inference["type"]["type"], inference["capacity"]) == ("g5.xlarge", ["on-demand"])
    assert (training["type"]["type"], training["capacity"]) == ("g6e.xlarge", ["spot", "on-demand"])
    assert training["insteadOf"]["type"] == "p3.2xlarge"
    assert training["type"]["usdPerHour"] == 1.861


def test_a_region_says_what_it_offers_and_where(tmp_path: Path) -> None:
    wanted = Wanted(families=("g4dn", "g5", "p3"))
    found = gpu_list(wanted, Options(region="us-west-1"), connector=Account(tmp_path).connector)
    assert {one.family for one in found.rows} == {"g4dn", "p3"}
    assert found.rows[0].zones == ("us-west-1a", "us-west-1b")
    assert "g5.xlarge" in found.elsewhere
