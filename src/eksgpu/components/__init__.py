"""Components: one file for each thing that runs in the cluster, yielding all it needs for a given `Site`."""
