"""What a spec can ask for and Terraform's AWS provider cannot express, so that an export says what it leaves out.

Source: the schema of hashicorp/aws 5.100.0 against botocore 1.44.5 (2026-11); a newer provider may know more.
"""

from eksgpu.engine.graph import Graph

# By kind and field: EKS's own default, which needs no saying, and the words for what is lost.
GAPS = {
    "eks_cluster": {
        "deletion_protection": (False, "deletion protection"),
        "tier": ("standard", "the control plane's scaling tier"),
        "scheduler": (None, "the scheduler's configuration"),
    },
}


def gaps(graph: Graph) -> list[str]:
    """One line for every wish that gets lost: `eks_cluster/main: deletion protection`."""
    return [
        f"{resource.identity}: {words}"
        for resource in graph
        for field, (default, words) in GAPS.get(resource.kind, {}).items()
        if getattr(resource, field) not in (None, default)
    ]
