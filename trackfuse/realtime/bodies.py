"""What messages say, as values: detections, launch reports, tracks, the three published items, notices, heartbeats."""

from dataclasses import dataclass

import numpy as np

from trackfuse.warning import Predictions

TRACK, ITEMS = 0, 1
"""Level of a report: state and covariance, or the three published items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A detection of one sensor, as `sensing.Detections` has it.

    Parameters
    ----------
    sensor : str
    number : int
        Count of the look on the sensor's own clock.
    object : int
        What it is of, where the scenario takes that for known; else -1.
    measured_s : float
    z, sigma : ndarray, shape (4,)
        Range (m), azimuth, elevation (rad) and range rate (m/s) with their standard deviations; nan and inf for what is
        not measured.
    site_m, site_velocity_mps : ndarray, shape (3,)
        Of the sensor, ECEF.
    enu_from_ecef : ndarray, shape (3, 3)
        Rotation into its local frame, rows east, north, up; no unit.
    infrared, cued : bool
    snr_db : float
        nan without one.
    registration : ndarray, shape (3, 8)
        What one standard deviation of each of its sensor's registration errors, in the order of `sensing.ERRORS`, adds
        to range (m), azimuth and elevation (rad); 0 of a sensor that states none.
    """

    sensor: str
    number: int
    object: int
    measured_s: float
    z: np.ndarray
    sigma: np.ndarray
    site_m: np.ndarray
    site_velocity_mps: np.ndarray
    enu_from_ecef: np.ndarray
    infrared: bool
    cued: bool
    snr_db: float
    registration: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchReport:
    """Word of a launch by an infrared sensor.

    Parameters
    ----------
    sensor : str
    number : int
        Count of the look on the sensor's own clock.
    launch : int
        Which launch, where the scenario takes that for known; else -1.
    measured_s : float
    """

    sensor: str
    number: int
    launch: int
    measured_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a report says of one own track of its sender.

    Parameters
    ----------
    track : int
        Number of the track at its sender.
    mean : ndarray, shape (6,)
        ECEF position and velocity, m and m/s; of the published items with their rounding.
    covariance : ndarray, shape (6, 6)
        Of the track; of the published items without the variance of their rounding, which the report states. In m^2,
        m^2/s and m^2/s^2.
    boosting : float
        Probability that the engine burns.
    last_plot_s : float
        Time of the newest detection used.
    launch : ndarray, shape (4,), or None
        Of the published items alone: latitude and longitude of the launch point (deg), instant (s), standard deviation
        (km); nan before there is an estimate.
    """

    track: int
    mean: np.ndarray
    covariance: np.ndarray
    boosting: float
    last_plot_s: float
    launch: np.ndarray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedImpacts:
    """Impact predictions in a report, M of them.

    Parameters
    ----------
    track : ndarray of int, shape (M,)
    cycle : ndarray of int, shape (M,)
        At which cycle each was made.
    boosting : ndarray, shape (M,)
        Probability that the engine burns.
    impacts : Predictions
        Of M; of the published items with their rounding.
    """

    track: np.ndarray
    cycle: np.ndarray
    boosting: np.ndarray
    impacts: Predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A node's report of a cycle: all its tracks, and what it has predicted of late.

    Parameters
    ----------
    level : int
        `TRACK` or `ITEMS`.
    cycle : int
        Number of the cycle that it is of.
    about_s : float
        Instant of that cycle.
    tracks : tuple of Stated
    predicted : StatedImpacts
    """

    level: int
    cycle: int
    about_s: float
    tracks: tuple[Stated, ...]
    predicted: StatedImpacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice that a centre decides on.

    Parameters
    ----------
    what : str
        "launch", "place", "cancelled", "again" or "region".
    track : int
        The centre's fused track that it comes from; -1 for a launch notice.
    place : str
        Who is concerned; empty for a launch and for ships and aircraft.
    met_s, notice_s : float
        When the centre decides, and when it is with those concerned.
    impact : ndarray, shape (7,), or None
        Of a region: latitude, longitude (deg), instant (s), covariance of (east, north), m^2.
    """

    what: str
    track: int
    place: str
    met_s: float
    notice_s: float
    impact: np.ndarray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """That a node is alive.

    Parameters
    ----------
    cycle : int
        The newest that it has worked through.
    """

    cycle: int


Body = Plot | LaunchReport | Report | Notice | Heartbeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message.

    Parameters
    ----------
    origin : str
        The node that made it; of a detection or launch report the node that its sensor reports to.
    sequence : int
        Count of the origin's messages (of a sensor's, of detections and launch reports).
    sent_s : float
        When it was sent, seconds after the first lift-off.
    body : Plot, LaunchReport, Report, Notice or Heartbeat
    """

    origin: str
    sequence: int
    sent_s: float
    body: Body
