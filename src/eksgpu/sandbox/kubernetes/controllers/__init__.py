"""The controllers that are part of Kubernetes itself: Deployments, Jobs, garbage collection, namespaces and others.

Each reacts to changed objects, in a fixed order, until nothing is left to do. What stands for AWS is no part of this.
"""
