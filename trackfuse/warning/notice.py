"""The warning rule applied: which centre tells whom, when, what it takes back, and what it tells again."""

from dataclasses import dataclass

import numpy as np
import pymap3d

from trackfuse.kernels import notice as kernel
from trackfuse.kernels import notice_updates as following
from trackfuse.sharing import Node
from trackfuse.warning.predict import HIT, Predictions
from trackfuse.warning.prediction_set import PredictionSet
from trackfuse.warning.rule import Place, WarningRule

CANCEL, AGAIN = following.CANCEL, following.AGAIN
ROOM_A_PLACE, ROOM_A_CENTRE = 8, 256
"""Changes kept a place, and regions kept a centre: more than any flight brings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Notices to places taken back (1) or given again (2), C of them in order of time for each centre.

    Parameters
    ----------
    node, place, kind : ndarray of int, shape (C,)
    met_s, notice_s : ndarray, shape (C,)
        When the centre decides on it, and when it is with those concerned, seconds after lift-off.
    """

    node: np.ndarray
    place: np.ndarray
    kind: np.ndarray
    met_s: np.ndarray
    notice_s: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """Impact regions told to ships and aircraft, R of them in order of time for each centre.

    Parameters
    ----------
    node : ndarray of int, shape (R,)
    update : ndarray of bool, shape (R,)
        False for a centre's first.
    met_s, notice_s : ndarray, shape (R,)
        When the centre has it and when it is with those it warns, seconds after lift-off.
    lat_rad, lon_rad, time_s : ndarray, shape (R,)
        Predicted impact.
    covariance : ndarray, shape (R, 2, 2)
        Of (east m, north m).
    holds : ndarray of bool, shape (R,)
        Whether the true impact is within the impact distance of the 95 % region, its axes grown by that.
    """

    node: np.ndarray
    update: np.ndarray
    met_s: np.ndarray
    notice_s: np.ndarray
    lat_rad: np.ndarray
    lon_rad: np.ndarray
    time_s: np.ndarray
    covariance: np.ndarray
    holds: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What N centres told P places; seconds after lift-off, inf for what never happened.

    Parameters
    ----------
    launch_met_s, launch_notice_s : ndarray, shape (N,)
        When each centre knew enough for a launch notice, and when the notice was with those it warns.
    place_met_s, place_notice_s : ndarray, shape (N, P)
        The same for the first notice to a place; a centre warns only places of its own nation.
    changes : Changes
        Of these, those taken back and given again.
    regions : Regions
        What ships and aircraft were told.
    over_met_s, over_notice_s : ndarray, shape (N, 2)
        When each centre takes it that the missile has passed the last place it warned (has come down, where it warned
        none), and has come down, and when those concerned could be told so; whether it had warned anybody or not.
    arrival_s : ndarray, shape (P,)
        When the flight truly passed over the place or came down near it; nan if it did not.
    impact_s : float
        True instant of impact.
    """

    launch_met_s: np.ndarray
    launch_notice_s: np.ndarray
    place_met_s: np.ndarray
    place_notice_s: np.ndarray
    changes: Changes
    regions: Regions
    over_met_s: np.ndarray
    over_notice_s: np.ndarray
    arrival_s: np.ndarray
    impact_s: float

    @property
    def first_notice_s(self) -> np.ndarray:
        """Each centre's first notice of any kind, ndarray of shape (N,); on a lofted flight that is of the launch."""
        return np.minimum(self.launch_notice_s, self.place_notice_s.min(axis=1, initial=np.inf))

    @property
    def clear_s(self) -> np.ndarray:
        """Each centre's all-clear to the public, and to ships and aircraft, ndarray of shape (N, 2).

        Inf from who gave no notice. Never before that notice, for it follows the same way.
        """
        ships = np.full(len(self.launch_notice_s), np.inf)
        np.minimum.at(ships, self.regions.node, self.regions.notice_s)
        first = np.stack([self.first_notice_s, ships], axis=1)
        return np.where(np.isfinite(first), np.maximum(self.over_notice_s, first), np.inf)

    @property
    def warning_time_s(self) -> np.ndarray:
        """True arrival minus the first notice to the place, ndarray of shape (P,).

        Negative if the notice was late; nan where nothing arrived or nobody gave notice.
        """
        gained = self.arrival_s - self.place_notice_s.min(axis=0, initial=np.inf)
        return np.where(np.isfinite(gained), gained, np.nan)


