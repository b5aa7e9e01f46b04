"""The plan on the screen: what changes, why, the price, the time, and what stops it."""

from eksgpu.engine.plan import Action
from eksgpu.ops.report import ApplyReport, Calls
from eksgpu.ui.changes import changes_view, differences
from eksgpu.ui.look import Look
from eksgpu.ui.plan import applied_view, plan_view

from .reports import EVERY_ACTION, OPEN, QUOTA, change, report

LOOK = Look(100)


def test_changes_are_grouped_by_what_happens() -> None:
    assert changes_view(EVERY_ACTION, LOOK) == [
        "  + 3 to create",
        "    box    2  new, newer",
        "    crate  1  main",
        "    chosen for you, and kept until you --accept a newer one:",
        "      box/new version  1.35",
        "",
        "  ~ 1 to update in place",
        "    box/tagged",
        "        tags.team: a -> b",
        "",
        "-/+ 2 to replace",
        "    box/moved (-/+ the old one goes first)",
        "        size: 1 -> (known after apply)",
        "        because: a box keeps its size",
        "        removes: box-1",
        "    box/nodes (+/- the new one comes first)",
        "        types[]: m5.large -> m6i.large",
        "        because: types are fixed; nodes are drained or restarted",
        "        removes: box-2",
        "",
        "  - 1 to delete",
        "    box/old  box-3",
        "",
        "  - 1 to delete, left by an interrupted run",
        "    box/twice  box-4",
    ]


def test_a_plan_opens_with_the_caller_and_ends_with_counts_time_and_findings() -> None:
    text = "\n".join(plan_view(report(*EVERY_ACTION, findings=(OPEN, QUOTA)), LOOK))
    assert text.startswith(
        "Account  111122223333\nCaller   arn:aws:iam::111122223333:user/ada (profile dev)\n"
        "Region   us-west-2\nCluster  demo\n"
    )
    assert text.endswith(
        "Plan: 3 to create, 1 to update, 2 to replace, 1 to delete; 1 object stays as it is.\n"
        "Expected: about 13 min on AWS; the longest chain of steps is\n"
        "  eks_cluster/cluster       9 min\n"
        "  node_group/system    2 min 10 s\n"
        "Found: 1 error, 1 warning, 0 notes (61 AWS calls, 0.8 s)."
    )
    assert text.index("error: spec.nodePools[p5-gpu-h100] [vcpu-quota]") < text.index("warning: spec.endpointAccess")
    assert "  fix: ask for L-7212CCBC at least 192" in text
    assert "1.35 is in standard support until 2027-03-27" in text


def test_the_bill_separates_what_always_runs_from_ceilings_and_says_what_is_missing() -> None:
    lines = plan_view(report(*EVERY_ACTION), LOOK)
    start = lines.index("Cost")
    assert lines[start + 1 : start + 7] == [
        "                                               count   $/hour     $/month  price from",
        "  EKS control plane                                1   $0.100      $73.00  catalogue 2026-08",
        "  NAT gateway (us-west-2a)                         1   $0.045      $32.85  pricing API",
        "  = always running                                     $0.145     $105.85",
        "  up to: pool p5-gpu-h100 (p5.48xlarge, spot)      2  $60.000  $43,800.00  pricing API",
        "  = everything at its limit                           $60.145  $43,905.85",
    ]
    assert "  Data transfer, NAT data processing" in "\n".join(lines)


def test_an_empty_plan_says_so() -> None:
    assert plan_view(report(change(Action.NO_OP, "same")), LOOK)[-1] == (
        "No changes: everything is as the spec says (61 AWS calls, 0.8 s)."
    )


def test_refusals_are_shown_with_their_reason() -> None:
    text = "\n".join(plan_view(report(refusals=("vpc/main: cidr cannot change: a VPC keeps its CIDR",)), LOOK))
    assert "This plan cannot be carried out:\n  - vpc/main: cidr cannot change: a VPC keeps its CIDR" in text


def test_differences_are_told_leaf_by_leaf() -> None:
    live = {"Statement": [{"Sid": "a"}, {"Sid": "b"}], "Version": "1", "gone": True}
    wanted = {"Statement": [{"Sid": "a"}, {"Sid": "c"}, {"Sid": "d"}], "Version": "1", "new": None}
    assert list(differences("policy", live, wanted)) == [
        ("policy.Statement[]", '{"Sid": "b"}', '{"Sid": "c"}, {"Sid": "d"}'),
        ("policy.gone", "true", "(not set)"),
        ("policy.new", "(not set)", "(not set)"),
    ]
    assert list(differences("zones", ["a", "b"], ["b", "a"])) == [("zones", '["a", "b"]', '["b", "a"]')]
    assert list(differences("zones", ["a"], ["a", "b"])) == [("zones[]", "(nothing)", "b")]


def test_nothing_is_wider_than_the_screen() -> None:
    view = plan_view(report(*EVERY_ACTION, findings=(OPEN, QUOTA), refusals=("a long reason " * 20,)), Look(80))
    assert max(map(len, view)) <= 80


def test_colour_adds_nothing_but_colour() -> None:
    import re

    plain, coloured = (plan_view(report(*EVERY_ACTION, findings=(QUOTA,)), Look(100, on)) for on in (False, True))
    assert coloured != plain
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in coloured] == plain


def test_apply_tells_what_was_done_and_how_to_go_on() -> None:
    done = ApplyReport(report(*EVERY_ACTION), 780.0, Calls(205), 795.0, {"cluster_name": "demo"})
    assert applied_view(done, LOOK) == [
        "Applied: 3 created, 1 updated, 2 replaced, 1 deleted in 13 min (critical path 13 min, 205 AWS",
        "  calls).",
        "",
        "Outputs",
        "  cluster_name = demo",
    ]
