"""Client tokens: one wanted object gives one token, so a create repeated after a lost answer makes nothing twice."""

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eksgpu.engine.resource import Resource

    from .run import AwsRun


def client_token(run: "AwsRun", resource: "Resource", *more: str) -> str:
    """A token for this object in this run: 40 hex digits (every service allows 64).

    more: what else tells two calls for one object apart.

    EC2 and EKS answer an old token with the old object even when that one was deleted since, so a token must not
    outlive its run; across runs it is the mark that prevents duplicates.
    """
    mark = run.mark
    words = [mark.account, mark.region, mark.cluster, resource.identity, resource.incarnation, run.started, *more]
    text = json.dumps([words, resource.wanted()], sort_keys=True, default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()[:40]
