"""`H` in a cron: a place of its own for every job, so that jobs of one cron do not start together."""

import hashlib
import re

from dativo_core.odcs.cron import check_cron

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 6))
_DAY_OF_EVERY_MONTH = 28
_ITEM = re.compile(r"H(?:\((?P<low>[0-9]{1,2})-(?P<high>[0-9]{1,2})\))?(?:/(?P<step>[0-9]{1,2}))?\Z")


def resolve_cron(text: str, spread_by: str) -> str:
    """Return a cron whose `H` are replaced by numbers; the same for the same `spread_by`, on every machine.

    `H` is one value of its field (days 1-28, which every month has), `H(0-29)` one of a range, `H/15` every 15th from
    a place below 15. Raises ValueError saying what is wrong with the expression.
    """
    fields = text.split()
    if len(fields) == len(_FIELDS):
        text = " ".join(
            _field(field, *bounds, spread_by) if "H" in field else field
            for field, bounds in zip(fields, _FIELDS, strict=True)
        )
    check_cron(text)
    return text


def _field(field: str, name: str, lowest: int, highest: int, spread_by: str) -> str:
    digest = hashlib.sha256(f"{spread_by}\0{name}".encode()).digest()
    place = int.from_bytes(digest[:8], "big")
    return ",".join(_item(item, name, lowest, highest, place) for item in field.split(","))


def _item(item: str, name: str, lowest: int, highest: int, place: int) -> str:
    match = _ITEM.match(item)
    if match is None:
        return item
    low, high = lowest, _DAY_OF_EVERY_MONTH if name == "day" else highest
    if match["low"]:
        low, high = int(match["low"]), int(match["high"])
    if low > high:
        message = f"the {name} '{item}' ends before it begins"
        raise ValueError(message)
    if not lowest <= low <= high <= highest:
        message = f"the {name} '{item}' is not within {lowest}-{highest}"
        raise ValueError(message)
    width = high - low + 1
    if match["step"] is None:
        return str(low + place % width)
    step = int(match["step"])
    if not 1 <= step <= width:
        message = f"the step of the {name} '{item}' is not within 1-{width}"
        raise ValueError(message)
    return f"{low + place % step}-{high}/{step}"
