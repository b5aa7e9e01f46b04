"""Writes the JSON schema of the spec, which editors read beside the examples: `python tools/write_schema.py FILE`."""

import sys
from pathlib import Path

from eksgpu.spec.schema import text

Path(sys.argv[1]).write_text(text(), encoding="utf-8")
