"""Handlers of the services around EC2 and EKS: identity, permissions, tags, quotas, prices."""
