// Karpenter's CRDs are in the module that it is; nothing of it is built.
module eksgpu.dev/tests/kube/assets/karpenter

go 1.25.0

require github.com/aws/karpenter-provider-aws v1.14.1
