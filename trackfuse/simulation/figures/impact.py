"""What a nation knows of where and when a missile comes down, its own predictions and those that it received."""

from dataclasses import dataclass

import numpy as np

from trackfuse.kernels.held import hold_predictions
from trackfuse.scoring.accuracy import ground_distance_km, radius_90_m
from trackfuse.simulation.figures.declared import INSTANTS
from trackfuse.simulation.figures.held import HeldEstimates, follows_own, nation_of_nodes
from trackfuse.simulation.figures.position import cycle_at
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.predicted import OwnPredictions
from trackfuse.warning import HIT, Predictions, predict
from trackfuse.warning.prediction_set import soonest

KNOWN_KM = 20.0
"""An impact is known once true error and claimed 90 % radius stay below this."""
AFTER_BURNOUT_S = 30.0
BEFORE_IMPACT_S = {"120s": 120.0, "60s": 60.0, "10s": 10.0}


@dataclass(frozen=True, slots=True)
class _Points:
    """M impact points: claimed sigma (m; inf where none is predicted), true error (km) and 90 % radius (km) of the
    point, true error of the instant (s)."""

    sigma_m: np.ndarray
    error_km: np.ndarray
    radius_km: np.ndarray
    time_error_s: np.ndarray

    def at(self, rows: np.ndarray) -> "_Points":
        """Those of some rows; of -1 none."""
        given = (np.append(values, np.inf) for values in self.values)  # -1 is the last
        return _Points(*(values[rows] for values in given))

    @property
    def values(self) -> tuple[np.ndarray, ...]:
        """The four arrays."""
        return self.sigma_m, self.error_km, self.radius_km, self.time_error_s


@dataclass(frozen=True, slots=True)
class ImpactHeld:
    """What a nation holds of an impact from instant to instant: `t_s` (M,) when it changes, s, and what it is then."""

    t_s: np.ndarray
    points: _Points


def impacts_of(run: Outcome, launch: int, own: OwnPredictions, held: HeldEstimates) -> dict[str, np.ndarray]:
    """Figures of the held impact point and instant of every nation.

    Parameters
    ----------
    run : Outcome
    launch : int
        Its number.
    own : OwnPredictions
        Of the own tracks of the run's centres.
    held : HeldEstimates
        Of that launch's missile.

    Returns
    -------
    dict of str to ndarray of shape (C,)
        Figure -> value; inf where it never occurs, nan where it does not apply: a satellite comes down nowhere.

    Notes
    -----
    At every instant a nation's centres have their own newest predictions, the newest of each track received, and the
    newest impact point of each message received, from its reception on. At the stated instants they have, besides,
    what the estimate leads to that is held then. Held is what claims the smallest sigma.
    """
    names = [f"{stem}_{name}_{unit}" for name in INSTANTS
             for stem, unit in (("impact_error", "km"), ("impact_time_error", "s"))]  # fmt: skip
    target, nations = run.prepared.targets[launch], len(run.scenario.nations)
    if not target.flight.lands:
        return {name: np.full(nations, np.nan) for name in [*names, "impact_known_s"]}
    told = impacts_held(run, launch, own)
    impact_s = target.lift_off_s + target.flight.impact_s
    found = {"impact_known_s": np.array([_known_s(each, impact_s) for each in told]) - target.lift_off_s}
    instants = _instants(run, launch)
    cycles = np.tile([cycle_at(run, t_s) for t_s in instants.values()], (nations, 1))
    then = _points(run, launch, predict_held(run, held, cycles))
    for k, (name, t_s) in enumerate(instants.items()):
        rows = k + len(instants) * np.arange(nations)
        best = [_surest(each, t_s, then.at(rows[[c]])) for c, each in enumerate(told)]
        found[f"impact_error_{name}_km"] = np.array([each.error_km[0] for each in best])
        found[f"impact_time_error_{name}_s"] = np.array([each.time_error_s[0] for each in best])
    return found


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
    nation = np.repeat(np.arange(len(cycles)), cycles.shape[1])
    cycle = cycles.ravel()
    row, own = held.row[nation, cycle], held.own[nation, cycle]
    states = []
    for name in ("mean", "covariance", "boosting"):
        mine, fused = (getattr(tracks, name)[np.where(here, row, 0), cycle] if len(tracks.node) else None
                       for tracks, here in ((run.local, own), (run.fused, ~own)))  # fmt: skip
        there = (row >= 0).reshape(-1, *(1,) * (fused.ndim - 1))
        states.append(np.where(there, np.where(own.reshape(there.shape), mine, fused), np.nan))
    mean, covariance, boosting = states
    return predict(mean, covariance, run.prepared.cycle_s[cycle], boosting, run.scenario.tracker)


