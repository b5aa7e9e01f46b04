"""The official client is imported in parts, and stays whole for whoever else uses it in the process."""

import subprocess
import sys

CODE = """
import sys
from eksgpu.kube.client import Client
Client("https://127.0.0.1:1", None).close()
assert "requests" not in sys.modules, "requests is what loading a kubeconfig needs"
import kubernetes
from kubernetes import watch
assert kubernetes.config.load_kube_config and kubernetes.client.CoreV1Api and watch.Watch
assert not hasattr(kubernetes, "nothing")
print(kubernetes.__version__)
"""


def test_the_rest_of_the_client_comes_when_it_is_asked_for() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("37.")
