"""A track filter of a user's own: what it is asked for, and how the tracker in Python drives it."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from trackfuse.core.errors import PluginError, is_kind
from trackfuse.core.estimates import check_estimate
from trackfuse.core.plugins import name_of
from trackfuse.kernels import imm
from trackfuse.kernels.imm import Motion
from trackfuse.tracking.detection import Detection, detection_of
from trackfuse.tracking.estimate import Estimate
from trackfuse.tracking.node_filter import NodeFilter


class TrackFilter(Protocol):
    """A filter that follows one object, as a value: what it holds of a track is a state of any kind.

    A state is only ever given back to the filter that made it. The tracker keeps states, and copies one before it is
    predicted, so that a filter may change what it is given or make another.
    """

    def begin(self, mean: np.ndarray, covariance: np.ndarray, t_s: float) -> Any:
        """Start a track from its first detections.

        Parameters
        ----------
        mean : ndarray, shape (6,)
            ECEF position (m) and velocity relative to the rotating Earth (m/s).
        covariance : ndarray, shape (6, 6)
            m^2, m^2/s, m^2/s^2.
        t_s : float
            Time of both, s after the first lift-off.

        Returns
        -------
        state
        """
        ...

    def predict(self, state: Any, t_s: float) -> Any:
        """Predict to a time, at most `kernels.imm.GRID_S` seconds later.

        Parameters
        ----------
        state : state
        t_s : float

        Returns
        -------
        state
        """
        ...

    def update(self, state: Any, detection: Detection) -> tuple[Any, float]:
        """Update by a detection of the state's own time.

        Parameters
        ----------
        state : state
        detection : Detection

        Returns
        -------
        state
        nis : float
            Normalised innovation squared, 0 or more.
        """
        ...

    def estimate(self, state: Any) -> Estimate:
        """What the filter claims of the object at the state's time.

        Parameters
        ----------
        state : state

        Returns
        -------
        Estimate
            Of that time, with a finite mean and a symmetric positive definite covariance.
        """
        ...


METHODS = {
    "begin": ("mean", "covariance", "t_s"),
    "predict": ("state", "t_s"),
    "update": ("state", "detection"),
    "estimate": ("state",),
}
"""Of a track filter, with their arguments."""


@dataclass(slots=True)
class Held:
    """A track by a user's filter: its state, what it claims by that, and the NIS of its newest update."""

    state: Any
    claims: Estimate
    nis: float = math.nan


def start(own: TrackFilter, mean: np.ndarray, covariance: np.ndarray, t_s: float) -> Held:
    """Begin a track.

    Parameters
    ----------
    own : TrackFilter
    mean : ndarray, shape (6,)
        m and m/s.
    covariance : ndarray, shape (6, 6)
        m^2, m^2/s and m^2/s^2.
    t_s : float

    Returns
    -------
    Held

    Raises
    ------
    PluginError
        Here and below if the filter raises, or gives anything but an `Estimate` of the time in question with a finite
        mean and a positive definite covariance: at node 0, for whoever knows the node to name it.
    """
    state = _called(own, t_s, lambda: own.begin(mean.copy(), covariance.copy(), t_s))
    return Held(state, _claimed(own, state, t_s))


def predict(own: TrackFilter, held: Held, until: float) -> None:
    """Predict a track to a time, s, in the pieces in which the built-in filters do: so no cycle on the way matters."""
    while held.claims.t_s < until:
        stop = float(imm.next_stop(held.claims.t_s, until))
        held.state = _called(own, stop, lambda stop=stop: own.predict(held.state, stop))
        held.claims = _claimed(own, held.state, stop)


def update(own: TrackFilter, held: Held, plot: np.void) -> None:
    """Update a track by a detection of its own time, a record of DETECTION."""
    t_s = held.claims.t_s
    held.state, held.nis = _called(own, t_s, lambda: _updated(own, held.state, plot))
    held.claims = _claimed(own, held.state, t_s)


def node_filter_of(own: TrackFilter) -> NodeFilter:
    """A user's filter as the tracker in Python takes it.

    Parameters
    ----------
    own : TrackFilter

    Returns
    -------
    NodeFilter
    """

    def initiate(imm_state: np.void, motion: Motion) -> Held:
        mean, covariance = np.empty(6), np.empty((6, 6))
        imm.combine(imm_state, mean, covariance)
        return start(own, mean, covariance, float(imm_state["time"]))

    return NodeFilter(
        initiate=initiate,
        predict=lambda held, until, motion: predict(own, held, until),
        update=lambda held, plot: update(own, held, plot),
        estimate=lambda held: (held.claims.mean, held.claims.covariance, held.claims.boosting),
        sound=lambda held: True,  # else `_claimed` has raised
        copied=copy.deepcopy,
    )


def _updated(own: TrackFilter, state: Any, plot: np.void) -> tuple[Any, float]:
    made, nis = own.update(state, detection_of(plot))
    if not (math.isfinite(nis) and nis >= 0.0):
        raise ValueError(f"update gives a NIS of {nis}, which is not a finite number of 0 or more")
    return made, float(nis)


def _claimed(own: TrackFilter, state: Any, t_s: float) -> Estimate:
    def checked() -> Estimate:
        made = own.estimate(state)
        if not is_kind(made, Estimate):
            raise TypeError(f"estimate gives {type(made).__name__}, not an Estimate")
        if made.t_s != t_s:
            raise ValueError(f"estimate is of {made.t_s:g} s")
        check_estimate(made.mean, made.covariance)
        return replace(made, mean=np.array(made.mean, dtype=float), covariance=np.array(made.covariance, dtype=float))

    return _called(own, t_s, checked)


def _called(own: TrackFilter, t_s: float, call: Callable[[], Any]) -> Any:
    """What a call gives; whatever is wrong is named with the filter and the time."""
    try:
        return call()
    except Exception as error:
        part = f"track filter {name_of('filter', own)!r}"
        raise PluginError(part, 0, t_s, f"{type(error).__name__}: {error}") from error
