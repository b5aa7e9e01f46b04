"""The Kubernetes side of EKS clusters: who may enter, what EKS puts in, and the way from a request to its cluster.

Loaded only when a cluster's API is asked for: an account that is used through AWS's API alone pays nothing for it.
"""
