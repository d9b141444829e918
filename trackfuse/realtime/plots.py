"""Detections as messages, and back."""

from collections.abc import Sequence

import numpy as np

from trackfuse.realtime.bodies import Plot
from trackfuse.sensing import ERRORS, Detections, with_registration
from trackfuse.sharing import Sources
from trackfuse.tracking.packing import packed
from trackfuse.tracking.stepped import Arrived


def plot_of(detections: Detections, row: int, sources: Sources, registration: np.ndarray, *, known: bool) -> Plot:
    """One detection as a message says it.

    Parameters
    ----------
    detections : Detections
    row : int
    sources : Sources
    registration : ndarray, shape (3, 8)
        What one standard deviation of each of its sensor's registration errors adds to it. Range in m, azimuth and
        elevation in rad.
    known : bool
        Whether it says which object it is of.

    Returns
    -------
    Plot
    """
    return Plot(
        sensor=sources.names[detections.sensor[row]], number=int(detections.number[row]),
        object=int(detections.truth[row]) if known else -1, measured_s=float(detections.t_s[row]),
        z=detections.z[row], sigma=detections.sigma[row], site_m=detections.site_m[row],
        site_velocity_mps=detections.site_velocity_mps[row], enu_from_ecef=detections.enu_from_ecef[row],
        infrared=bool(detections.is_infrared[row]), cued=bool(detections.cued[row]),
        snr_db=float(detections.snr_db[row]), registration=registration,
    )  # fmt: skip


def detections_of(plots: Sequence[Plot], sources: Sources) -> Detections:
    """Detections that messages say.

    Parameters
    ----------
    plots : sequence of Plot
        m of them, of sensors that there are.
    sources : Sources

    Returns
    -------
    Detections
        In the same order.
    """
    index, m = {name: s for s, name in enumerate(sources.names)}, len(plots)
    return Detections(
        t_s=np.array([plot.measured_s for plot in plots], dtype=float),
        sensor=np.array([index[plot.sensor] for plot in plots], dtype=np.int64),
        z=np.reshape([plot.z for plot in plots], (m, 4)).astype(float),
        sigma=np.reshape([plot.sigma for plot in plots], (m, 4)).astype(float),
        site_m=np.reshape([plot.site_m for plot in plots], (m, 3)).astype(float),
        enu_from_ecef=np.reshape([plot.enu_from_ecef for plot in plots], (m, 3, 3)).astype(float),
        is_infrared=np.array([plot.infrared for plot in plots], dtype=bool),
        site_velocity_mps=np.reshape([plot.site_velocity_mps for plot in plots], (m, 3)).astype(float),
        number=np.array([plot.number for plot in plots], dtype=np.int64),
        snr_db=np.array([plot.snr_db for plot in plots], dtype=float),
        cued=np.array([plot.cued for plot in plots], dtype=bool),
        truth=np.array([plot.object for plot in plots], dtype=np.int64),
    )


def arrived_of(plots: Sequence[Plot], sources: Sources, *, considered: bool) -> Arrived:
    """Detections as a tracker takes them.

    Parameters
    ----------
    plots : sequence of Plot
        In the order of reception.
    sources : Sources
    considered : bool
        Whether their standard deviations are to allow for registration errors.

    Returns
    -------
    Arrived
    """
    detections = detections_of(plots, sources)
    errors = np.reshape([plot.registration for plot in plots], (len(plots), 3, len(ERRORS))).astype(float)
    if considered:
        detections = with_registration(detections, errors)
    return Arrived(plots=packed(detections), sensor=detections.sensor, truth=detections.truth, errors=errors)