def impacts_held(run: Outcome, launch: int, own: OwnPredictions) -> list[ImpactHeld]:
    """What every nation holds of a missile's impact, from its centres' own predictions and from those received.

    Parameters
    ----------
    run : Outcome
    launch : int
        Its number.
    own : OwnPredictions

    Returns
    -------
    list of ImpactHeld
        One a nation. An instant at which several predictions come counts once, with all of them.
    """
    mine = np.flatnonzero(follows_own(run)[own.row, own.cycle] == launch)
    node, cycle, nodes = own.node[mine], own.cycle[mine], len(run.scenario.nodes)
    exact = soonest(node, cycle, run.deliveries.track_received_s)
    exact[np.arange(len(node)), node] = run.prepared.cycle_s[cycle]
    items = soonest(node, cycle, run.deliveries.warning_received_s)
    items[np.arange(len(node)), node] = np.inf
    parts = [_points(run, launch, each) for each in (own.predictions, own.reported)]
    whole = _Points(*(np.concatenate([a[mine], b[mine]]) for a, b in zip(*(p.values for p in parts), strict=True)))
    origin = np.concatenate([node, nodes + node])
    available_s, nation = np.concatenate([exact, items]), nation_of_nodes(run)
    out = []
    for c in range(len(run.scenario.nations)):
        when = available_s[:, nation == c].min(axis=1)
        rows = np.flatnonzero(np.isfinite(when))
        rows = rows[np.argsort(when[rows], kind="stable")]
        chosen = np.empty(len(rows), dtype=np.int64)
        hold_predictions(origin[rows], whole.sigma_m[rows], 2 * nodes, chosen)
        final = np.append(np.diff(when[rows]) > 0.0, True)[: len(rows)]
        kept = np.where(chosen < 0, -1, rows[chosen])[final]
        out.append(ImpactHeld(when[rows][final], whole.at(kept)))
    return out


def _points(run: Outcome, launch: int, made: Predictions) -> _Points:
    """What predictions claim, and how far they are from the truth."""
    target, hit = run.prepared.targets[launch], made.status == HIT
    flight, east, north = target.flight, made.covariance[:, 0, 0], made.covariance[:, 1, 1]
    square = east**2 + north**2 + 2.0 * made.covariance[:, 0, 1] ** 2
    off_km = ground_distance_km(
        np.degrees(made.lat_rad), np.degrees(made.lon_rad), flight.impact_lat_deg, flight.impact_lon_deg
    )
    late_s = np.abs(made.time_s - target.lift_off_s - flight.impact_s)
    with np.errstate(invalid="ignore"):
        claimed = np.sqrt(east + north), off_km, radius_90_m(east + north, square) / 1e3, late_s
    return _Points(*(np.where(hit, values, np.inf) for values in claimed))


def _known_s(held: ImpactHeld, impact_s: float) -> float:
    """From when on error and claim stay below `KNOWN_KM` until the impact, s; inf if never."""
    before = held.t_s <= impact_s
    t_s, points = held.t_s[before], held.points
    good = ((points.error_km < KNOWN_KM) & (points.radius_km < KNOWN_KM))[before]
    first = len(good) - int(np.append(~good[::-1], True).argmax())
    return float(t_s[first]) if first < len(good) else np.inf


def _instants(run: Outcome, launch: int) -> dict[str, float]:
    """The stated instants, s after the first lift-off."""
    target = run.prepared.targets[launch]
    flight, lift_off_s = target.flight, target.lift_off_s
    found = {"burnout": flight.burnout_s + AFTER_BURNOUT_S, "apogee": flight.apogee_s}
    found |= {name: flight.impact_s - before for name, before in BEFORE_IMPACT_S.items()}
    return {name: lift_off_s + t_s for name, t_s in found.items()}


def _surest(told: ImpactHeld, t_s: float, then: _Points) -> _Points:
    """The surer of what is held by an instant (s after the first lift-off) and one further point; each of length 1."""
    newest = np.array([np.searchsorted(told.t_s, t_s, side="right") - 1])
    before = told.points.at(newest) if len(told.t_s) else told.points.at(np.array([-1]))
    return then if then.sigma_m[0] < before.sigma_m[0] else before
