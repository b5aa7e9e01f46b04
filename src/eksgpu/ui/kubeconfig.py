"""What `eksgpu kubeconfig` did, and what to type next."""

from eksgpu.ops.kubeconfig import KubeconfigReport

from .look import Look, Style


def kubeconfig_view(report: KubeconfigReport, look: Look) -> list[str]:
    """Two lines: the context, and the next command."""
    done = "Added" if report.added else "Updated"
    lines = look.wrap(f"{done} context {report.context} in {report.file}; it is the current one.")
    return [*lines, look.paint("Next: kubectl get nodes", Style.DIM)]
