"""What Spot costs at the moment: EC2's own history, asked for the types that run."""

from collections.abc import Iterable

from eksgpu.aws.run import AwsRun
from eksgpu.errors import CloudError, CredentialsError

from .nodes import Spot


def spot_prices(run: AwsRun, types: Iterable[str]) -> Spot:
    """The newest price of each type in each zone; nothing where the caller may not ask."""
    wanted = sorted(set(types))
    if not wanted:
        return {}
    newest: dict[tuple[str, str], tuple[str, float]] = {}
    try:
        for item in run.aws.ec2.pages(
            "describe_spot_price_history",
            "SpotPriceHistory",
            InstanceTypes=wanted,
            ProductDescriptions=["Linux/UNIX"],
            StartTime=run.clock.now(),
        ):
            key, at = (item["InstanceType"], item["AvailabilityZone"]), item["Timestamp"].isoformat()
            if key not in newest or at > newest[key][0]:
                newest[key] = (at, float(item["SpotPrice"]))
    except CredentialsError:
        raise
    except CloudError:
        return {}
    return {key: usd for key, (_, usd) in newest.items()}
