"""Karpenter's behaviour: nodes for pods that fit nowhere, their life, and their end when they are empty.

Left out, and said so where it shows: drift, expiry, consolidation of nodes in use, spreading, interruptions.
"""
