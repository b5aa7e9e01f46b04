"""Facts that ship with the program: instance types, GPU models, versions, prices, quotas, limits, durations.

Each module reads one file of `data/`, where every table says its source and date. Nothing here asks AWS: what an
account, region or cluster is really like comes from `facts`, and wins over what stands here.
"""
