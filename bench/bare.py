"""The floor for a plan: the official clients alone, the same calls, on as many threads, with no order among them.

`python bench/bare.py CALLS.json ENDPOINT THREADS`. It stands alone, so that it imports nothing but what it measures.
"""

import base64
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from boto3.session import Session
from botocore.config import Config
from kubernetes import client as kubernetes


def main() -> None:
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    session = Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox", region_name="us-west-2")  # noqa: S106
    config = Config(retries={"mode": "standard"}, max_pool_connections=32)

    @cache
    def client(service: str, region: str) -> Any:
        return session.client(service, region_name=region, endpoint_url=sys.argv[2], config=config)

    def ask(call: tuple[str, str, str, dict[str, Any]]) -> None:
        service, operation, region, parameters = call
        try:
            client(service, region)._make_api_call(operation, parameters)
        except client(service, region).exceptions.ClientError:
            pass  # some questions are answered with "not found"

    for service, region in dict.fromkeys((call[0], call[2]) for call in told["aws"]):
        client(service, region)
    token = _token(client("sts", "us-west-2"), told["cluster"])
    inside = kubernetes.ApiClient(kubernetes.Configuration(ca_cert_data=told["authority"], connection_pool_maxsize=32))

    def ask_inside(call: tuple[str, str, dict[str, str], Any]) -> None:
        method, url, headers, body = call
        response: Any = inside.call_api(method, url, headers | {"Authorization": f"Bearer {token}"}, body)
        response.read()

    with ThreadPoolExecutor(int(sys.argv[3])) as pool:
        asked = [pool.submit(ask, call) for call in told["aws"]]
        asked += [pool.submit(ask_inside, call) for call in told["kubernetes"]]
        for future in asked:
            future.result()


def _token(sts: Any, cluster: str) -> str:
    """What EKS takes for its caller, as `aws eks get-token` makes it."""
    sts.meta.events.register(
        "before-sign.sts", lambda request, **_: request.headers.add_header("x-k8s-aws-id", cluster)
    )
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


main()
