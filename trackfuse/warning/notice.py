"""The warning rule applied: whom each centre warns and when, what it cancels, and what it reports again."""

from dataclasses import dataclass

import numpy as np
import pymap3d

from trackfuse.earth import Place
from trackfuse.kernels import notice as kernel
from trackfuse.kernels import notice_updates as updates
from trackfuse.sharing import Node
from trackfuse.warning.arrival import Arrival, discs
from trackfuse.warning.decision_rule import Concern, decide_by_own_rule
from trackfuse.warning.predict import HIT, Predictions
from trackfuse.warning.prediction_set import PredictionSet
from trackfuse.warning.rule import WarningRule

Decided = tuple[slice, updates.Evidence]
"""Centres that decide alike, and the evidence with what they decide."""
CANCEL, AGAIN = updates.CANCEL, updates.AGAIN
CHANGES_A_PLACE, REGIONS_A_CENTRE = 8, 256
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
    """Impact regions reported to ships and aircraft, R of them in order of time for each centre.

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
    """The notices of N centres to P places; seconds after lift-off, inf for what never happened.

    Parameters
    ----------
    launch_met_s, launch_notice_s : ndarray, shape (N,)
        When each centre knew enough for a launch notice, and when the notice was with those it warns.
    place_met_s, place_notice_s : ndarray, shape (N, P)
        The same for the first notice to a place; a centre warns only places of its own nation.
    changes : Changes
        Of these, those taken back and given again.
    regions : Regions
        Regions reported to ships and aircraft.
    over_met_s, over_notice_s : ndarray, shape (N, 2)
        When each centre takes it that the missile has passed the last place it warned (has come down, where it warned
        none), and has come down, and when those concerned could be given the all-clear; whether it had warned anybody
        or not.
    arrival_s : ndarray, shape (P,)
        When the flight truly passed over the place or came down near it; nan if it did not.
    impact_s : float
        True instant of impact; infinite of what does not come down.
    over_s : float
        When it is truly over: the impact, or the break-up; infinite of a satellite.
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
    over_s: float

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
    surface, radius_km = discs(places)
    near, distances = kernel.Places(surface, 1e3 * radius_km), (1e3 * rule.corridor_km, 1e3 * rule.impact_km)
    kernel.probabilities(predictions.arrays, _usable(predictions, boosting, rule), near, distances, chance, flown)
    return chance * stopped[:, None], flown


def notices(
    *,
    known: PredictionSet,
    nodes: tuple[Node, ...],
    places: tuple[Place, ...],
    rule: WarningRule,
    confirmed_s: np.ndarray,
    message_s: np.ndarray,
    delay_s: np.ndarray,
    truth: Arrival,
) -> Notices:
    """Apply the warning rule to what every centre knew.

    A launch notice follows a confirmed track of the centre's own or a message from another (an infrared launch report,
    a track, a warning). A place notice follows the first prediction that the centre has by which the probability of
    concerning the place reaches the rule's: its own, that of a track received, or one stated in a message, as coarse as
    it is stated, unless a track gives the centre a better one. So a track or message that comes sooner, or at all, can
    only make a notice earlier; a track in place of a message may make it later, for it may show that nothing is
    concerned. A notice on its way is not recalled: its cancellation follows it.

    Parameters
    ----------
    known : PredictionSet
        What the centres have to decide on, and when (see `prediction_set_of`).
    nodes : tuple of Node
        N centres.
    places : tuple of Place
        P places.
    rule : WarningRule
    confirmed_s, message_s : ndarray, shape (N,)
        When each centre had its own confirmed track, and the first message; inf if never.
    delay_s : ndarray, shape (N, 3)
        From the rule being met to the public, to ships and aircraft, and to the all-clear: as `chain_delays` gives it.
    truth : Arrival
        For the score; the rule does not see it.

    Returns
    -------
    Notices

    Raises
    ------
    PluginError
        If a decision rule of the user's own fails: which rule, at which centre and when.
    """
    concerned = concern(known.predictions, known.boosting, places, rule)
    return notices_by(concerned, known, (nodes, places), rule, (confirmed_s, message_s), delay_s, truth)


