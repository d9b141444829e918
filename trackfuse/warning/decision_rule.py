"""A decision rule of a user's own: what it is given, what it gives, and the loop that applies it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pymap3d

from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError, check_between, is_kind
from trackfuse.core.plugins import call
from trackfuse.earth import Impact, Place
from trackfuse.sharing import Node
from trackfuse.warning.prediction_set import PredictionSet


@displayed(lambda value: f"of {value.origin} at {value.made_s:g} s: probability {value.probability:.2g}")
@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a centre knows of where one missile comes down, as it bears on one place.

    Parameters
    ----------
    origin : str
        Centre whose prediction it is.
    from_items : bool
        Whether it is the published items' impact point, as coarse as they state it; else it is that of a track.
    made_s : float
        When its centre made it, s.
    boosting : float
        Probability that the engine burns: where it does, the impact is that of an engine that stops at once.
    impact : Impact
        Predicted impact point and time, with covariance.
    path_deg : ndarray, shape (16, 2)
        Latitude and longitude, degrees, of points under the flight at equal times from the track's instant to impact.
    path_sigma_m : ndarray, shape (16,)
        Standard deviation across the ground track at these points, m.
    probability : float
        That the flight passes over the place or comes down near it, as `WarningRule` says: what the default compares.
    nearest_s : float
        When the missile is nearest to the place, s.
    """

    origin: str
    from_items: bool
    made_s: float
    boosting: float
    impact: Impact
    path_deg: np.ndarray
    path_sigma_m: np.ndarray
    probability: float
    nearest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a prediction means for a place.

    Parameters
    ----------
    warn : bool
        Whether the centre warns the place; also whether it warns it again after it took a notice back.
    probability : float
        What the decision rests on, 0 to 1: a notice is taken back once no newest prediction says "warn" and all have
        less than `cancel_share` times the warning rule's `probability`.

    Raises
    ------
    SettingsError
        If `warn` is no truth value, or the probability is not finite or not in [0, 1].
    """

    warn: bool
    probability: float

    def __post_init__(self) -> None:
        if not is_kind(self.warn, bool | np.bool_):
            raise SettingsError(f"decision warn: {self.warn!r} is neither True nor False")
        check_between(SettingsError, "decision probability", self.probability, 0.0, 1.0)


class DecisionRule(Protocol):
    """A function that decides what a prediction means for a place, when a centre gets it.

    Parameters
    ----------
    prediction : Prediction
    place : Place
        Of the centre's own nation.
    t_s : float
        When the centre has the prediction, s after the first lift-off.

    Returns
    -------
    Decision
    """

    def __call__(self, prediction: Prediction, place: Place, t_s: float, /) -> Decision: ...


TAKES = ("prediction", "place", "t_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """How K predictions bear on P places by the package's own reckoning.

    Parameters
    ----------
    probability : ndarray, shape (K, P)
        That the flight passes over the place or comes down near it.
    nearest_s : ndarray, shape (K, P)
        When it is nearest, s.
    """

    probability: np.ndarray
    nearest_s: np.ndarray


def decide_by_own_rule(
    rule: DecisionRule,
    known: PredictionSet,
    concern: Concern,
    decides: np.ndarray,
    nodes: tuple[Node, ...],
    places: tuple[Place, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """Ask a user's rule about every prediction that a centre decides on and every place that it warns.

    Parameters
    ----------
    rule : DecisionRule
    known : PredictionSet
        K predictions.
    concern : Concern
    decides : ndarray of bool, shape (N, K)
        Which predictions each centre decides on.
    nodes : tuple of Node
        N centres.
    places : tuple of Place
        P places.

    Returns
    -------
    probability : ndarray, shape (N, K, P)
    warn : ndarray of bool, shape (N, K, P)
        Nothing where a centre does not decide on a prediction, or a place is of another nation.

    Raises
    ------
    PluginError
        If the rule raises or gives anything but a `Decision`: by the name of the centre.
    """
    shape = (len(nodes), len(known.origin), len(places))
    probability, warn = np.zeros(shape), np.zeros(shape, dtype=bool)
    lat, lon, _ = pymap3d.ecef2geodetic(*np.moveaxis(known.predictions.ground_m, 2, 0))
    path_deg = np.stack([lat, lon], axis=-1)
    for i, centre in enumerate(nodes):
        own = [p for p, place in enumerate(places) if place.nation == centre.nation]
        for k in np.flatnonzero(decides[i]).tolist() if own else ():
            t_s, impact = float(known.available_s[k, i]), _impact(known, k)
            for p in own:
                prediction = Prediction(
                    origin=nodes[known.origin[k] % len(nodes)].node_id,
                    from_items=bool(known.origin[k] >= len(nodes)),
                    made_s=float(known.made_s[k]),
                    boosting=float(known.boosting[k]),
                    impact=impact,
                    path_deg=path_deg[k].copy(),
                    path_sigma_m=known.predictions.ground_sigma_m[k].copy(),
                    probability=float(concern.probability[k, p]),
                    nearest_s=float(concern.nearest_s[k, p]),
                )
                made = call("decision", rule, (prediction, places[p], t_s), _check, (centre.node_id, t_s))
                probability[i, k, p], warn[i, k, p] = made.probability, made.warn
    return probability, warn


def _impact(known: PredictionSet, k: int) -> Impact:
    made = known.predictions
    lat_deg, lon_deg = np.degrees([made.lat_rad[k], made.lon_rad[k]]).tolist()
    return Impact(lat_deg=lat_deg, lon_deg=lon_deg, time_s=float(made.time_s[k]), covariance=made.covariance[k].copy())


def _check(made: Decision) -> None:
    if not is_kind(made, Decision):
        raise TypeError(f"gives {type(made).__name__}, not a Decision")
