"""What a nation's centre predicts in a run."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from trackfuse.scoring.accuracy import ground_distance_km
from trackfuse.simulation.predicted import predict_at
from trackfuse.simulation.run import Run
from trackfuse.warning import Predictions
from trackfuse.warning.predict import HIT


class PredictedImpacts(NamedTuple):
    """Impacts that a centre's fused track leads to, cycle by cycle.

    Parameters
    ----------
    node : int
        The centre.
    cycle : ndarray of int, shape (M,)
        Cycles at which it holds a track.
    predictions : Predictions
        M of them.
    range_km : ndarray, shape (M,)
        Launch place to predicted impact over the ground, km; nan where no impact is predicted.
    sigma_km : ndarray, shape (M,)
        Standard deviation of the predicted impact along its longer axis, km; nan where no impact is predicted.
    """

    node: int
    cycle: np.ndarray
    predictions: Predictions
    range_km: np.ndarray
    sigma_km: np.ndarray


def predicted_impacts(
    run: Run, nation: str, cycles: np.ndarray | None = None, *, lift_to_drag: float | None = None
) -> PredictedImpacts:
    """The impacts that a nation's first centre predicts from its fused track of the missile.

    Parameters
    ----------
    run : Run
        Of one object.
    nation : str
    cycles : ndarray of int, shape (C,), optional
        Cycles to predict at, where a track is held; by default all.
    lift_to_drag : float, optional
        In place of the tracker's own.

    Returns
    -------
    PredictedImpacts

    Notes
    -----
    Definition: one sigma is the longer half-axis, the root of the covariance's larger eigenvalue.
    """
    node = [centre.nation for centre in run.scenario.nodes].index(nation)
    cycle = np.flatnonzero(run.fused.status[node] == 1)
    if cycles is not None:
        cycle = np.intersect1d(cycle, cycles)
    tracker, launch = run.scenario.tracker, run.scenario.launch
    if lift_to_drag is not None:
        tracker = replace(tracker, lift_to_drag=lift_to_drag)
    made = predict_at(run.fused, np.column_stack([np.full_like(cycle, node), cycle]), run.prepared.cycle_s, tracker)
    lat_deg, lon_deg, hit = np.degrees(made.lat_rad), np.degrees(made.lon_rad), made.status == HIT
    sigma_km = np.full(cycle.size, np.nan)
    sigma_km[hit] = np.sqrt(np.linalg.eigvalsh(made.covariance[hit, :2, :2])[:, -1]) / 1e3
    return PredictedImpacts(
        node=node,
        cycle=cycle,
        predictions=made,
        range_km=ground_distance_km(lat_deg, lon_deg, launch.lat_deg, launch.lon_deg),
        sigma_km=sigma_km,
    )
