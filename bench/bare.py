"""The floor for a plan: boto3 alone, the same clients, the same calls, on as many threads, with no order among them.

`python bench/bare.py CALLS.json ENDPOINT THREADS`. It stands alone, so that it imports nothing but what it measures.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from boto3.session import Session
from botocore.config import Config


def main() -> None:
    calls = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    session = Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox", region_name="us-west-2")  # noqa: S106
    config = Config(retries={"mode": "standard"}, max_pool_connections=32)

    @cache
    def client(service: str, region: str) -> Any:
        return session.client(service, region_name=region, endpoint_url=sys.argv[2], config=config)

    def ask(call: tuple[str, str, str, dict[str, Any]]) -> None:
        service, operation, region, params = call
        try:
            client(service, region)._make_api_call(operation, params)
        except client(service, region).exceptions.ClientError:
            pass  # some questions are answered with "not found"

    for service, region in dict.fromkeys((call[0], call[2]) for call in calls):
        client(service, region)
    with ThreadPoolExecutor(int(sys.argv[3])) as pool:
        list(pool.map(ask, calls))


main()
