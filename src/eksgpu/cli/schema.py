"""`eksgpu schema`: the JSON schema of the spec, for editors."""

from .options import Common, verb


@verb
def schema(common: Common) -> int:
    """Print the JSON schema of the spec."""
    from eksgpu.spec.schema import schema as json_schema

    from .target import screen_of

    screen_of(common).machine(json_schema())
    return 0
