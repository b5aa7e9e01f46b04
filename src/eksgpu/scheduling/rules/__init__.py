"""Karpenter's documented rules for its own objects, checked on plain manifests before a server sees them."""
