"""What a network brings to whom and when, in one run: detections, knowledge of the launch, and reports of tracks.

A detection is at its home node after the sensor's report delay and floods from there over links that carry detections;
an infrared detection is a launch report too and floods over every link. A node that has confirmed a track reports it at
every cycle, with state and covariance over links that carry tracks and as the three published items over every link.
Data cross a link only if it lets their origin through, and only to whom a sharing rule lets have them.

All delays belong to a link and a message, whatever the policy, and an arrival is the earliest over all paths: a policy
that holds every link of another never knows later, in any run. Where a link's capacity is limited messages wait for
each other, and that no longer holds.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trackfuse.core.display import displayed
from trackfuse.core.errors import NetworkError, check_between
from trackfuse.core.language import message
from trackfuse.kernels import delivery as kernel
from trackfuse.sharing.linktable import delays, layout_of
from trackfuse.sharing.network import Network
from trackfuse.sharing.sharing_rule import Releasable

KNOWN_BY = (
    message("own plot"), message("plot"), message("infrared launch report"), message("track"),
    message("warning message"),
)  # fmt: skip
"""By what a node first knew of the launch, by the codes of `Knowledge.known_by`; -1 is never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What confirms a track at a node.

    Parameters
    ----------
    plots : int
        Radar detections that it takes, 2 or more. Or the lines of sight of two fixes (see `kernels.stereo`): two from
        each of two directions.
    window_s : float
        Time within which they must have been measured, s.

    Raises
    ------
    NetworkError
        If either is out of range.
    """

    plots: int
    window_s: float

    def __post_init__(self) -> None:
        if self.plots != int(self.plots) or self.plots < 2:
            raise NetworkError(f"confirmation plots: {self.plots!r} is not a whole number of 2 or more")
        check_between(NetworkError, "confirmation window_s", self.window_s, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunities:
    """The n looks that may detect something, in order of time.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Instants, seconds after lift-off.
    sensor : ndarray of int, shape (n,)
        Index of the sensor in `Sources`.
    number : ndarray of int, shape (n,)
        The look's number on the sensor's own clock, which addresses the delays of its messages.
    pd : ndarray, shape (n, 2)
        Detection probability if the sensor is not cued and if it is; the second is never lower.
    uniform : ndarray, shape (n,)
        The look detects if this is below its detection probability.
    sight : ndarray, shape (n, 3), optional
        Unit vector, ECEF, from the sensor to what it looks at, of sensors that measure angles alone; nan of others. By
        default all are nan, and lines of sight confirm no track.

    Raises
    ------
    NetworkError
        If these are not of one length.
    """

    t_s: np.ndarray
    sensor: np.ndarray
    number: np.ndarray
    pd: np.ndarray
    uniform: np.ndarray
    sight: np.ndarray | None = None

    def __post_init__(self) -> None:
        n = len(self.t_s)
        shapes = {"sensor": (n,), "number": (n,), "pd": (n, 2), "uniform": (n,)}
        for name, shape in (shapes if self.sight is None else shapes | {"sight": (n, 3)}).items():
            if getattr(self, name).shape != shape:
                raise NetworkError(f"opportunities {name}: shape {getattr(self, name).shape} is not {shape}")


@displayed(lambda value: f"{value.received_s.shape[0]} detections at {value.received_s.shape[1]} nodes")
@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """When each of N nodes has what, seconds after lift-off; inf is never.

    Parameters
    ----------
    received_s : ndarray, shape (m, N)
        When each node has each of the m detections, in their order.
    launch_report_s : ndarray, shape (m, N)
        When each node has the launch report that a detection of an infrared sensor is; inf of other detections.
    track_received_s, warning_received_s : ndarray, shape (N, N, J)
        When the second node has the first one's report of each of J cycles, with state and covariance, or as the three
        published items; inf for a node's own.
    releasable : ndarray of bool, shape (2, K, J, N), or None
        Which nodes may have each of K own tracks, as the published items and with state and covariance, in the reports
        that bring it; True where there is no track. None where no sharing rule is in force: all.
    """

    received_s: np.ndarray
    launch_report_s: np.ndarray
    track_received_s: np.ndarray
    warning_received_s: np.ndarray
    releasable: np.ndarray | None = None

    def reports_of(self, sender: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """When each node has reports of own tracks.

        Parameters
        ----------
        sender : ndarray of int, shape (M,)
            Nodes whose reports are asked for.
        row : ndarray of int, shape (M, J)
            Own track of theirs that is looked for in the report of each cycle; -1 for none, then the report itself is.

        Returns
        -------
        (ndarray, ndarray), each of shape (M, N, J)
            Instants, s: with state and covariance, and as the published items; inf also where the sharing rule keeps
            the track.
        """
        track, warning = (each[sender, :, : row.shape[1]] for each in (self.track_received_s, self.warning_received_s))
        if self.releasable is None:
            return track, warning
        may = self.releasable[:, row, np.arange(row.shape[1])] | (row < 0)[:, :, None]
        items, state = may.swapaxes(2, 3)
        return np.where(state, track, np.inf), np.where(items, warning, np.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What each of N nodes knows of a launch and since when; instants are seconds after lift-off, inf is never.

    Parameters
    ----------
    known_s : ndarray, shape (N,)
        First knowledge of the launch by any means.
    known_by : ndarray of int8, shape (N,)
        By what: index into `KNOWN_BY`, -1 for never.
    known_from : ndarray of int, shape (N,)
        Node whose data it was, -1 for never.
    confirmed_s : ndarray, shape (N,)
        Receipt of the last detection that confirms a track.
    cued_s : ndarray, shape (N,)
        From when on the node's own radars are cued.
    message_s : ndarray, shape (N,)
        First infrared launch report (of the node's own sensor too), or track or warning of another node.
    """

    known_s: np.ndarray
    known_by: np.ndarray
    known_from: np.ndarray
    confirmed_s: np.ndarray
    cued_s: np.ndarray
    message_s: np.ndarray


