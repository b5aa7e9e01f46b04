"""How the server presents itself: discovery documents, OpenAPI, and the tables that `kubectl get` prints.

Reads types and objects only; changes nothing.
"""
