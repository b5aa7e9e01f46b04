"""`python -m eksgpu`."""

import sys

from eksgpu.cli.app import main

sys.exit(main())
