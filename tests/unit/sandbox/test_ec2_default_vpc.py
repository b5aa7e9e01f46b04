"""The default VPC is as AWS makes it."""

from tests.unit.sandbox.conftest import ClientOf


def test_the_default_vpc_leads_into_the_internet(client: ClientOf) -> None:
    ec2 = client("ec2")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    of_it = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    (main,) = ec2.describe_route_tables(Filters=of_it)["RouteTables"]
    (gateway,) = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}])[
        "InternetGateways"
    ]
    routes = {route["DestinationCidrBlock"]: route["GatewayId"] for route in main["Routes"]}
    assert routes == {vpc["CidrBlock"]: "local", "0.0.0.0/0": gateway["InternetGatewayId"]}
    assert all(subnet["MapPublicIpOnLaunch"] for subnet in ec2.describe_subnets(Filters=of_it)["Subnets"])
