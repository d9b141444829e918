"""track: what the centres of a run make of their own detections, under all policies that give them the same."""

from dataclasses import dataclass, replace

import numpy as np

from trackfuse import tracking
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import PluginError
from trackfuse.sensing import registration_gradient, with_registration
from trackfuse.simulation.deliver import Delivered
from trackfuse.simulation.prepare import Noise, Prepared
from trackfuse.simulation.rounding import message_rounding
from trackfuse.tracking import LocalTracks, Registered
from trackfuse.tracking.track import Worked


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """What centres have, and the tracks that each makes of its own detections.

    Parameters
    ----------
    delivered : Delivered
    local : LocalTracks
        K tracks at J cycles.
    systematic : ndarray, shape (K, J, 6, 6), or None
        The part of their covariance that registration errors have, m and m/s; None where no sensor states any.
    rounding : ndarray, shape (K, J, 11)
        Standard normal numbers that round what messages state of them; see `message_rounding`.
    """

    delivered: Delivered
    local: LocalTracks
    systematic: np.ndarray | None
    rounding: np.ndarray


def local_tracks(
    scenario: Scenario, prepared: Prepared, noise: Noise, delivered: Delivered, like: Tracked | None = None,
    worked: Worked | None = None,
) -> Tracked:  # fmt: skip
    """Work out what the centres make of their own detections.

    Parameters
    ----------
    scenario : Scenario
    prepared : Prepared
    noise : Noise
    delivered : Delivered
        Who has what when.
    like : Tracked, optional
        The same under another policy with the same noise: taken over where every centre has the same detections at the
        same times, as under policies that share tracks or warnings only.
    worked : Worked, optional
        What single centres made of what they have under other policies, and place for more.

    Returns
    -------
    Tracked

    Raises
    ------
    PluginError
        If a filter of the user's own fails, with the centre's name.
    """
    if like is not None and _same(delivered, like.delivered):
        return replace(like, delivered=delivered)
    local, registered = with_biases(scenario, prepared, noise, delivered, prepared.tracker.registration, worked)
    centres = tuple(scenario.nodes[i].node_id for i in local.tracks.node)
    rounding = message_rounding(
        scenario.launch.launch_id, centres, len(prepared.cycle_s), seed=noise.seed, run=noise.run
    )
    systematic = registered.part if registered else None
    return Tracked(delivered=delivered, local=local, systematic=systematic, rounding=rounding)


def with_biases(
    scenario: Scenario, prepared: Prepared, noise: Noise, delivered: Delivered, way: str, worked: Worked | None = None
) -> tuple[LocalTracks, Registered | None]:
    """Own tracks of every centre, and what they know of their sensors' biases.

    Parameters
    ----------
    scenario, prepared, noise, delivered, worked
        As in `local_tracks`.
    way : str
        "consider", "estimate" or "ignore", as `TrackerSettings.registration`.

    Returns
    -------
    (LocalTracks, Registered or None)
        None where biases are ignored or there are none.

    Raises
    ------
    PluginError
        If a filter of the user's own fails, with the centre's name.
    """
    measurements, received_s = delivered.measurements, delivered.deliveries.received_s
    gradient = None
    if way != "ignore" and any(draws.registration.any() for draws in noise.draws):
        gradient = registration_gradient(measurements, tuple(target.looks for target in prepared.targets))
    allowed = measurements if gradient is None else with_registration(measurements, gradient)
    confirmed_s = np.array([delivered.knowledge[target.launch].confirmed_s for target in prepared.targets])
    try:
        local = tracking.track(allowed, received_s, prepared.cycle_s, prepared.tracker, confirmed_s, worked)
    except PluginError as error:
        centre = scenario.nodes[int(error.node)].node_id
        raise PluginError(error.part, centre, error.t_s, error.what) from error.__cause__
    if gradient is None:
        return local, None
    known = measurements if way == "estimate" else None
    registered = tracking.register(local, allowed, received_s, gradient, prepared.cycle_s, known)
    return registered.local, registered


def _same(one: Delivered, other: Delivered) -> bool:
    """Whether the same is detected, equally cued, and every centre has it and its first track at the same times."""
    mine, its = one.measurements, other.measurements
    return (
        (mine is its or len(mine) == len(its))
        and all(np.array_equal(getattr(mine, name), getattr(its, name)) for name in ("t_s", "sensor", "truth", "cued"))
        and np.array_equal(one.deliveries.received_s, other.deliveries.received_s)
        and all(
            np.array_equal(a.confirmed_s, b.confirmed_s) for a, b in zip(one.knowledge, other.knowledge, strict=True)
        )
    )
