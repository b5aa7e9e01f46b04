"""The embedded AWS: one fake account, in process or behind a local endpoint. Only the CLI and tests import it."""
