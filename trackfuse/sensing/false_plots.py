"""False plots: noise that crosses the threshold somewhere in what a radar searches, and is reported as a plot.

Derived here: the solid angle between two elevations is the sector times the difference of their sines. Noise power
behind a matched filter is exponential: Skolnik 2001, chapter 2.
"""

import math

import numpy as np

from trackfuse.core.constants import C_MPS
from trackfuse.core.errors import SettingsError, check_between
from trackfuse.core.rng import generator
from trackfuse.kernels import looks as kernel
from trackfuse.sensing.arrays import first_look_s, lowest_apparent_rad, sensor_arrays
from trackfuse.sensing.detections import NOTHING, Detections, measured
from trackfuse.sensing.sensor import Radar, Sensor
from trackfuse.sensing.terrain import skyline_rad

FASTEST_MPS = 8000.0
"""Range rates that a radar looks for lie between minus and plus this."""


def searched_cells(radar: Radar) -> float:
    """Number of resolution cells in the volume that a radar searches.

    Parameters
    ----------
    radar : Radar

    Returns
    -------
    float
        Range cells up to `range_km`, times the beams that fill its sector between its elevation limits.
    """
    low, high = lowest_apparent_rad(radar), math.radians(radar.elevation_max_deg)
    beams = math.radians(radar.sector_deg) * (math.sin(high) - math.sin(low)) / math.radians(radar.beamwidth_deg) ** 2
    return max(1.0, beams) * 1e3 * radar.range_km / _cell_m(radar)


def false_plots_per_look(radar: Radar) -> float:
    """Mean number of false plots that a radar reports per look.

    Parameters
    ----------
    radar : Radar

    Returns
    -------
    float
        Its Pfa times the cells that it searches, but never more than `false_plot_cap`: what confirmation by a second
        dwell and control of the threshold leave (assumed).

    Notes
    -----
    One chance of a false alarm in each resolution cell: Skolnik 2001, chapter 2.
    """
    return min(radar.pfa * searched_cells(radar), radar.false_plot_cap)


def false_plots(sensors: tuple[Sensor, ...], t_end_s: float, *, seed: int, run: int) -> Detections:
    """Draw one run's false plots of all sensors, whatever is launched and whichever other sensors there are.

    Parameters
    ----------
    sensors : tuple of Radar or Infrared
        An infrared sensor reports none: its events are confirmed before they are declared (assumed).
    t_end_s : float
        Until when, seconds after lift-off, 0 to 1e5. Until later means the same plots and more.
    seed, run : int

    Returns
    -------
    Detections
        Of no object, in order of time, then of sensor. Per radar and look a Poisson number of mean
        `false_plots_per_look` from the stream (seed, run, sensor, "false plots"), spread evenly over the cells
        searched: over range up to `range_km`, over azimuth in the sector, over the sine of elevation between its
        limits, and over range rates up to `FASTEST_MPS`; places come from (..., "false places"). What would lie below
        the radar's skyline is left out. Each has the accuracy that its SNR seems to promise: noise power above a
        threshold is exponential.

    Raises
    ------
    SettingsError
        If the seed is not a non-negative integer, or `t_end_s` is out of range.
    """
    check_between(SettingsError, "t_end_s", t_end_s, 0.0, 1e5)
    parts = [_of_one(s, sensor, t_end_s, seed, run) for s, sensor in enumerate(sensors) if isinstance(sensor, Radar)]
    empty = np.zeros(0), np.zeros(0, np.int32), np.zeros((0, 4)), np.zeros((0, 4))
    t_s, sensor, z, sigma = (np.concatenate(part) for part in zip(empty, *parts, strict=True))
    order = np.lexsort((sensor, t_s))
    nothing = np.full(len(order), NOTHING)
    return measured(sensors, t_s[order], sensor[order], z[order], sigma[order], truth=nothing)


def _cell_m(radar: Radar) -> float:
    return C_MPS / (2e6 * radar.bandwidth_mhz)


def _of_one(
    s: int, radar: Radar, t_end_s: float, seed: int, run: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Instants, sensor numbers, measurements and accuracies of one radar's false plots."""
    first = first_look_s(radar)
    looks = max(0, int((t_end_s - first) // radar.revisit_s) + 1)
    each = generator(seed, run, radar.sensor_id, "false plots").poisson(false_plots_per_look(radar), looks)
    t_s = np.repeat(first + radar.revisit_s * np.arange(looks), each)
    uniform = generator(seed, run, radar.sensor_id, "false places").random((len(t_s), 5))
    z, snr = _places(radar, uniform)
    seen = z[:, 2] >= skyline_rad(radar, z[:, 1])
    z, snr = z[seen], snr[seen]
    sigma = np.empty((len(z), 1, 4))
    kernel.accuracies(sensor_arrays((radar,)).parameters, snr, np.cos(z[:, 2]), sigma)
    return t_s[seen], np.full(len(z), s, np.int32), z, sigma[:, 0]


def _places(radar: Radar, uniform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measurements (m, 4) and seeming SNR (m,) of false plots from uniform numbers (m, 5)."""
    low, high = math.sin(lowest_apparent_rad(radar)), math.sin(math.radians(radar.elevation_max_deg))
    sector = math.radians(radar.sector_deg)
    z = np.empty((len(uniform), 4))
    z[:, 0] = _cell_m(radar) + uniform[:, 0] * (1e3 * radar.range_km - _cell_m(radar))
    z[:, 1] = (math.radians(radar.boresight_deg) + (uniform[:, 1] - 0.5) * sector) % (2.0 * np.pi)
    z[:, 2] = np.arcsin(low + uniform[:, 2] * (high - low))
    z[:, 3] = FASTEST_MPS * (2.0 * uniform[:, 3] - 1.0) if radar.range_rate_cell_mps > 0.0 else np.nan
    return z, -math.log(radar.pfa) - np.log1p(-uniform[:, 4]) - 1.0
