"""What can be done to objects: read, create, update, patch, delete, watch, and the subresources of some types.

Functions over a `Cluster`. They know nothing of HTTP, users and discovery.
"""
