"""EC2 as the sandbox plays it: moto keeps the objects, these modules add what moto leaves out.

They add order (what holds what), time (gateways and endpoints take minutes), quotas and idempotency. They know
nothing of EKS, which builds on `network`.
"""
