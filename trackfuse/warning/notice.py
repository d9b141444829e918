"""The warning rule applied: which centre tells whom, when, and whether that was right."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pymap3d

from trackfuse.kernels import notice as kernel
from trackfuse.sharing import Node
from trackfuse.warning.predict import BOOSTING, HIT, Predictions
from trackfuse.warning.rule import Place, WarningRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What N centres told P places; seconds after lift-off, inf for what never happened.

    Parameters
    ----------
    launch_met_s, launch_notice_s : ndarray, shape (N,)
        When each centre knew enough for a launch notice, and when the notice was with those it warns.
    place_met_s, place_notice_s : ndarray, shape (N, P)
        The same for the notice to a place; a centre warns only places of its own nation.
    arrival_s : ndarray, shape (P,)
        When the flight truly passed over the place or came down near it; nan if it did not.
    impact_s : float
        True instant of impact.
    """

    launch_met_s: np.ndarray
    launch_notice_s: np.ndarray
    place_met_s: np.ndarray
    place_notice_s: np.ndarray
    arrival_s: np.ndarray
    impact_s: float

    @property
    def first_notice_s(self) -> np.ndarray:
        """Each centre's first notice of any kind, ndarray of shape (N,); on a lofted flight that is of the launch."""
        return np.minimum(self.launch_notice_s, self.place_notice_s.min(axis=1, initial=np.inf))

    @property
    def warning_time_s(self) -> np.ndarray:
        """True arrival minus the first notice to the place, ndarray of shape (P,).

        Negative if the notice was late; nan where nothing arrived or nobody gave notice.
        """
        gained = self.arrival_s - self.place_notice_s.min(axis=0, initial=np.inf)
        return np.where(np.isfinite(gained), gained, np.nan)


def arrivals(t_s: np.ndarray, position_m: np.ndarray, places: tuple[Place, ...], rule: WarningRule) -> np.ndarray:
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

    Returns
    -------
    ndarray, shape (P,)
        Instant at which the ground track is closest if it comes within the corridor, else the instant of impact if that
        is within the impact distance, else nan. Distances are chords between points on the ellipsoid.
    """
    lat, lon, _ = pymap3d.ecef2geodetic(*position_m.T, deg=False)
    under = np.stack(pymap3d.geodetic2ecef(lat, lon, 0.0, deg=False), axis=1)
    distance_km = np.linalg.norm(under[None] - _surface(places)[:, None], axis=2) / 1e3
    closest = distance_km.argmin(axis=1)
    rows = np.arange(len(places))
    near = np.where(distance_km[:, -1] <= rule.impact_km, t_s[-1], np.nan)
    return np.where(distance_km[rows, closest] <= rule.corridor_km, t_s[closest], near)


def concern(predictions: Predictions, boosting: np.ndarray, places: tuple[Place, ...], rule: WarningRule) -> np.ndarray:
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
    ndarray, shape (K, P)
        While the engine more likely burns than not nothing can be said about where the
        flight leads and the probability is 0; after that it is the part in which the engine has stopped, a lower bound.
    """
    stopped = 1.0 - np.asarray(boosting, dtype=float)
    chance = kernel.probabilities(
        predictions.ground_m,
        predictions.ground_sigma_m,
        predictions.lat_rad,
        predictions.lon_rad,
        predictions.covariance,
        (predictions.status == HIT) & (stopped > 1.0 - BOOSTING),
        _surface(places),
        1e3 * rule.corridor_km,
        1e3 * rule.impact_km,
    )
    return chance * stopped[:, None]