class Detected(NamedTuple):
    """What `detect` finds among n looks.

    Parameters
    ----------
    rows : ndarray of int, shape (m,)
        Looks that detected, in order; the detections of `deliveries` are these.
    cued : ndarray of bool, shape (n,)
        Whether the sensor was cued, by look.
    deliveries : Deliveries
    knowledge : Knowledge
    """

    rows: np.ndarray
    cued: np.ndarray
    deliveries: Deliveries
    knowledge: Knowledge


def detect(
    looks: Opportunities,
    network: Network,
    confirmation: Confirmation,
    cycle_s: np.ndarray,
    releasable: Releasable | None = None,
) -> Detected:
    """Detect and deliver in one pass through time, since what is received cues radars.

    A sensor is cued once it has detected, or from its node's `Knowledge.cued_s` on.

    Parameters
    ----------
    looks : Opportunities
    network : Network
    confirmation : Confirmation
    cycle_s : ndarray, shape (J,)
        Instants at which nodes report, in order.
    releasable : Releasable, optional
        Who may have what. None: everybody whatever the links bring.

    Returns
    -------
    Detected

    Raises
    ------
    NetworkError
        If a link names an unknown node, a sensor reports to none, or looks or cycles are not in order.
    """
    detects = looks.uniform[:, None] < looks.pd
    given = _looks(looks.t_s, looks.sensor, looks.number, detects, looks.sight)
    outcome = _pass_through(given, network, confirmation, cycle_s, releasable)
    rows = np.flatnonzero(outcome.detected)
    return Detected(rows, outcome.cued, *_results(outcome, rows, network))


def deliver(
    detections_t_s: np.ndarray,
    sensor: np.ndarray,
    number: np.ndarray,
    network: Network,
    confirmation: Confirmation,
    cycle_s: np.ndarray,
    releasable: Releasable | None = None,
    sight: np.ndarray | None = None,
) -> tuple[Deliveries, Knowledge]:
    """Deliver what has been detected already: false detections, or measurements of a user's own.

    Parameters
    ----------
    detections_t_s : ndarray, shape (m,)
        Instants of measurement, seconds after lift-off, in order.
    sensor, number : ndarray of int, shape (m,)
        As in `Opportunities`.
    network : Network
    confirmation : Confirmation
    cycle_s : ndarray, shape (J,)
        Instants at which nodes report, in order; none if nobody does.
    releasable : Releasable, optional
        Who may have what. None: everybody whatever the links bring.
    sight : ndarray, shape (m, 3), optional
        As in `Opportunities`. Unit vectors.

    Returns
    -------
    (Deliveries, Knowledge)
        As `detect` gives them if it finds the same detections.

    Raises
    ------
    NetworkError
        As `detect`.
    """
    detects = np.ones((len(detections_t_s), 2), dtype=bool)
    given = _looks(detections_t_s, sensor, number, detects, sight)
    outcome = _pass_through(given, network, confirmation, cycle_s, releasable)
    return _results(outcome, slice(None), network)


