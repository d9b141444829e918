"""What a thing that a scenario has several of is known by: a design point asks for some twenty thousand names."""

from functools import cache
from typing import Any

_NAMES = ("sensor_id", "node_id", "link_id", "name")


def own_name(member: Any) -> str:
    """The name of a sensor, centre, link, place or policy, or of the sensor that a presence is of.

    Parameters
    ----------
    member : dataclass

    Returns
    -------
    str
    """
    return getattr(member, _key_of(type(member)))


@cache
def _key_of(kind: type) -> str:
    return next(name for name in _NAMES if name in kind.__dataclass_fields__)
