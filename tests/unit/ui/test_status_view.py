"""Status on the screen."""

from dataclasses import replace

from eksgpu.ops.report import Calls, StatusReport
from eksgpu.ui.look import Look
from eksgpu.ui.status import status_view

from .reports import CALLER, COST

REPORT = StatusReport(
    caller=replace(CALLER, profile="", sandbox=True),
    exists=True,
    resources=(("vpc", 1, "1 ready"), ("subnet", 12, "10 ready, 2 pending")),
    groups=(("system", "m5.large", "on-demand", 2, "ready", 0.192),),
    outputs={"cluster_name": "demo", "region": "us-west-2"},
    cost=COST,
    calls=Calls(40),
    seconds=0.5,
    notes=("not sure about one thing",),
)


def test_status_lists_resources_groups_price_and_outputs() -> None:
    assert status_view(REPORT, Look(100)) == [
        "Account  111122223333",
        "Caller   arn:aws:iam::111122223333:user/ada",
        "Region   us-west-2",
        "Cluster  demo",
        "SANDBOX: an AWS on this machine; nothing here is real and nothing costs money",
        "",
        "13 resources",
        "  kind    count  state",
        "  vpc         1  ready",
        "  subnet     12  10 ready, 2 pending",
        "",
        "1 node group",
        "  name    instance types  capacity   nodes  state  $/hour",
        "  system  m5.large        on-demand      2  ready  $0.192",
        "",
        "Costs $0.145 an hour, $105.85 a month.",
        "",
        "Outputs",
        "  cluster_name = demo",
        "  region = us-west-2",
        "",
        "- not sure about one thing",
    ]


def test_a_cluster_that_does_not_exist_is_said_to_be_missing() -> None:
    nothing = replace(REPORT, exists=False, resources=(), groups=(), outputs={}, notes=())
    assert status_view(nothing, Look(100))[-1] == "There is no cluster demo in us-west-2."
