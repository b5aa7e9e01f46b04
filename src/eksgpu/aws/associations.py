"""Which subnets a route table is for. A subnet has one table at a time, so moving it means taking it from another."""

from typing import Any

from eksgpu.errors import CloudError, Later

from .run import AwsRun, tag_map

TAKEN = "Resource.AlreadyAssociated"


def associated(table: dict[str, Any]) -> dict[str, str]:
    """Subnet id to association id of a live table; the main association is nobody's."""
    return {
        one["SubnetId"]: one["RouteTableAssociationId"]
        for one in table.get("Associations", [])
        if one.get("SubnetId") and one.get("AssociationState", {}).get("State", "associated") == "associated"
    }


def associate(run: AwsRun, table_id: str, subnet_id: str) -> None:
    """Give a subnet this table; one of our other tables lets go of it in the same call.

    Raises the API's own error when the other table is not ours.
    """
    try:
        run.aws.ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
    except CloudError as error:
        if error.code != TAKEN:
            raise
        association = _held_by_ours(run, subnet_id, error)
        run.aws.ec2.replace_route_table_association(AssociationId=association, RouteTableId=table_id)


def _held_by_ours(run: AwsRun, subnet_id: str, error: CloudError) -> str:
    holding = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
    for table in run.aws.ec2.describe_route_tables(Filters=holding)["RouteTables"]:
        if not run.mark.owns(tag_map(table.get("Tags"))):
            raise error
        return associated(table)[subnet_id]
    raise Later(f"the other route table of {subnet_id} has just let go of it") from error
