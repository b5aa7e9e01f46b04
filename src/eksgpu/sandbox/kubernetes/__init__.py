"""An embedded Kubernetes API that ordinary clients accept: discovery, CRUD, watch, server-side apply, logs, tables.

One `Api` is one cluster: a synchronous `handle(request)` over state in memory, with shells around it (HTTPS server,
in-process hook). It plays what belongs to Kubernetes itself and knows nothing of AWS, nodes' makers or kubelets.
"""
