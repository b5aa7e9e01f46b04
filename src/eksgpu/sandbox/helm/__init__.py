"""What stands for the helm program in the sandbox: releases as Helm records them, and the objects of known charts.

It works through the API like any client. It must not know what the objects do once they are there.
"""
