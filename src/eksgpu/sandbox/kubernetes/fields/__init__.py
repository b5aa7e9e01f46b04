"""Who set which field, and how two objects become one: field sets, managed fields, patches and server-side apply.

Pure functions over JSON-like values and a `Type`; nothing here knows the store or HTTP.
"""
