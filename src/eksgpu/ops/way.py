"""How programs beside us (kubectl, helm) get into the cluster: endpoint, authority, and `eksgpu token` for tokens."""

import base64
import os
import sys

from eksgpu.engine.resource import Live
from eksgpu.kube.kubeconfig import Way

from .options import Options

# What the token command must find as we found it; the sandbox lives in a folder of its own.
CARRIED = ("EKSGPU_SANDBOX_HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


def way_into(cluster: Live, options: Options, *, region: str) -> Way:
    """The way into a live EKS cluster, for the account and the sandbox that `options` name."""
    arguments = ["--sandbox"] if options.sandbox else ["--profile", options.profile] if options.profile else []
    return Way(
        cluster=cluster.outputs["name"],
        region=region,
        endpoint=cluster.outputs["endpoint"],
        ca=authority(cluster),
        # This very program, wherever the PATH leads: it may run from a virtual environment.
        command=(sys.executable, "-m", "eksgpu"),
        arguments=arguments,
        environment={name: os.environ[name] for name in CARRIED if name in os.environ},
    )


def authority(cluster: Live) -> str:
    """The PEM text of the authority that signed the API's certificate."""
    return base64.b64decode(cluster.outputs["ca"]).decode()