def notices_by(
    concerned: tuple[np.ndarray, np.ndarray],
    known: PredictionSet,
    among: tuple[tuple[Node, ...], tuple[Place, ...]],
    rule: WarningRule,
    heard_s: tuple[np.ndarray, np.ndarray],
    delay_s: np.ndarray,
    truth: Arrival,
) -> Notices:
    """The same where it is known already how likely each prediction concerns each place: `notices` without `concern`.

    Parameters
    ----------
    concerned : (ndarray, ndarray), each of shape (K, P)
        As `concern` gives it of the predictions. A probability and a share.
    known : PredictionSet
    among : (tuple of Node, tuple of Place)
        N centres and P places.
    rule : WarningRule
    heard_s : (ndarray, ndarray), each of shape (N,)
        When each centre had its own confirmed track, and the first message; inf if never.
    delay_s : ndarray, shape (N, 3)
    truth : Arrival

    Returns
    -------
    Notices
    """
    (nodes, places), (confirmed_s, message_s), (chance, flown) = among, heard_s, concerned
    predictions, at = known.predictions, known.available_s
    when = known.made_s[:, None] + flown * (predictions.time_s - known.made_s)[:, None]
    usable, calls = _usable(predictions, known.boosting, rule), chance >= rule.probability
    evidence = updates.Evidence(known.origin, known.made_s, usable, len(nodes), chance, calls, when, predictions.arrays)
    received = _received(evidence, at)
    decided = _decided(evidence, received, known, nodes, places, rule)
    met = np.full((len(nodes), len(places)), np.inf)
    for centres, by in decided:
        met[centres] = _met(by, _some(received, centres), delay_s[centres, 0], nodes[centres], places, rule)
    launch = confirmed_s if rule.launch_needs == "track" else np.minimum(confirmed_s, message_s)
    changes, reported, over = _followed(decided, received, met, rule, delay_s)
    regions = _regions(predictions, reported, delay_s[:, 1], rule, truth)
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
        arrival_s=np.asarray(truth.arrival_s, dtype=float),
        impact_s=float(truth.impact_s),
        over_s=float(truth.over_s),
    )


def _received(evidence: updates.Evidence, at: np.ndarray) -> updates.Centres:
    """What every centre has by the instants at which it has it, (K, N)."""
    order = np.array([np.lexsort((evidence.made_s, own)) for own in at.T])
    centres = updates.Centres(
        order, np.isfinite(at).sum(axis=0), np.ascontiguousarray(at.T), np.ones(order.shape, dtype=bool)
    )
    if (evidence.origin >= evidence.exact).any():
        updates.trust_all(centres, evidence)
    return centres


def _decided(
    evidence: updates.Evidence,
    received: updates.Centres,
    known: PredictionSet,
    nodes: tuple[Node, ...],
    places: tuple[Place, ...],
    rule: WarningRule,
) -> list[Decided]:
    """What the rule makes of the evidence: for all centres alike, or for each if a user's own rule decides."""
    if isinstance(rule.decision_rule, str):
        return [(slice(None), evidence)]
    probability, warn = decide_by_own_rule(
        rule.decision_rule, known, Concern(probability=evidence.chance, nearest_s=evidence.when),
        received.trust & evidence.usable & np.isfinite(received.at), nodes, places,
    )  # fmt: skip
    return [(slice(i, i + 1), evidence._replace(chance=probability[i], calls=warn[i])) for i in range(len(nodes))]


def _some(received: updates.Centres, centres: slice) -> updates.Centres:
    """What some of the centres have."""
    return updates.Centres(*(each[centres] for each in received))


def _met(
    evidence: updates.Evidence,
    received: updates.Centres,
    delay_s: np.ndarray,
    nodes: tuple[Node, ...],
    places: tuple[Place, ...],
    rule: WarningRule,
) -> np.ndarray:
    """When each centre has a prediction that calls for a notice to each place, ndarray of shape (N, P)."""
    met = np.full((len(nodes), len(places)), np.inf)
    some = np.flatnonzero(evidence.calls.any(axis=0))
    nation = np.array([place.nation for place in places])
    for i, centre in enumerate(nodes):
        own = some[nation[some] == centre.nation]
        if received.count[i] == 0 or own.size == 0:  # it has nothing, or nothing that calls
            continue
        out = received.at[i][:, None]
        with np.errstate(invalid="ignore"):
            in_time = evidence.when[:, own] - (out + delay_s[i]) >= rule.least_left_s
        calls = evidence.calls[:, own] & in_time & received.trust[i][:, None]
        met[i, own] = np.where(calls, out, np.inf).min(axis=0, initial=np.inf)
    return met


