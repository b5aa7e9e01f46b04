"""The scheduler of the embedded API: which node a pod goes to, and the scheduler's own words when none fits.

Filters and messages are pure; only `queue` reads and writes the cluster.
"""