def arrivals(
    t_s: np.ndarray, position_m: np.ndarray, places: tuple[Place, ...], rule: WarningRule, *, lands: bool = True
) -> np.ndarray:
    """When a flight passes over places, or comes down near them.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Seconds after lift-off; the last is the impact.
    position_m : ndarray, shape (n, 3)
        ECEF position, m.
    places : tuple of Place
        P places.
    rule : WarningRule
        `corridor_km` and `impact_km` say what counts.
    lands : bool
        False for a satellite, which passes over places and comes down nowhere.

    Returns
    -------
    ndarray, shape (P,)
        Instant at which the ground track is closest if it comes within the corridor, else the instant of impact if that
        is within the impact distance, else nan. Distances are chords between points on the ellipsoid.
    """
    lat, lon, _ = pymap3d.ecef2geodetic(*position_m.T, deg=False)
    under = np.stack(pymap3d.geodetic2ecef(lat, lon, 0.0, deg=False), axis=1)
    beyond_km = np.linalg.norm(under[None] - _surface(places)[:, None], axis=2) / 1e3 - _radius_km(places)[:, None]
    closest = beyond_km.argmin(axis=1)
    rows = np.arange(len(places))
    near = np.where(lands & (beyond_km[:, -1] <= rule.impact_km), t_s[-1], np.nan)
    return np.where(beyond_km[rows, closest] <= rule.corridor_km, t_s[closest], near)


def concern(
    predictions: Predictions, boosting: np.ndarray, places: tuple[Place, ...], rule: WarningRule
) -> tuple[np.ndarray, np.ndarray]:
    """Probability that predicted flights concern places: pass over within the corridor or come down near.

    Parameters
    ----------
    predictions : Predictions
        K predictions.
    boosting : ndarray, shape (K,)
        Probability that the engine still burns.
    places : tuple of Place
        P places.
    rule : WarningRule

    Returns
    -------
    chance : ndarray, shape (K, P)
        While the engine may still burn (`rule.burning`) nothing is said about where the flight leads and the
        probability is 0; after that it is the part in which the engine has stopped, a lower bound.
    flown : ndarray, shape (K, P)
        Share of the time left to the impact until the missile is nearest to the place.
    """
    stopped = 1.0 - np.asarray(boosting, dtype=float)
    chance, flown = np.zeros((len(stopped), len(places))), np.ones((len(stopped), len(places)))
    kernel.probabilities(
        predictions.ground_m,
        predictions.ground_sigma_m,
        predictions.lat_rad,
        predictions.lon_rad,
        predictions.covariance,
        _usable(predictions, boosting, rule),
        _surface(places),
        1e3 * _radius_km(places),
        1e3 * rule.corridor_km,
        1e3 * rule.impact_km,
        chance,
        flown,
    )
    return chance * stopped[:, None], flown