def notices(
    *,
    predictions: Predictions,
    node: np.ndarray,
    cycle: np.ndarray,
    boosting: np.ndarray,
    nodes: tuple[Node, ...],
    places: tuple[Place, ...],
    rule: WarningRule,
    cycle_s: np.ndarray,
    report_received_s: np.ndarray,
    confirmed_s: np.ndarray,
    message_s: np.ndarray,
    arrival_s: np.ndarray,
    impact_s: float,
) -> Notices:
    """Apply the warning rule to what every centre knew.

    A launch notice follows a confirmed track of the centre's own or a message from another (an infrared launch report,
    a track, a warning). A place notice follows the first prediction that the centre has, its own or one received with
    another centre's report, by which the probability of concerning the place reaches the rule's: the predicted impact
    point is one of the items that every report carries. Another voice can thus only make a notice earlier. Both notices
    take the rule's time to decide and to reach the public.

    Parameters
    ----------
    predictions : Predictions
        K predictions.
    node : ndarray of int, shape (K,)
        The centre that made each, from its own track.
    cycle : ndarray of int, shape (K,)
        The cycle at which it did.
    boosting : ndarray, shape (K,)
        Probability that the engine of the predicted track burns.
    nodes : tuple of Node
        N centres.
    places : tuple of Place
        P places.
    rule : WarningRule
    cycle_s : ndarray, shape (J,)
        Instants of the cycles, seconds after lift-off.
    report_received_s : ndarray, shape (N, N, J)
        When the second node has the first one's report of a cycle, in whatever form; inf if never.
    confirmed_s, message_s : ndarray, shape (N,)
        When each centre had its own confirmed track, and the first message; inf if never.
    arrival_s : ndarray, shape (P,)
        True arrival (see `arrivals`), for the score; the rule does not see it.
    impact_s : float
        True instant of impact, for the score.

    Returns
    -------
    Notices
    """
    delay = rule.decision_s + rule.dissemination_s
    launch = np.minimum(confirmed_s, message_s)
    reached = concern(predictions, boosting, places, rule) >= rule.probability
    made, place = np.nonzero(reached)
    never = len(cycle_s)
    first = np.full((len(nodes), len(places)), never)
    np.minimum.at(first, (np.asarray(node)[made], place), np.asarray(cycle)[made])
    met = _heard(first, np.asarray(cycle_s, dtype=float), report_received_s)
    met[np.array([[place.nation != centre.nation for place in places] for centre in nodes], dtype=bool)] = np.inf
    return Notices(
        launch_met_s=launch,
        launch_notice_s=launch + delay,
        place_met_s=met,
        place_notice_s=met + delay,
        arrival_s=np.asarray(arrival_s, dtype=float),
        impact_s=float(impact_s),
    )


def _heard(first: np.ndarray, cycle_s: np.ndarray, report_received_s: np.ndarray) -> np.ndarray:
    """When each node has a prediction that concerns each place, ndarray of shape (N, P).

    `first` (N, P): the cycle from which each node's own predictions do; J for never. Another node has it with the first
    report to arrive from that cycle on.
    """
    nodes = first.shape[0]
    own = np.append(cycle_s, np.inf)[first]
    soonest = np.minimum.accumulate(report_received_s[:, :, ::-1], axis=2)[:, :, ::-1]
    soonest = np.concatenate([soonest, np.full((nodes, nodes, 1), np.inf)], axis=2)
    met = own.copy()
    for origin in range(nodes):
        met = np.minimum(met, soonest[origin][:, first[origin]])
    return met


def notices_table(given: Notices, nodes: tuple[Node, ...], places: tuple[Place, ...]) -> pd.DataFrame:
    """Notices as a table, in order of time.

    Parameters
    ----------
    given : Notices
        Arrays of shape (N,), (N, P) and (P,).
    nodes : tuple of Node
    places : tuple of Place

    Returns
    -------
    DataFrame
        One row a notice of a centre to one of its nation's places, given or missed, and one row a centre for the
        launch, measured against the impact. `outcome` is "in time", "late", "false" (the place was not concerned) or
        "missed".
    """
    rows = []
    for i, centre in enumerate(nodes):
        when = given.launch_met_s[i], given.launch_notice_s[i]
        rows.append((centre.node_id, centre.nation, "launch", "", *when, given.impact_s))
        for p, place in enumerate(places):
            when, arrival = (given.place_met_s[i, p], given.place_notice_s[i, p]), given.arrival_s[p]
            if place.nation == centre.nation and (np.isfinite(when[1]) or np.isfinite(arrival)):
                rows.append((centre.node_id, centre.nation, "place", place.name, *when, arrival))
    table = pd.DataFrame(rows, columns=["node", "nation", "kind", "place", "met_s", "notice_s", "arrival_s"])
    notice, arrival = table["notice_s"].to_numpy(dtype=float), table["arrival_s"].to_numpy(dtype=float)
    table["warning_time_s"] = np.where(np.isfinite(notice) & np.isfinite(arrival), arrival - notice, np.nan)
    table["outcome"] = np.select(
        [np.isnan(arrival), np.isinf(notice), notice < arrival], ["false", "missed", "in time"], default="late"
    )
    return table.sort_values(["notice_s", "arrival_s", "node", "place"], ignore_index=True, kind="stable")


def _surface(places: tuple[Place, ...]) -> np.ndarray:
    """ECEF points of places on the ellipsoid, ndarray of shape (P, 3), m."""
    lat = np.array([place.lat_deg for place in places], dtype=float)
    lon = np.array([place.lon_deg for place in places], dtype=float)
    return np.ascontiguousarray(np.stack(pymap3d.geodetic2ecef(lat, lon, np.zeros_like(lat)), axis=1))
