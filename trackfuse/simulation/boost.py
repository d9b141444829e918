"""Prediction while the engine burns, for a centre of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trackfuse.catalog.missiles import missile, missile_names
from trackfuse.core.errors import SettingsError, check_between, unknown
from trackfuse.tracking import Tracks
from trackfuse.warning import BoostPrediction, library
from trackfuse.warning import predict_boost as predicted

if TYPE_CHECKING:
    from trackfuse.simulation.run import Simulation

LAG_S = 10.0


def predict_boost(run: Simulation, node: str, at_s: float, *, points: int = 256) -> BoostPrediction:
    """Where a centre may think that the missile comes down, and what it is, at an instant of its track.

    Parameters
    ----------
    run : Simulation
    node : str
        The centre.
    at_s : float
        Seconds after launch; its newest track by then counts.
    points : int
        Of the distribution, 16 to 4096.

    Returns
    -------
    BoostPrediction
        Over all classes of data/missiles.csv, each equally likely beforehand; the same bits for the same arguments.
        Arrays of shape (N,), N at most `points`: those that come down.

    Raises
    ------
    SettingsError
        If there is no such centre, or it has no track by then.
    """
    names = [centre.node_id for centre in run.scenario.nodes]
    if node not in names:
        raise SettingsError(f"predict_boost: {unknown('centre', node, names)}")
    check_between(SettingsError, "predict_boost at_s", at_s, 0.0, 1e5)
    check_between(SettingsError, "predict_boost points", points, 16, 4096)
    i, t_s = names.index(node), run.prepared.cycle_s
    held = np.flatnonzero((run.fused.status[i] == 1) & (t_s <= at_s))
    if not held.size:
        raise SettingsError(f"predict_boost: {node} has no track {at_s:g} s after launch")
    return _predicted(run, run.fused, i, int(held[-1]), int(points))


def launch_of(run: Simulation, tracks: Tracks, node: int, cycle: int) -> tuple[float, float, float, np.ndarray]:
    """Where and when a centre may think that the missile was launched.

    Parameters
    ----------
    run : Simulation
    tracks : Tracks
        Own or fused tracks of N centres at J cycles.
    node, cycle : int
        Which of them.

    Returns
    -------
    lat_rad, lon_rad, time_s : float
    covariance : ndarray, shape (3, 3)
        Of (east m, north m, time s).

    Raises
    ------
    SettingsError
        If the track fits no flight of any class.
    """
    made = _predicted(run, tracks, node, cycle, 64)
    return made.launch_lat_rad, made.launch_lon_rad, made.launch_s, made.launch_covariance


def _predicted(run: Simulation, tracks: Tracks, node: int, cycle: int, points: int) -> BoostPrediction:
    before = cycle - round(LAG_S / run.scenario.tracker.cycle_s)
    gain = np.nan
    if before >= 0 and tracks.status[node, before] == 1:
        speed = np.linalg.norm(tracks.mean[node, [before, cycle], 3:], axis=1)
        gain = float(speed[1] - speed[0])
    return predicted(
        tracks.mean[node, cycle],
        tracks.covariance[node, cycle],
        t_s=float(run.prepared.cycle_s[cycle]),
        gain_mps=gain,
        boosting=float(tracks.boosting[node, cycle]),
        flights=library(tuple(missile(name) for name in missile_names())),
        points=points,
        not_after_s=float(run.exchange.known_s[node]),
        seed=run.seed,
    )
