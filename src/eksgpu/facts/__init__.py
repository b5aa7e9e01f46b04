"""Facts: what is true of this account and region now, read once a run and frozen."""
