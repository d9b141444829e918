"""A sharing rule of a user's own: which message may go to whom, given what it says."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trackfuse.core.display import displayed
from trackfuse.core.plugins import BUILT_IN
from trackfuse.earth import Impact, Place

(EVERYTHING,) = BUILT_IN["sharing"]
"""The sharing rule that the package has: whatever the links carry may go to whom they bring it."""
KINDS = ("launch_report", "warning", "track", "detection")
"""What a message may be: word of an infrared detection, the three published items, state and covariance, or a
detection."""
TAKES = ("message", "view")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a node may pass on to another about one object, at the instant at which it decides.

    Parameters
    ----------
    source, target : str
        The node whose track or detection it is, and the node that would have it.
    kind : str
        "track" (state and covariance), "warning" (the three published items), "detection", or "launch_report" (word of
        an infrared detection).
    origins : tuple of str
        Nodes whose sensors made the detections behind it, that had reached the source by then.
    t_s : float
        Instant of the report or of the detection, s after the first lift-off.
    mean : ndarray, shape (6,), or None
        ECEF position (m) and velocity relative to the rotating Earth (m/s) of the source's own track; None for a
        detection or a launch report, and where the source knows of a launch by its detections but has no track of it.
    covariance : ndarray, shape (6, 6), or None
        What the source claims of it, m^2, m^2/s, m^2/s^2.
    boosting : float or None
        Probability that the engine burns: where it does, the impact is that of an engine that stops at once.
    impact : Impact or None
        The source's newest prediction of that track; None where the track does not come down, or there is no track.
    """

    source: str
    target: str
    kind: str
    origins: tuple[str, ...]
    t_s: float
    mean: np.ndarray | None = None
    covariance: np.ndarray | None = None
    boosting: float | None = None
    impact: Impact | None = None


@displayed(lambda value: f"{value.node} ({value.nation}) to {value.ally}: {len(value.ally_places)} places")
@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """What the node that decides knows besides the message.

    Parameters
    ----------
    node, nation : str
        Its name and its nation.
    ally : str
        Nation of the node that would have the message; its own nation where both are of one.
    ally_places : tuple of Place
        Places of the ally that can be warned.
    """

    node: str
    nation: str
    ally: str
    ally_places: tuple[Place, ...]


class SharingRule(Protocol):
    """A function that says whether a message may go to its target.

    Parameters
    ----------
    message : Message
    view : NodeView
        Of the source.

    Returns
    -------
    bool
        The same whenever it is asked about the same message.
    """

    def __call__(self, message: Message, view: NodeView, /) -> bool: ...


def check_answer(made: object) -> None:
    """Raise TypeError unless a sharing rule's answer is True or False.

    Parameters
    ----------
    made : object

    Raises
    ------
    TypeError
    """
    if not isinstance(made, bool | np.bool_):
        raise TypeError(f"gives {type(made).__name__}, not True or False")


@dataclass(frozen=True, slots=True, kw_only=True)
class Releasable:
    """Which messages may go to which of N nodes.

    Parameters
    ----------
    looks : ndarray of bool, shape (2, n, N)
        For each of n looks: as a launch report, and as a detection.
    reports : ndarray of bool, shape (2, N, J, N)
        For each node's report of each of J cycles: as the published items, and as state and covariance.
    """

    looks: np.ndarray
    reports: np.ndarray
