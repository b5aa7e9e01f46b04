"""What the server knows of types: which are served, their fields, defaults, quantities and custom ones.

Nothing here holds an object or answers a request.
"""
