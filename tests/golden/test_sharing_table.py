"""Which GPU can be shared how, on which system, by which kind of node: the whole table, as a page of the guide has it.

The page changes only through `make golden`; read its diff. And what the table says of a combination is what becomes of
a spec that asks for it.
"""

import json
import re
import runpy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from eksgpu.blueprint.build import build
from eksgpu.catalog.gpu import models
from eksgpu.errors import SpecErrors
from eksgpu.scheduling.sharing.places import PLACES
from eksgpu.scheduling.sharing.table import Row, example, table, variants
from eksgpu.scheduling.sharing.wish import Kind, Strategy, Wish
from eksgpu.spec.load import loads
from eksgpu.spec.shared import shared
from tests.unit.blueprint.test_kubernetes import FACTS, PERSON

ROOT = Path(__file__).parents[2]
SYSTEM = {"name": "system", "system": True, "instanceTypes": ["m5.large"], "desired": 2}
IN_A_SPEC = [row for row in table() if row.kind is not Kind.EXISTING]
"""Existing nodes are judged once their cluster is known: tests/lifecycle/test_existing_nodes.py."""


def test_the_page_is_current() -> None:
    page = runpy.run_path(str(ROOT / "tools" / "write_sharing_table.py"))["page"]
    assert (ROOT / "docs" / "sharing-table.md").read_text(encoding="utf-8") == page()


def test_the_guide_tells_of_every_place_that_must_agree() -> None:
    guide = (ROOT / "docs" / "slicing.md").read_text(encoding="utf-8").partition("| place |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE) == [place.name for place in PLACES]


def test_every_model_way_system_and_kind_is_in_it_and_every_refusal_has_a_reason_and_a_way_out() -> None:
    rows = list(table())
    assert len({(row.model, row.variant, row.os, row.kind) for row in rows}) == len(rows)
    assert len(rows) == len(models()) * 8 * 2 * len(Kind)
    assert all(one.rule and one.message and one.hint for row in rows for one in row.refusals)


def _one_of_each_class(rows: Iterable[Row]) -> list[Row]:
    """A row for each verdict of each way, system and kind."""
    classes = {(row.variant, row.os, row.kind, tuple(one.rule for one in row.refusals)): row for row in rows}
    return list(classes.values())


def _named(row: Row) -> str:
    return f"{row.variant}, {row.os}, {row.kind}"


@pytest.mark.parametrize("row", _one_of_each_class(row for row in IN_A_SPEC if not row.refusals), ids=_named)
def test_what_is_accepted_is_built(row: Row) -> None:
    spec = loads(_document(row))
    built = build(spec, FACTS, account="123456789012", caller=PERSON).resources
    (one,) = shared(spec.spec)
    assert one.plan.wish == _wish(row)
    owner = "eks_node_group/gpu" if row.kind is Kind.NODE_GROUP else "kubernetes/NodePool.karpenter.sh/gpu"
    assert owner in built


@pytest.mark.parametrize("row", _one_of_each_class(row for row in IN_A_SPEC if row.refusals), ids=_named)
def test_what_is_refused_is_refused_with_the_reason_of_the_table(row: Row) -> None:
    with pytest.raises(SpecErrors) as refused:
        loads(_document(row))
    assert all(any(one.message in str(fault) for fault in refused.value.errors) for one in row.refusals)


def _document(row: Row) -> str:
    """The smallest spec that asks for it."""
    owner: dict[str, Any] = {
        "name": "gpu",
        "instanceTypes": [example(_model(row), row.os, row.kind).types[0].name],
        "os": row.os,
        "sharing": _stanza(_wish(row)),
        **({"replicas": 2} if row.kind is Kind.STATIC_POOL else {}),
    }
    if row.kind is Kind.NODE_GROUP:
        spec: dict[str, Any] = {"nodeGroups": [SYSTEM, owner]}
    else:
        spec = {"nodePools": [owner], "components": {"karpenter": {}}}
    head = {"apiVersion": "eksgpu.dev/v1alpha1", "kind": "GpuCluster"}
    return json.dumps({**head, "metadata": {"name": "demo", "region": "us-west-2"}, "spec": spec})


def _model(row: Row) -> Any:
    return next(model for model in models() if model.title == row.model)


def _wish(row: Row) -> Wish:
    return variants(_model(row))[row.variant]


def _stanza(wish: Wish) -> dict[str, Any]:
    by_replicas = {"replicas": wish.replicas} if wish.strategy is not Strategy.MIG else {}
    profile = {"profile": wish.profile} if wish.profile else {}
    return {"strategy": str(wish.strategy), "rename": wish.rename, **by_replicas, **profile}
