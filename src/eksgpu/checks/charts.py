"""The charts that a spec asks for, each with the release that it names."""

from pydantic.alias_generators import to_camel

from eksgpu.catalog.component import Component, components
from eksgpu.spec.models import Components


def charts(chosen: Components) -> tuple[tuple[Component, str], ...]:
    """(what the catalogue knows of it, the release wanted); components that are EKS add-ons are left out."""
    known = components()
    named = ((to_camel(name), options) for name, options in chosen if options is not None)
    return tuple((known[name], options.version) for name, options in named if name in known)
