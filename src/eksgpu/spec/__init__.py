"""What the user wrote: the typed tree of one file, how it is read, and how every fault in it is told.

`load.load()` is the way in, `models` holds the tree. Pure: nothing here asks AWS, a cluster or the clock.
"""
