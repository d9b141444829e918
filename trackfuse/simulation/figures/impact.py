"""What a nation knows of where and when a missile comes down, its own predictions and those that it received."""

from dataclasses import dataclass

import numpy as np

from trackfuse.kernels.held import hold_predictions
from trackfuse.scoring.accuracy import containment_radius_m, ground_distance_km
from trackfuse.simulation.figures.declared import INSTANTS
from trackfuse.simulation.figures.held import HeldEstimates, nation_of_nodes
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.predicted import OwnPredictions, available
from trackfuse.warning import HIT, Predictions, predict

KNOWN_KM = 20.0
"""An impact is known once true error and claimed 90 % radius stay below this."""
AFTER_BURNOUT_S = 30.0
BEFORE_IMPACT_S = {"120s": 120.0, "60s": 60.0, "10s": 10.0}
SIGMA, ERROR_KM, RADIUS_KM, TIME_ERROR_S = range(4)
"""Rows of what is kept of an impact point: its claimed sigma (m; inf where none is predicted), its true error (km), its
claimed 90 % radius (km), the true error of its instant (s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactHeld:
    """What a nation holds of an impact, from instant to instant.

    Parameters
    ----------
    t_s : ndarray, shape (M,)
        When it may change, rising, s after the first lift-off.
    points : ndarray, shape (4, M)
        What is held from then on: claimed sigma (m), true error (km), claimed 90 % radius (km), true error of the
        instant (s); inf where there is none.
    """

    t_s: np.ndarray
    points: np.ndarray

    def at(self, t_s: np.ndarray) -> np.ndarray:
        """What is held at some instants `t_s`, shape (n,): ndarray of shape (4, n), in m, km, km and s, as `points`."""
        newest = np.searchsorted(self.t_s, t_s, side="right") - 1
        return np.concatenate([self.points, np.full((4, 1), np.inf)], axis=1)[:, newest]


def impacts_of(run: Outcome, launch: int, impacts: list[ImpactHeld], then: np.ndarray) -> dict[str, np.ndarray]:
    """Figures of the held impact point and instant of every nation.

    Parameters
    ----------
    run : Outcome
    launch : int
        Number of a launch whose missile comes down.
    impacts : list of ImpactHeld
        One a nation, as `impacts_held` gives them.
    then : ndarray, shape (4, C, I)
        What the estimates that the nations hold at the instants of `instants_s` lead to, in m, km, km and s as
        `ImpactHeld` has it.

    Returns
    -------
    dict of str to ndarray of shape (C,)
        Figure -> value in its own unit; inf where it never occurs.

    Notes
    -----
    At every instant a nation's centres have their own newest predictions, the newest of each track received, and the
    newest impact point of each message received, from its reception on. At the stated instants they have, besides,
    what the estimate leads to that is held then. Held is what claims the smallest sigma.
    """
    target = run.prepared.targets[launch]
    before = np.stack([each.at(instants_s(run, launch)) for each in impacts], axis=1)
    best = np.where(then[SIGMA] < before[SIGMA], then, before)
    found = {}
    for k, name in enumerate(INSTANTS):
        found[f"impact_error_{name}_km"] = best[ERROR_KM, :, k]
        found[f"impact_time_error_{name}_s"] = best[TIME_ERROR_S, :, k]
    known_s = np.array([_known_s(each, target.lift_off_s + target.flight.impact_s) for each in impacts])
    return found | {"impact_known_s": known_s - target.lift_off_s}


def instants_s(run: Outcome, launch: int) -> np.ndarray:
    """The instants of `INSTANTS` of a launch whose missile comes down, s after the first lift-off, shape (I,)."""
    target = run.prepared.targets[launch]
    flight = target.flight
    before = [flight.impact_s - lead_s for lead_s in BEFORE_IMPACT_S.values()]
    return target.lift_off_s + np.array([flight.burnout_s + AFTER_BURNOUT_S, flight.apogee_s, *before])


def predict_held(run: Outcome, held: HeldEstimates, cycles: np.ndarray) -> Predictions:
    """Where the held estimates of some cycles lead.

    Parameters
    ----------
    run : Outcome
    held : HeldEstimates
    cycles : ndarray of int, shape (C, n)
        Which ones of every nation.

    Returns
    -------
    Predictions
        C n of them, those of the first nation first; without an impact where nothing is held.
    """
    nation, cycle = np.repeat(np.arange(len(cycles)), cycles.shape[1]), cycles.ravel()
    row, own = held.row[nation, cycle], held.own[nation, cycle]
    mean, covariance = np.full((len(row), 6), np.nan), np.full((len(row), 6, 6), np.nan)
    boosting = np.full(len(row), np.nan)
    for tracks, mine in ((run.local, own), (run.fused, (row >= 0) & ~own)):
        at = row[mine], cycle[mine]
        mean[mine], covariance[mine], boosting[mine] = tracks.mean[at], tracks.covariance[at], tracks.boosting[at]
    return predict(mean, covariance, run.prepared.cycle_s[cycle], boosting, run.scenario.tracker)


def impacts_held(run: Outcome, launch: int, own: OwnPredictions, follows: np.ndarray) -> list[ImpactHeld]:
    """What every nation holds of a missile's impact, from its centres' own predictions and from those received.

    Parameters
    ----------
    run : Outcome
    launch : int
        Number of a launch whose missile comes down.
    own : OwnPredictions
    follows : ndarray of int, shape (K, J)
        As `follows_own` gives it.

    Returns
    -------
    list of ImpactHeld
        One a nation. An instant at which several predictions come counts once, with all of them.
    """
    mine = np.flatnonzero(follows[own.row, own.cycle] == launch)
    node, cycle, nodes = own.node[mine], own.cycle[mine], len(run.scenario.nodes)
    exact, items = available(own, mine, run.deliveries)
    exact[np.arange(len(node)), node] = run.prepared.cycle_s[cycle]
    items[np.arange(len(node)), node] = np.inf
    points = np.concatenate([points_of(run, launch, each)[:, mine] for each in (own.predictions, own.reported)], axis=1)
    points = np.concatenate([points, np.full((4, 1), np.inf)], axis=1)  # -1: nothing
    origin, available_s = np.concatenate([node, nodes + node]), np.concatenate([exact, items])
    nation, out = nation_of_nodes(run), []
    for c in range(len(run.scenario.nations)):
        when = available_s[:, nation == c].min(axis=1)
        rows = np.flatnonzero(np.isfinite(when))
        rows = rows[np.argsort(when[rows], kind="stable")]  # of one origin and instant the newest comes last
        chosen = np.empty(len(rows), dtype=np.int64)
        hold_predictions(origin[rows], points[SIGMA, rows], 2 * nodes, chosen)
        t_s = when[rows]
        last = np.append(t_s[1:] > t_s[:-1], True)[: len(rows)]
        out.append(ImpactHeld(t_s=t_s[last], points=points[:, np.where(chosen < 0, -1, rows[chosen])[last]]))
    return out


def points_of(run: Outcome, launch: int, made: Predictions) -> np.ndarray:
    """What predictions of a missile's impact claim, and how far they are from the truth.

    Parameters
    ----------
    run : Outcome
    launch : int
        Number of a launch whose missile comes down.
    made : Predictions
        M of them.

    Returns
    -------
    ndarray, shape (4, M)
        In m, km, km and s, as `ImpactHeld` has them.
    """
    target = run.prepared.targets[launch]
    flight, east, north = target.flight, made.covariance[:, 0, 0], made.covariance[:, 1, 1]
    square = east**2 + north**2 + 2.0 * made.covariance[:, 0, 1] ** 2
    off_km = ground_distance_km(
        np.degrees(made.lat_rad), np.degrees(made.lon_rad), flight.impact_lat_deg, flight.impact_lon_deg
    )
    late_s = np.abs(made.time_s - target.lift_off_s - flight.impact_s)
    with np.errstate(invalid="ignore"):
        claimed = np.stack([np.sqrt(east + north), off_km, containment_radius_m(east + north, square) / 1e3, late_s])
    return np.where(made.status == HIT, claimed, np.inf)


def _known_s(held: ImpactHeld, impact_s: float) -> float:
    """From when on error and claim stay below `KNOWN_KM` until the impact, s; inf if never."""
    t_s = held.t_s[held.t_s <= impact_s]
    good = np.all(held.points[[ERROR_KM, RADIUS_KM], : len(t_s)] < KNOWN_KM, axis=0)
    first = len(good) - int(np.append(~good[::-1], True).argmax())
    return float(t_s[first]) if first < len(good) else np.inf
