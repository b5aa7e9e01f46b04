"""Scheduling as arithmetic: which pods fit which nodes, and what Karpenter would start for those that fit none."""
