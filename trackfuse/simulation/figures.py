"""The figures of one run that are compared between policies: by nation and by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trackfuse.scoring.accuracy import best_of_nation, track_errors
from trackfuse.sharing import Exchange, Node

if TYPE_CHECKING:
    from trackfuse.simulation.prepare import Prepared
    from trackfuse.simulation.run import Simulation

NATIONS = ("JPN", "ROK", "USA")
METRICS = {
    "detection_s": False,
    "confirmation_s": False,
    "notice_s": False,
    "position_error_m": False,
    "velocity_error_mps": False,
    "impact_error_km": False,
}
"""Figure -> whether larger is better. Times are seconds after launch, errors those of the track held at apogee."""


def nation_figures(run: Simulation) -> np.ndarray:
    """The figures of one run by nation.

    Parameters
    ----------
    run : Simulation

    Returns
    -------
    ndarray, shape (3, 6)
        NATIONS by METRICS; not finite where it never happened. Times are those of the nation's earliest centre, errors
        those of its centre that claims the smallest error at apogee.
    """
    times = np.stack([run.exchange.known_s, first_track_s(run.exchange), run.notices_given.first_notice_s])
    return by_nation(run.scenario.nodes, times, accuracy_at_apogee(run))


def by_nation(nodes: tuple[Node, ...], times: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """Figures of centres put together by nation.

    Parameters
    ----------
    nodes : tuple of Node
    times : ndarray, shape (3, N)
        The first three METRICS of every centre, s.
    accuracy : ndarray, shape (N, 4)
        Claimed position error (m) and the last three METRICS; nan without a track.

    Returns
    -------
    ndarray, shape (3, 6)
        NATIONS by METRICS; nan for a nation without a centre.
    """
    table = np.full((len(NATIONS), len(METRICS)), np.nan)
    for row, nation in enumerate(NATIONS):
        centres = [i for i, node in enumerate(nodes) if node.nation == nation]
        if not centres:
            continue
        table[row, :3] = times[:, centres].min(axis=1)
        best = best_of_nation(accuracy[centres, 0])
        if best is not None:
            table[row, 3:] = accuracy[centres[best], 1:]
    return table


def first_track_s(exchange: Exchange) -> np.ndarray:
    """When each centre first held a track: its own, confirmed, or one that another centre reported.

    Parameters
    ----------
    exchange : Exchange

    Returns
    -------
    ndarray, shape (N,)
        Seconds after launch; inf if never.
    """
    reported = np.minimum(exchange.track_received_s, exchange.warning_received_s).min(axis=(0, 2), initial=np.inf)
    return np.minimum(exchange.confirmed_s, reported)


def accuracy_at_apogee(run: Simulation) -> np.ndarray:
    """Accuracy of every centre at apogee, the middle of the flight: the same instant under every policy.

    Parameters
    ----------
    run : Simulation

    Returns
    -------
    ndarray, shape (N, 4)
        Claimed position error (m), then the true errors of position (m), velocity (m/s) and of the
        impact predicted then (km); nan without a track.
    """
    at = apogee_cycle(run.prepared)
    now = slice(at, at + 1)
    errors = track_errors(
        run.fused.mean[:, now], run.fused.covariance[:, now], run.fused.status[:, now], run.prepared.truth[now]
    )
    tracked = np.flatnonzero(run.fused.status[:, at] == 1)
    impact = np.full(len(run.scenario.nodes), np.nan)
    if tracked.size:
        impact[tracked] = run.impact_error_km(run.predict(np.stack([tracked, np.full(tracked.size, at)], axis=1)))
    return np.stack([errors.position_sigma_m[:, 0], errors.position_m[:, 0], errors.velocity_mps[:, 0], impact], axis=1)


def apogee_cycle(prepared: Prepared) -> int:
    """Index of the last cycle at or before apogee."""
    return max(int(np.searchsorted(prepared.cycle_s, prepared.flight.apogee_s, side="right")) - 1, 0)
