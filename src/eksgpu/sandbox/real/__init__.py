"""A real Kubernetes control plane as the API of a sandbox's cluster: the programs, EKS's tokens and AWS's controllers.

It must not know how EKS clusters come and go: the sandbox's EKS starts and stops one of these for each.
"""