def notices(
    *,
    known: PredictionSet,
    nodes: tuple[Node, ...],
    places: tuple[Place, ...],
    rule: WarningRule,
    cycle_s: np.ndarray,
    confirmed_s: np.ndarray,
    message_s: np.ndarray,
    delay_s: np.ndarray,
    arrival_s: np.ndarray,
    impact: tuple[float, float, float],
) -> Notices:
    """Apply the warning rule to what every centre knew.

    A launch notice follows a confirmed track of the centre's own or a message from another (an infrared launch report,
    a track, a warning). A place notice follows the first prediction that the centre has by which the probability of
    concerning the place reaches the rule's: its own, that of a track received, or one told in a message, as coarse as
    it is told, unless a track tells the centre better. So a track or message that comes sooner, or at all, can only
    make a notice earlier; a track in place of a message may make it later, for it may tell that nothing is concerned.
    A notice on its way is not recalled: its cancellation follows it.

    Parameters
    ----------
    known : PredictionSet
        What the centres have to decide on, and when (see `prediction_set_of`).
    nodes : tuple of Node
        N centres.
    places : tuple of Place
        P places.
    rule : WarningRule
    cycle_s : ndarray, shape (J,)
        Instants of the cycles, seconds after lift-off.
    confirmed_s, message_s : ndarray, shape (N,)
        When each centre had its own confirmed track, and the first message; inf if never.
    delay_s : ndarray, shape (N, 3)
        From the rule being met to the public, to ships and aircraft, and to the all-clear: as `chain_delays` gives it.
    arrival_s : ndarray, shape (P,)
        True arrival (see `arrivals`), for the score; the rule does not see it.
    impact : tuple of float
        True latitude (rad), longitude (rad) and instant (s) of impact, for the score.

    Returns
    -------
    Notices
    """
    predictions = known.predictions
    rows = (known.origin, known.cycle, _usable(predictions, known.boosting, rule))
    at = known.available_s
    trusted = _trusted(known, rows, len(nodes))
    chance, flown = concern(predictions, known.boosting, places, rule)
    made_s = np.asarray(cycle_s, dtype=float)[known.cycle]
    when = made_s[:, None] + flown * (predictions.time_s - made_s)[:, None]
    met = _met(chance, when, at, trusted, delay_s[:, 0], nodes, places, rule)
    launch = confirmed_s if rule.launch_needs == "track" else np.minimum(confirmed_s, message_s)
    evidence = following.Evidence(
        *rows, len(nodes), chance, when, predictions.lat_rad, predictions.lon_rad, predictions.time_s,
        predictions.covariance,
    )  # fmt: skip
    changes, told, over = _followed(evidence, at, trusted, met, rule, delay_s)
    regions = _regions(predictions, told, delay_s[:, 1], rule, impact)
    last = np.maximum(np.where(np.isfinite(at), at, -np.inf).max(axis=0, initial=-np.inf), launch)
    over = np.where(np.isfinite(over), over, (last + rule.lost_s)[:, None])
    return Notices(
        launch_met_s=launch,
        launch_notice_s=launch + delay_s[:, 0],
        place_met_s=met,
        place_notice_s=met + delay_s[:, :1],
        changes=changes,
        regions=regions,
        over_met_s=over,
        over_notice_s=over + delay_s[:, 2:],
        arrival_s=np.asarray(arrival_s, dtype=float),
        impact_s=float(impact[2]),
    )


def _trusted(known: PredictionSet, rows: tuple[np.ndarray, np.ndarray, np.ndarray], nodes: int) -> np.ndarray:
    """Which predictions each centre decides on, ndarray of bool of shape (N, K)."""
    trusted = np.ones((nodes, len(known.origin)), dtype=bool)
    if (known.origin >= nodes).any():
        for i in range(nodes):
            order = _order(known.available_s[:, i], known.cycle)
            following.trusted(order, *rows, known.predictions.covariance, nodes, trusted[i])
    return trusted


def _order(at: np.ndarray, cycle: np.ndarray) -> np.ndarray:
    """Rows in the order in which a centre has them; without those that it never has."""
    return np.lexsort((cycle, at))[: int(np.isfinite(at).sum())]


def _met(
    chance: np.ndarray,
    when: np.ndarray,
    at: np.ndarray,
    trusted: np.ndarray,
    delay_s: np.ndarray,
    nodes: tuple[Node, ...],
    places: tuple[Place, ...],
    rule: WarningRule,
) -> np.ndarray:
    """When each centre has a prediction that calls for a notice to each place, ndarray of shape (N, P)."""
    met = np.full((len(nodes), len(places)), np.inf)
    reached = chance >= rule.probability
    some = np.flatnonzero(reached.any(axis=0))
    nation = np.array([place.nation for place in places])
    for i, centre in enumerate(nodes):
        own = some[nation[some] == centre.nation]
        out = at[:, i, None]
        with np.errstate(invalid="ignore"):
            in_time = when[:, own] - (out + delay_s[i]) >= rule.least_left_s
        met[i, own] = np.where(reached[:, own] & in_time & trusted[i, :, None], out, np.inf).min(axis=0, initial=np.inf)
    return met


