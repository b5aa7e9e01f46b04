"""Kubernetes versions: which ones EKS makes, until when, at which price, and what works on them."""

from dataclasses import replace
from datetime import date

from eksgpu.checks.addon_version import addon_version
from eksgpu.checks.kubernetes_version import kubernetes_version
from eksgpu.facts.model import ClusterVersion
from tests.support.rig import Rig

from .account import context_of, found, only


def test_standard_support_is_a_note_with_its_end_and_price() -> None:
    finding = only(kubernetes_version, context_of(Rig(), '  version: "1.35"\n'))
    assert finding.severity == "note"
    assert "until 2027-03-27" in finding.message
    assert "$0.10 an hour" in finding.message


def test_extended_support_is_a_warning_with_its_price_and_a_better_version() -> None:
    finding = only(kubernetes_version, context_of(Rig(), '  version: "1.33"\n'))
    assert finding.severity == "warning"
    assert "$0.60 an hour instead of $0.10" in finding.message
    assert '"1.37"' in finding.fix


def test_a_near_end_of_standard_support_is_a_warning_with_the_days_left() -> None:
    rig = Rig()
    context = context_of(rig, '  version: "1.36"\n')
    near = ClusterVersion("1.36", "standard", False, date.fromordinal(context.today.toordinal() + 10), None)
    finding = only(kubernetes_version, replace(context, facts=replace(context.facts, cluster_versions=(near,))))
    assert finding.severity == "warning"
    assert "ends in 10 days" in finding.message


def test_a_version_that_eks_does_not_offer_is_an_error_with_the_nearest() -> None:
    rig = Rig()
    context = context_of(rig, '  version: "1.37"\n')
    rest = tuple(item for item in context.facts.cluster_versions if item.version != "1.37")
    finding = only(kubernetes_version, replace(context, facts=replace(context.facts, cluster_versions=rest)))
    assert finding.severity == "error"
    assert "1.37" in finding.message
    assert '"1.36"' in finding.fix


def test_a_live_cluster_whose_version_ran_out_is_a_warning() -> None:
    context = context_of(Rig(), '  version: "1.35"\n', live_version="1.35", cluster_versions=())
    assert found(kubernetes_version, context) == [("warning", "spec.version")]


def test_a_component_that_does_not_know_the_version_is_an_error() -> None:
    context = context_of(Rig(), '  version: "1.37"\n  components: {karpenter: {}}\n')
    errors = [item for item in kubernetes_version.run(context) if item.severity == "error"]
    assert [item.where for item in errors] == ["spec.components.karpenter"]
    assert "1.14.1" in errors[0].message
    assert '"1.36"' in errors[0].fix


def test_an_old_release_of_a_component_is_judged_by_itself() -> None:
    body = '  version: "1.35"\n  components: {karpenter: {version: 1.8.0}}\n'
    errors = [item for item in kubernetes_version.run(context_of(Rig(), body)) if item.severity == "error"]
    assert [item.where for item in errors] == ["spec.components.karpenter"]


def test_addons_that_eks_has_are_no_finding() -> None:
    assert found(addon_version, context_of(Rig(), "  components: {metricsServer: {}}\n")) == []


def test_an_addon_version_that_eks_lacks_is_an_error_with_others() -> None:
    body = '  version: "1.35"\n  addons: {coredns: {version: v1.9.9-eksbuild.1}}\n'
    finding = only(addon_version, context_of(Rig(), body))
    assert (finding.severity, finding.where) == ("error", "eks_addon/coredns")
    assert "v1.13.2-eksbuild.1" in finding.fix


def test_an_addon_that_eks_lacks_for_the_version_is_an_error() -> None:
    context = context_of(Rig(), '  version: "1.35"\n', addons={})
    assert ("error", "eks_addon/vpc-cni") in found(addon_version, context)
