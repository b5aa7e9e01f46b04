"""Where instance types are offered, by EC2's real offerings of mid-2026."""

from eksgpu.checks.instance_offered import instance_offered
from tests.support.rig import Rig

from .account import context_of, found, only

GROUP = "  nodeGroups:\n    - {name: system, system: true, instanceTypes: [m5.large]}\n    - {name: gpu, "
POOL = "  components: {karpenter: {}}\n  nodePools: [{name: gpu, "


def test_types_offered_everywhere_are_no_finding() -> None:
    assert found(instance_offered, context_of(Rig(), POOL + "gpu: {name: h100, count: 8}, capacity: [spot]}]\n")) == []


def test_a_pool_learns_in_a_note_which_zones_have_its_type() -> None:
    finding = only(instance_offered, context_of(Rig(), POOL + "instanceTypes: [p5e.48xlarge]}]\n"))
    assert (finding.severity, finding.where) == ("note", "spec.nodePools[gpu]")
    assert "in us-west-2c only" in finding.message


def test_a_node_group_over_zones_that_lack_its_type_is_a_warning() -> None:
    finding = only(instance_offered, context_of(Rig(), GROUP + "instanceTypes: [p5e.48xlarge], desired: 0}\n"))
    assert (finding.severity, finding.where) == ("warning", "spec.nodeGroups[gpu]")
    assert finding.fix == "limit it to zones: [us-west-2c]"


def test_a_group_in_the_right_zones_is_no_finding() -> None:
    body = GROUP + "instanceTypes: [p5e.48xlarge], desired: 0, zones: [us-west-2c]}\n"
    assert found(instance_offered, context_of(Rig(), body)) == []


def test_a_type_in_other_zones_only_is_an_error_that_names_them() -> None:
    body = "  network: {zones: [us-west-2a, us-west-2b]}\n" + POOL + "instanceTypes: [p5e.48xlarge]}]\n"
    finding = only(instance_offered, context_of(Rig(), body))
    assert finding.severity == "error"
    assert finding.fix == "use the zones us-west-2c"


def test_a_type_that_the_region_lacks_is_an_error_with_the_way_to_find_one() -> None:
    finding = only(instance_offered, context_of(Rig(), POOL + "instanceTypes: [trn2.48xlarge]}]\n"))
    assert finding.severity == "error"
    assert "not offered in us-west-2 at all" in finding.message
    assert "describe-instance-type-offerings" in finding.fix


def test_one_missing_type_among_others_is_a_warning() -> None:
    body = POOL + "instanceTypes: [p5.48xlarge, trn2.48xlarge], taints: []}]\n"
    finding = only(instance_offered, context_of(Rig(), body))
    assert (finding.severity, finding.fix) == ("warning", "remove trn2.48xlarge")


def test_a_pool_of_whole_categories_is_not_asked_about() -> None:
    context = context_of(Rig(), POOL + "instanceCategories: [c, m, r]}]\n")
    assert found(instance_offered, context) == []
    assert set(context.facts.offerings) == {"m5.large"}
