"""Prediction while the engine burns, for a centre of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trackfuse.core.errors import SettingsError, check_between, unknown
from trackfuse.study.missile_records import missile, missile_names
from trackfuse.warning import BoostPrediction, library
from trackfuse.warning import predict_boost as predicted

if TYPE_CHECKING:
    from trackfuse.study.simulation import Simulation

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
    now = int(held[-1])
    before = now - round(LAG_S / run.scenario.tracker.cycle_s)
    gain = np.nan
    if before in held:
        speed = np.linalg.norm(run.fused.mean[i, [before, now], 3:], axis=1)
        gain = float(speed[1] - speed[0])
    return predicted(
        run.fused.mean[i, now],
        run.fused.covariance[i, now],
        t_s=float(t_s[now]),
        gain_mps=gain,
        boosting=float(run.fused.boosting[i, now]),
        flights=library(tuple(missile(name) for name in missile_names())),
        points=int(points),
        not_after_s=float(run.exchange.known_s[i]),
        seed=run.seed,
    )
