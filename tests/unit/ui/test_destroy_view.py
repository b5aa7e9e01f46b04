"""Destroy: the preview before the question, and the proof after the work."""

from eksgpu.engine.resource import Live
from eksgpu.ops.destroy import DestroyPreview
from eksgpu.ops.report import Calls, DestroyReport, Left, Scheduled
from eksgpu.ui.destroy import preview_view, proof_view
from eksgpu.ui.look import Look

from .reports import CALLER

LOOK = Look(100)
LIVES = (Live("vpc", "main", "vpc-1"), Live("subnet", "a", "subnet-1"), Live("subnet", "b", "subnet-2"))


def test_the_preview_lists_by_kind_and_keeps_by_products_apart() -> None:
    preview = DestroyPreview(CALLER, LIVES, (Live("load_balancer", "", "arn:lb"),), deletion_protection=True)
    assert preview_view(preview, LOOK)[5:] == [
        "  - 3 objects to delete",
        "    vpc     1  main",
        "    subnet  2  a, b",
        "",
        "  - 1 object to delete that controllers made for this cluster",
        "    load_balancer  1  arn:lb",
        "",
        "Deletion protection is on: this cluster will not be deleted.",
    ]


def test_an_empty_preview_says_that_nothing_is_there() -> None:
    assert "Nothing to destroy" in preview_view(DestroyPreview(CALLER, (), (), deletion_protection=False), LOOK)[-1]


def test_the_proof_is_zero_left_and_what_goes_by_itself() -> None:
    key = Scheduled("kms_key", "key-1", "2026-12-02T12:00:00.578000+00:00")
    done = DestroyReport(CALLER, (("vpc", "main", "vpc-1"),), (), (key,), Calls(90), 700.0, ("vpc", "subnet"))
    assert proof_view(done, LOOK) == [
        "Scheduled",
        "  kms_key key-1",
        "    AWS deletes it on 2026-12-02 at 12:00 UTC",
        "",
        "Looked again at: vpc, subnet.",
        "",
        "Deleted: 1 object in 12 min (90 AWS calls).",
        "0 left",
    ]


def test_leftovers_come_with_reason_and_price() -> None:
    left = (Left("eni", "eni-1", "not ours, in our VPC", 0.0), Left("nat_gateway", "nat-1", "still deleting", 1.08))
    done = DestroyReport(CALLER, (), left, (), Calls(90), 70.0)
    assert proof_view(done, LOOK) == [
        "Left",
        "  eni eni-1, $0.00 a day",
        "    not ours, in our VPC",
        "  nat_gateway nat-1, $1.08 a day",
        "    still deleting",
        "",
        "Deleted: 0 objects in 1 min 10 s (90 AWS calls).",
        "2 left, $1.08 a day",
    ]
