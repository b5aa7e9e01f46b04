"""Whether the releases of programs that we run ourselves are ones to run. Row 001-03."""

from collections.abc import Iterator

from eksgpu.catalog.image import images

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "program-release"


@check(ID, "no program is of a release to avoid")
def program_release(context: CheckContext) -> Iterator[Finding]:
    """An old device plugin hides a broken driver, and some releases broke nodes that worked. They run all the same."""
    components = context.spec.spec.components
    asked = {"nvidiaDevicePlugin": components.nvidia_device_plugin, "dcgmExporter": components.dcgm_exporter}
    for name, options in asked.items():
        warning = images()[name].warning(options.version) if options else None
        if warning is not None:
            where = f"spec.components.{name}.version"
            yield Finding(ID, Severity.WARNING, where, warning, f'write "{images()[name].version}", or leave it out')
