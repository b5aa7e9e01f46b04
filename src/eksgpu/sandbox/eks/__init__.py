"""EKS as the sandbox plays it: clusters, node groups, add-ons, access and their slow, asynchronous lives.

All of it is our own state; nothing of moto's EKS is used. What EKS makes in a VPC goes through `ec2.network`, roles
and keys are read from moto's IAM and KMS.
"""