def _followed(
    evidence: following.Evidence, at: np.ndarray, trusted: np.ndarray, met: np.ndarray, rule: WarningRule,
    delay_s: np.ndarray,
) -> tuple[Changes, np.ndarray, np.ndarray]:  # fmt: skip
    """What every centre takes back and gives again; rows (centre, time, prediction, kind) of what it tells ships and
    aircraft; and when it takes it as over, (N, 2).
    """
    limits = following.Limits(rule.probability, rule.cancel_share * rule.probability, rule.lost_s,
                              1e3 * rule.region_km, 1e3 * rule.update_km, rule.update_s)  # fmt: skip
    some = np.flatnonzero(np.isfinite(met).any(axis=0))
    near = evidence._replace(chance=np.ascontiguousarray(evidence.chance[:, some]),
                             when=np.ascontiguousarray(evidence.when[:, some]))  # fmt: skip
    room = np.empty((ROOM_A_PLACE * max(len(some), 1), 3)), np.empty((ROOM_A_CENTRE, 3))
    changed, told, over = [np.empty((0, 4))], [np.empty((0, 4))], np.full((met.shape[0], 2), np.inf)
    for i in range(met.shape[0]):
        own = np.ascontiguousarray(at[:, i])
        then = np.ascontiguousarray(met[i, some])
        counts = following.follow(_order(own, near.cycle), own, trusted[i], near, then, limits, *room, over[i])
        for kept, filled, count in zip((changed, told), room, counts, strict=True):
            kept.append(np.column_stack([np.full(count, float(i)), filled[:count]]))
    node, met_s, place, kind = np.concatenate(changed).T
    node, place = node.astype(np.int64), some[place.astype(np.int64)] if some.size else place.astype(np.int64)
    # A place hears first that it is concerned, and only then that it is not.
    notice_s = np.maximum(met_s + delay_s[node, 0], (met[node, place] + delay_s[node, 0]))
    changes = Changes(node=node, place=place, kind=kind.astype(np.int64), met_s=met_s, notice_s=notice_s)
    return changes, np.concatenate(told), over


def _regions(
    made: Predictions, told: np.ndarray, delay_s: np.ndarray, rule: WarningRule, impact: tuple[float, float, float]
) -> Regions:
    node, row = told[:, 0].astype(np.int64), told[:, 2].astype(np.int64)
    lat, lon, covariance = made.lat_rad[row], made.lon_rad[row], made.covariance[row, :2, :2]
    miss = np.stack(pymap3d.geodetic2enu(impact[0], impact[1], 0.0, lat, lon, 0.0, deg=False), axis=-1)[:, :2]
    variance, axes = np.linalg.eigh(covariance)
    half = np.sqrt(following.CHI2_95 * np.maximum(variance, 0.0)) + 1e3 * rule.impact_km
    aside = np.einsum("rij,ri->rj", axes, miss)
    return Regions(
        node=node,
        update=told[:, 3] == following.MOVED,
        met_s=told[:, 1],
        notice_s=told[:, 1] + delay_s[node],
        lat_rad=lat,
        lon_rad=lon,
        time_s=made.time_s[row],
        covariance=covariance,
        holds=((aside / half) ** 2).sum(axis=1) <= 1.0,
    )


def _usable(predictions: Predictions, boosting: np.ndarray, rule: WarningRule) -> np.ndarray:
    return (predictions.status == HIT) & (np.asarray(boosting, dtype=float) <= rule.burning)


def _radius_km(places: tuple[Place, ...]) -> np.ndarray:
    return np.array([place.radius_km for place in places], dtype=float)


def _surface(places: tuple[Place, ...]) -> np.ndarray:
    """ECEF points of places on the ellipsoid, ndarray of shape (P, 3), m."""
    lat = np.array([place.lat_deg for place in places], dtype=float)
    lon = np.array([place.lon_deg for place in places], dtype=float)
    return np.ascontiguousarray(np.stack(pymap3d.geodetic2ecef(lat, lon, np.zeros_like(lat)), axis=1))
