"""Sharing GPUs between pods: from one wish to everything that must agree for the autoscaler to believe it. Pure."""
