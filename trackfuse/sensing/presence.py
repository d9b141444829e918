"""Which sensors are on station and work in a run: the posture, drawn once a run and equal under every policy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Annotated

import numpy as np

from trackfuse.core.errors import ScenarioError, is_kind
from trackfuse.core.fields import SHARE, check_fields
from trackfuse.core.rng import generator

POSTURES = ("full", "none", "published", "drawn")
"""Every sensor is there; no ship is; what was published of that day, else what is more probable; drawn by the
probabilities, run by run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """How probable it is that a sensor is on station and works.

    Parameters
    ----------
    sensor_id : str
    probability : float
    ship : bool
        Whether it is a ship's, which the posture "none" leaves out.
    if_absent : tuple of str
        Sensors for whose absence it stands in: where none of them is there, `probability_if_absent` holds instead.
    probability_if_absent : float
    interval, interval_if_absent : tuple of three float
        What either probability could be: low, nominal, high.
    basis : str
        "published", "derived" or "assumed".

    Raises
    ------
    ScenarioError
        If a value is out of range, or `if_absent` is not the names of other sensors.
    """

    sensor_id: str
    probability: Annotated[float, SHARE]
    ship: bool = False
    if_absent: tuple[str, ...] = ()
    probability_if_absent: Annotated[float, SHARE] = 0.0
    interval: tuple[float, float, float] | None = None
    interval_if_absent: tuple[float, float, float] | None = None
    basis: str = "assumed"

    def __post_init__(self) -> None:
        where = f"presence {self.sensor_id!r}"
        check_fields(ScenarioError, where, self)
        if not is_kind(self.if_absent, tuple) or self.sensor_id in self.if_absent:
            raise ScenarioError(f"{where} if_absent: {self.if_absent!r} is not the names of other sensors")


def settled(presence: Iterable[Presence]) -> list[Presence]:
    """In an order in which it is known of every sensor whether those are there for whose absence it stands in.

    Parameters
    ----------
    presence : iterable of Presence

    Returns
    -------
    list of Presence

    Raises
    ------
    ScenarioError
        If sensors stand in for one another in a circle.
    """
    by_id = {each.sensor_id: each for each in presence}
    if not any(each.if_absent for each in by_id.values()):
        return list(by_id.values())
    waits_for = {name: [other for other in each.if_absent if other in by_id] for name, each in by_id.items()}
    try:
        return [by_id[name] for name in TopologicalSorter(waits_for).static_order()]
    except CycleError as wrong:
        circle = " for ".join(map(repr, wrong.args[1]))
        raise ScenarioError(f"presence if_absent: {circle} stand in for one another in a circle") from None


def present(
    posture: str, presence: Sequence[Presence], sensor_ids: Sequence[str], *, seed: int, run: int
) -> np.ndarray:
    """Which sensors are there in one run.

    Parameters
    ----------
    posture : str
        One of `POSTURES`.
    presence : sequence of Presence
        A sensor without one is always there.
    sensor_ids : sequence of str
        Of S sensors.
    seed, run : int
        What "drawn" is drawn from: each sensor from a stream of its own, so that another sensor changes nothing.

    Returns
    -------
    ndarray of bool, shape (S,)
    """
    there = np.ones(len(sensor_ids), dtype=bool)
    if posture == "full":
        return there
    index = {name: i for i, name in enumerate(sensor_ids)}
    for each in settled(p for p in presence if p.sensor_id in index):
        if posture == "none":
            there[index[each.sensor_id]] = not each.ship
            continue
        missing = bool(each.if_absent) and not any(there[index[name]] for name in each.if_absent if name in index)
        chance = each.probability_if_absent if missing else each.probability
        there[index[each.sensor_id]] = _level(posture, each.sensor_id, seed, run) < chance
    return there


def _level(posture: str, sensor_id: str, seed: int, run: int) -> float:
    """What a probability must exceed: a uniform number of the run, or one half less the least for what is probable."""
    if posture == "published":
        return float(np.nextafter(0.5, 0.0))
    return float(generator(seed, run, sensor_id, "presence").random())
