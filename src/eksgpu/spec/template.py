"""The spec that `init` writes: the H100 spot cluster, readable, with every line that a newcomer will want to change.

`examples/h100-spot.yaml` is this text for the name `h100-spot`; a test holds the two equal.
"""

SCHEMA_FILE = "eksgpu.schema.json"
"""Where the header line looks for the schema: beside the spec; `init` writes it there."""

_TEXT = """\
# yaml-language-server: $schema={schema}
#
# A GPU cluster on Amazon EKS: two small nodes for controllers; everything else comes and goes with the pods.
#   eksgpu plan THIS_FILE      what it would make, what that costs, how long it takes
#   eksgpu apply THIS_FILE     make it
#   eksgpu destroy THIS_FILE   take it all down again, with proof
apiVersion: eksgpu.dev/v1alpha1
kind: GpuCluster
metadata:
  name: {name}  # fixed from now on: it is how the cluster's resources are found again
  region: {region}
  tags: {{team: ml-platform}}

spec:
  version: "1.35"

  network:
    cidr: 10.0.0.0/16
    zones: all           # more zones, more Spot capacity; costs nothing by itself
    natGateways: single  # or perZone, which survives the loss of a zone

  endpointAccess:
    public: true
    private: true
    # publicCidrs: [203.0.113.0/24]  # better than letting everybody reach the Kubernetes API

  secretsEncryption:
    kmsKey: create

  nodeGroups:
    # Controllers run here: CoreDNS, Karpenter, the load balancer controller.
    - name: system
      system: true
      instanceTypes: [m5.large]
      desired: 2

  # Karpenter makes these nodes when pods need them, and removes them afterwards.
  nodePools:
    - name: default
      instanceCategories: [c, m, r]
      vcpus: {{min: 4, max: 32}}
      capacity: [spot, on-demand]
      os: bottlerocket

    # p5.48xlarge: eight H100. Pods need the toleration nvidia.com/gpu. At most two nodes, unless limits says otherwise.
    - name: p5-gpu-h100
      gpu: {{name: h100, count: 8}}
      capacity: [spot]
      os: bottlerocket
      localStorage: raid0  # instance store as one array under images and pods
      imagePull: soci      # large images arrive several times faster
      nodeClass: h100-gpu

  components:
    karpenter: {{}}
    awsLoadBalancerController: {{}}
"""


def h100_spot(name: str = "h100-spot", region: str = "us-west-2", schema: str = SCHEMA_FILE) -> str:
    """The example spec, for a cluster of this name in this region."""
    return _TEXT.format(name=name, region=region, schema=schema)
