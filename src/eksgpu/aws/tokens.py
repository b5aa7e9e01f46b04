"""Client tokens: one wanted object gives one token, so a create repeated after a lost answer makes nothing twice."""

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eksgpu.engine.resource import Resource

    from .run import AwsRun


def client_token(run: "AwsRun", resource: "Resource") -> str:
    """A token for this life of this object: 40 hex digits (every service allows 64).

    EC2 and EKS answer an old token with the old object even when that one was deleted since. So everything that
    makes this life another one is part of it: the resolved fields (they hold the ids of what it stands on) and the
    predecessor's id.
    """
    mark = run.mark
    words = [mark.account, mark.region, mark.cluster, resource.identity, resource.incarnation, resource.predecessor]
    text = json.dumps([words, resource.wanted()], sort_keys=True, default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()[:40]