def _followed(
    decided: list[Decided],
    received: updates.Centres,
    met: np.ndarray,
    rule: WarningRule,
    delay_s: np.ndarray,
) -> tuple[Changes, np.ndarray, np.ndarray]:
    """What every centre takes back and gives again; rows (centre, time, prediction, kind) of what it reports to ships
    and aircraft; and when it takes it as over, (N, 2)."""
    limits = updates.Limits(rule.cancel_share * rule.probability, rule.lost_s,
                            1e3 * rule.region_km, 1e3 * rule.update_km, rule.update_s)  # fmt: skip
    some, n = np.flatnonzero(np.isfinite(met).any(axis=0)), met.shape[0]
    changed = np.empty((n, CHANGES_A_PLACE * max(len(some), 1), 3))
    regions, over = np.empty((n, REGIONS_A_CENTRE, 3)), np.full((n, 2), np.inf)
    counts = np.empty((n, 2), dtype=np.int64)
    for centres, evidence in decided:
        near = {name: np.ascontiguousarray(getattr(evidence, name)[:, some]) for name in ("chance", "calls", "when")}
        counts[centres] = updates.update_all(
            _some(received, centres), evidence._replace(**near), np.ascontiguousarray(met[centres][:, some]), limits,
            changed[centres], regions[centres], over[centres],
        )  # fmt: skip
    node, met_s, place, kind = _rows(changed, counts[:, 0]).T
    node, place = node.astype(np.int64), some[place.astype(np.int64)] if some.size else place.astype(np.int64)
    # A place is informed first that it is concerned, and only then that it is not.
    notice_s = np.maximum(met_s + delay_s[node, 0], (met[node, place] + delay_s[node, 0]))
    changes = Changes(node=node, place=place, kind=kind.astype(np.int64), met_s=met_s, notice_s=notice_s)
    return changes, _rows(regions, counts[:, 1]), over


def _rows(filled: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The first `count` (N,) rows of each centre's (N, R, 3), one after the other with the centre in front."""
    centre, row = np.nonzero(np.arange(filled.shape[1]) < count[:, None])
    return np.column_stack([centre, filled[centre, row]])


def _regions(
    made: Predictions, reported: np.ndarray, delay_s: np.ndarray, rule: WarningRule, truth: Arrival
) -> Regions:
    """Definition: the region of 95 % of a normal distribution with that covariance, grown by the rule's impact
    distance."""
    node, row = reported[:, 0].astype(np.int64), reported[:, 2].astype(np.int64)
    lat, lon, covariance = made.lat_rad[row], made.lon_rad[row], made.covariance[row, :2, :2]
    miss = pymap3d.geodetic2enu(truth.lat_rad, truth.lon_rad, 0.0, lat, lon, 0.0, deg=False)
    miss = np.stack(miss, axis=-1)[:, :2]
    variance, axes = np.linalg.eigh(covariance)
    half = np.sqrt(updates.CHI2_95 * np.maximum(variance, 0.0)) + 1e3 * rule.impact_km
    aside = np.einsum("rij,ri->rj", axes, miss)
    return Regions(
        node=node,
        update=reported[:, 3] == updates.MOVED,
        met_s=reported[:, 1],
        notice_s=reported[:, 1] + delay_s[node],
        lat_rad=lat,
        lon_rad=lon,
        time_s=made.time_s[row],
        covariance=covariance,
        holds=((aside / half) ** 2).sum(axis=1) <= 1.0,
    )


def _usable(predictions: Predictions, boosting: np.ndarray, rule: WarningRule) -> np.ndarray:
    return (predictions.status == HIT) & (np.asarray(boosting, dtype=float) <= rule.burning)
