"""What `make bench` measures: plan against the least that Python needs, apply and destroy against their critical path.

Everything runs in a sandbox of its own on this machine; nothing here is part of the test suite.
"""
