"""Controllers that stand for AWS on a Kubernetes API: kubelets, device plugins, Karpenter. Ordinary clients, no more.

They know an API only through `client` and AWS only through `cloud`: the embedded API and a real one serve alike.
"""
