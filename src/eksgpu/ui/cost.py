"""The bill before it exists: what always runs, then the ceilings that pools may reach."""

from eksgpu.blueprint.cost import EXCLUDED, HOURS_PER_MONTH, Cost, CostItem

from .look import Look, Style
from .table import table
from .words import hourly, number, usd

_HEADER = ("", "count", "$/hour", "$/month", "price from")
_NUMBERS = (1, 2, 3)


def cost_view(cost: Cost, look: Look) -> list[str]:
    """Both parts as one table, with sums; what is not included is said at the end."""
    always = [item for item in cost.items if item.always]
    ceilings = [item for item in cost.items if not item.always]
    rows = [_row(item) for item in always]
    rows.append(_sum("always running", cost.usd_per_hour))
    if ceilings:
        rows += [_row(item) for item in ceilings]
        rows.append(_sum("everything at its limit", cost.ceiling_usd_per_hour))
    return [
        look.paint("Cost", Style.BOLD),
        *table(rows, look, header=_HEADER, right=_NUMBERS, flexible=0),
        *look.wrap(f"{EXCLUDED[0].upper()}{EXCLUDED[1:]}.", "  "),
    ]


def _row(item: CostItem) -> tuple[str, ...]:
    what = f"{item.what} ({item.detail})" if item.detail else item.what
    if not item.always:
        what = f"up to: {what}"
    return what, number(item.count), hourly(item.usd_per_hour), usd(item.usd_per_hour * HOURS_PER_MONTH), item.rests_on


def _sum(what: str, usd_per_hour: float) -> tuple[str, ...]:
    return f"= {what}", "", hourly(usd_per_hour), usd(usd_per_hour * HOURS_PER_MONTH), ""
