"""What is told about keys and types: unknown, missing, empty and doubled keys, wrong types, several at once."""

import pytest

from eksgpu.errors import SpecErrors
from eksgpu.spec.load import loads
from tests.unit.spec.telling import told

KEYS = "write its keys in lines below it, indented, or in braces"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "network: {natGateway: single}",
            'demo.yaml:5:13: spec.network: unknown key "natGateway" | did you mean natGateways?',
        ),
        (
            "network: {nat_gateways: single}",
            'demo.yaml:5:13: spec.network: unknown key "nat_gateways" | did you mean natGateways?',
        ),
        ("natGateways: single", 'demo.yaml:5:3: spec: unknown key "natGateways" | it belongs in spec.network'),
        (
            "controlPlane: {colour: red}",
            'demo.yaml:5:18: spec.controlPlane: unknown key "colour" | keys here: tier, scheduler',
        ),
        ("nodePools: [{capacity: [spot]}]", 'demo.yaml:5:15: spec.nodePools[0]: "name" is missing'),
        (
            "components:\n  karpenter:\n",
            "demo.yaml:6:5: spec.components.karpenter: it has no value | write karpenter: {}",
        ),
        (
            "network:\n  cidr:\n",
            "demo.yaml:6:5: spec.network.cidr: it has no value | give it a value, or remove the line",
        ),
        (
            "network: {cidr: 10.0.0.0/16, cidr: 10.1.0.0/16}",
            'demo.yaml:5:32: key "cidr" is given twice | the first is in line 5',
        ),
        (
            "deletionProtection: yes",
            'demo.yaml:5:23: spec.deletionProtection: "yes" must be true or false | write true',
        ),
        (
            "version: 1.30",
            'demo.yaml:5:12: spec.version: the number 1.3 must be a string | write "1.30", in quotes',
        ),
        ("network: 10.0.0.0/16", 'demo.yaml:5:12: spec.network: "10.0.0.0/16" must be a mapping | ' + KEYS),
        (
            "nodeGroups: {name: a}",
            "demo.yaml:5:15: spec.nodeGroups: a mapping must be a list | write its items in brackets, or below it, "
            'each in a line that begins with "- "',
        ),
        (
            "nodeGroups: [{name: a, system: true, instanceTypes: [m5.large], desired: two}]",
            'demo.yaml:5:76: spec.nodeGroups[a].desired: "two" must be a whole number'
            " | write it in digits, without quotes",
        ),
        (
            "nodeGroups: [{name: a, system: true, instanceTypes: [m5.large], desired: -1}]",
            "demo.yaml:5:76: spec.nodeGroups[a].desired: the number -1 must be at least 0",
        ),
        (
            "network: {zones: us-west-2a}",
            'demo.yaml:5:20: spec.network.zones: "us-west-2a" must be all | zones are a list: [us-west-2a, us-west-2b]',
        ),
        (
            "network: {zones: true}",
            "demo.yaml:5:20: spec.network.zones: the boolean true is not possible: "
            "it must be all, how many zones, or a list of zone names",
        ),
        (
            "supportType: long",
            'demo.yaml:5:16: spec.supportType: "long" must be extended or standard',
        ),
        (
            "logging: {types: [apii]}",
            'demo.yaml:5:21: spec.logging.types[0]: "apii" must be '
            "api, audit, authenticator, controllerManager or scheduler | did you mean api?",
        ),
    ],
)
def test_one_fault(body: str, expected: str) -> None:
    assert told(body) == [expected]


def test_every_fault_is_told_in_the_order_of_the_file() -> None:
    faults = told(
        """
        nodePools:
          - {name: gpu, gpu: {name: h1000}, capacity: [spott]}
        componets: {karpenter: {}}
        network: {cidr: 10.0.0.1/16}
        """
    )
    assert faults == [
        'demo.yaml:6:31: spec.nodePools[gpu].gpu.name: no GPU of EC2 is named "h1000" (catalogue of 2026-11-22)'
        " | did you mean h100?",
        'demo.yaml:6:50: spec.nodePools[gpu].capacity[0]: "spott" must be on-demand, spot, capacity-block or reserved'
        " | did you mean spot?",
        'demo.yaml:7:3: spec: unknown key "componets" | did you mean components?',
        'demo.yaml:8:19: spec.network.cidr: "10.0.0.1/16" has bits set beyond its prefix | the network is 10.0.0.0/16',
    ]


def test_free_form_settings_may_hold_anything() -> None:
    assert loads(
        """
        apiVersion: eksgpu.dev/v1alpha1
        kind: GpuCluster
        metadata: {name: demo, region: us-west-2}
        spec: {addons: {vpcCni: {configuration: {env: {A: null}, list: [1, null]}}}}
        """
    ).spec.addons.vpc_cni.configuration == {"env": {"A": None}, "list": [1, None]}


def test_head_of_the_file() -> None:
    with pytest.raises(SpecErrors) as caught:
        loads("kind: Cluster\nmetadata: {name: Demo_1, region: uswest, accountId: 012345678901}\n", "demo.yaml")
    assert [f"{fault} | {fault.hint}" for fault in caught.value.errors] == [
        'demo.yaml:1:1: "apiVersion" is missing | write apiVersion: eksgpu.dev/v1alpha1',
        "demo.yaml:1:7: kind: \"Cluster\" must be 'GpuCluster' | write kind: GpuCluster",
        'demo.yaml:2:18: metadata.name: "Demo_1" is not valid: a cluster\'s name is a lower-case letter, '
        "then at most 31 lower-case letters, digits and '-' | choose a name such as h100-spot",
        'demo.yaml:2:34: metadata.region: "uswest" is not valid: no AWS region is named so'
        " | a region looks like us-west-2",
        'demo.yaml:2:53: metadata.accountId: the number 12345678901 must be a string | write "012345678901", in quotes',
    ]
