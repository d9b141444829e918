"""What every nation holds of one launch's missile at every cycle, and how good it truly is."""

from dataclasses import dataclass

import numpy as np

from trackfuse.kernels import held as kernel
from trackfuse.scoring.accuracy import containment_radius_m
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.true_objects import followed_by
from trackfuse.tracking import Tracks

FRESH_S = 15.0
"""A missile is in custody while the newest detection in an estimate is at most so old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEstimates:
    """What C nations hold of a missile at J cycles: of the own and fused tracks of a nation's centres that follow it,
    the one that claims the smallest error of position. A fused track holds every state that was received.

    Parameters
    ----------
    own : ndarray of bool, shape (C, J)
        Whether that is an own track.
    row : ndarray of int, shape (C, J)
        Its row among the own or the fused tracks; -1 without an estimate.
    sigma_m, radius_90_m : ndarray, shape (C, J)
        Claimed error of position: square root of the sum of the variances, and the radius that holds 90 %; inf without
        an estimate.
    position_m, velocity_mps : ndarray, shape (C, J)
        Length of the true errors; nan without an estimate, or where the missile does not fly.
    height_m : ndarray, shape (C, J)
        Above the ellipsoid.
    fresh_sigma_m : ndarray, shape (C, J)
        Claimed error of the surest estimate with a detection of the last `FRESH_S` in it; inf without one.
    """

    own: np.ndarray
    row: np.ndarray
    sigma_m: np.ndarray
    radius_90_m: np.ndarray
    position_m: np.ndarray
    velocity_mps: np.ndarray
    height_m: np.ndarray
    fresh_sigma_m: np.ndarray

    @property
    def there(self) -> np.ndarray:
        """Whether there is an estimate, ndarray of bool of shape (C, J)."""
        return self.row >= 0


def held_estimates(run: Outcome, launch: int) -> HeldEstimates:
    """What every nation holds of a launch's missile.

    Parameters
    ----------
    run : Outcome
    launch : int
        Its number.

    Returns
    -------
    HeldEstimates
        Truth says which tracks are of the missile, and never which of them is held.
    """
    fused, cycles = run.fused, len(run.prepared.cycle_s)
    member = run.clusters.member[run.clusters.cluster, run.clusters.node]
    candidates = kernel.Candidates(
        fused=fused.arrays(), own=run.local.arrays(), own_row=np.ascontiguousarray(member, dtype=np.int64),
        follows=np.ascontiguousarray(run.follows, dtype=np.int64), group=nation_of_nodes(run)[fused.node],
    )  # fmt: skip
    found = kernel.nothing_held(len(run.scenario.nations), cycles)
    kernel.hold(
        candidates, launch, np.ascontiguousarray(run.prepared.truth[launch]), run.prepared.cycle_s - FRESH_S, found
    )
    with np.errstate(invalid="ignore"):
        radius = np.where(found.row >= 0, containment_radius_m(found.variance, found.square), np.inf)
    return HeldEstimates(
        own=found.is_own, row=found.row, sigma_m=np.sqrt(found.variance), radius_90_m=radius,
        position_m=found.position, velocity_mps=found.velocity, height_m=found.height,
        fresh_sigma_m=np.sqrt(found.fresh),
    )  # fmt: skip


def nation_of_nodes(run: Outcome) -> np.ndarray:
    """Number of the nation of every centre in the scenario's order, ndarray of int of shape (N,)."""
    nations = run.scenario.nations
    return np.array([nations.index(node.nation) for node in run.scenario.nodes], dtype=np.int64)


def arrivals_of_tracks(run: Outcome) -> np.ndarray:
    """When every centre has what every own track of another reports at each cycle.

    Parameters
    ----------
    run : Outcome

    Returns
    -------
    ndarray, shape (K, N, J)
        Of K own tracks at N centres, s, with its state or as the published items; inf is never.
    """
    row = np.broadcast_to(np.arange(len(run.local.node))[:, None], run.local.status.shape)
    return np.minimum(*run.deliveries.reports_of(run.local.node, row))


def by_nation(run: Outcome, times: np.ndarray) -> np.ndarray:
    """The earliest of every nation's centres.

    Parameters
    ----------
    run : Outcome
    times : ndarray, shape (N,)
        Of the centres, s; inf is never.

    Returns
    -------
    ndarray, shape (C,)
        s; inf is never.
    """
    out = np.full(len(run.scenario.nations), np.inf)
    np.minimum.at(out, nation_of_nodes(run), times)
    return out


def follows_own(run: Outcome) -> np.ndarray:
    """The true object that every own track follows, ndarray of int of shape (K, J); -1 of none, -2 without a track."""
    local: Tracks = run.local
    if run.prepared.known:
        objects = np.arange(len(local.node)) % len(run.prepared.targets)
        return np.where(local.status == 1, objects[:, None], -2)
    return followed_by(run.measurements, run.local_tracks, len(run.prepared.targets))
