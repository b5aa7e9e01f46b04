"""The command line: one file per verb, no logic. Verbs import what they need when they run, so `--help` starts fast."""