def report(
    network: Network, cycle_s: np.ndarray, since_s: np.ndarray, releasable: Releasable | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """When each node would have each other's report of every cycle, had every node a track from its own instant on.

    Nothing but reports is on the network: where a link's capacity is limited, no detection is in their way.

    Parameters
    ----------
    network : Network
        The sensors do not matter.
    cycle_s : ndarray, shape (J,)
        Instants at which nodes report, in order.
    since_s : ndarray, shape (N,)
        From when on each node has a track, seconds after lift-off; inf if it never reports.
    releasable : Releasable, optional
        Who may have what. None: everybody whatever the links bring.

    Returns
    -------
    (ndarray, ndarray), each of shape (N, N, J)
        `track_received_s` and `warning_received_s` of `Deliveries`, s.

    Raises
    ------
    NetworkError
        If a link names an unknown node, a sensor reports to none, cycles are not in order, or `since_s` is not one
        instant for every node.
    """
    if np.shape(since_s) != (len(network.nodes),):
        raise NetworkError(f"since_s: shape {np.shape(since_s)} is not that of {len(network.nodes)} nodes")
    none = np.empty(0)
    confirmation = Confirmation(plots=2, window_s=0.0)  # of no consequence: there is nothing to confirm
    looks = _looks(none, none, none, np.empty((0, 2)), None)
    outcome = _pass_through(looks, network, confirmation, cycle_s, releasable, since_s)
    return outcome.track_received, outcome.warning_received


def _looks(
    t_s: np.ndarray, sensor: np.ndarray, number: np.ndarray, detects: np.ndarray, sight: np.ndarray | None
) -> kernel.Looks:
    seen = np.full((len(t_s), 3), np.nan) if sight is None else _floats(sight)
    return kernel.Looks(
        _floats(t_s), _integers(sensor), _integers(number), np.ascontiguousarray(detects, dtype=bool), seen
    )


def _pass_through(
    looks: kernel.Looks,
    network: Network,
    confirmation: Confirmation,
    cycle_s: np.ndarray,
    releasable: Releasable | None,
    since_s: np.ndarray | None = None,
) -> kernel.Outcome:
    """The pass through time; with `since_s` nodes have tracks from these instants on."""
    if np.any(np.diff(looks.t) < 0.0) or np.any(np.diff(cycle_s) <= 0.0):
        raise NetworkError("looks, detections and cycles must come in order of time")
    sources = network.sources
    messages = np.zeros(len(sources.names), dtype=np.int64)
    np.maximum.at(messages, looks.sensor.astype(np.intp), looks.number.astype(np.int64) + 1)
    layout = layout_of(network, messages, len(cycle_s))
    outcome = kernel.nothing_received(len(looks.t), len(network.nodes), len(cycle_s))
    if since_s is not None:
        outcome = outcome._replace(confirmed=np.array(since_s, dtype=float))
    given = (
        looks,
        kernel.Sources(
            _integers(sources.home),
            np.ascontiguousarray(sources.is_infrared, dtype=bool),
            np.ascontiguousarray(sources.angles_only, dtype=bool),
            _floats(sources.report_delay_s),
        ),
        np.array([node.cue_delay_s for node in network.nodes], dtype=float),
        _floats(cycle_s),
        kernel.Confirmation(int(confirmation.plots), float(confirmation.window_s)),
        layout.links._replace(table=delays(layout, network)),
        kernel.everything_releasable()
        if releasable is None
        else kernel.Releasable(np.ascontiguousarray(releasable.looks), np.ascontiguousarray(releasable.reports)),
    )
    if layout.is_limited:
        # Imported here: only a policy with queues waits for their compilation.
        from trackfuse.kernels.queues import Capacity, deliver_queued

        deliver_queued(*given, Capacity(layout.payload, layout.spacing_s), outcome)
    else:
        kernel.deliver(*given, outcome)
    return outcome


def _results(outcome: kernel.Outcome, rows: np.ndarray | slice, network: Network) -> tuple[Deliveries, Knowledge]:
    """Deliveries of those looks that detected, and what nodes knew."""
    deliveries = Deliveries(
        received_s=outcome.received[rows],
        launch_report_s=outcome.launch_reported[rows],
        track_received_s=outcome.track_received,
        warning_received_s=outcome.warning_received,
    )
    knowledge = Knowledge(
        known_s=outcome.known,
        known_by=outcome.known_by,
        known_from=outcome.known_from,
        confirmed_s=outcome.confirmed,
        cued_s=outcome.known + np.array([node.cue_delay_s for node in network.nodes]),
        message_s=outcome.message,
    )
    return deliveries, knowledge


def _floats(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, dtype=float)


def _integers(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, dtype=np.int32)
