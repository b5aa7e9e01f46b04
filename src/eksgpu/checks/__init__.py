"""Checks: one file each, found by walking this folder; preflight and doctor are two sets of the same thing."""
