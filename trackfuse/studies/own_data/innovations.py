"""How far a user's own detections lie from where their tracks expect them, over what both claim."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from trackfuse.sensing import Detections
from trackfuse.tracking import TrackerSettings, Tracks, filter_detections
from trackfuse.tracking.estimate import Estimate

BURNING = 0.5
"""Above this probability an engine may burn, which free fall does not predict."""
MOST = 2000
"""Detections that are looked at, evenly over all: more tell nothing new."""
ENOUGH = 10
"""Of one sensor, to say that they do not fit."""
APART = 3.0
"""From this on the ratio is more than chance, what the filter leaves out, and errors of a sensor that stay."""


def innovations(
    tracks: Tracks,
    detections: Detections,
    home: np.ndarray,
    cycle_s: np.ndarray,
    settings: TrackerSettings,
    names: Sequence[str],
) -> pd.DataFrame:
    """Normalised innovations by sensor, in free fall: each detection against its own centre's track of a cycle before.

    Parameters
    ----------
    tracks : Tracks
        K tracks at J cycles.
    detections : Detections
        m of them, in order of time.
    home : ndarray of int, shape (S,)
        Centre of each sensor.
    cycle_s : ndarray, shape (J,)
    settings : TrackerSettings
        Whose process noise and drag are assumed.
    names : sequence of str
        Of the S sensors.

    Returns
    -------
    DataFrame
        One row a sensor: sensor, detections (that a track in free fall expected), ratio: of the median innovation to
        the one that the standard deviations of detections and tracks allow; near 1 where they are right, nan where
        nothing was expected. Where it is not known which object a detection is of, only those count that a
        track took as the newest of a cycle.

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan (2001), 5.4.2: the normalised innovation squared is chi-square with as many degrees of
    freedom as the sensor measures. The median stands for the mean, so that false detections do not decide.
    """
    chosen = np.unique(np.linspace(0, len(detections) - 1, min(MOST, len(detections))).astype(int))
    scans = pd.Series(np.arange(len(detections))).groupby([detections.sensor, detections.t_s]).indices
    found: dict[int, list[float]] = {}
    for key in dict.fromkeys((detections.sensor[k], detections.t_s[k]) for k in chosen):
        scan = detections.select(np.sort(scans[key]))
        found.setdefault(int(key[0]), []).extend(_of_a_scan(tracks, scan, home, cycle_s, settings))
    rows = []
    for sensor, name in enumerate(names):
        own = found.get(sensor, [])
        rows.append({"sensor": name, "detections": len(own), "ratio": float(np.median(own)) if own else np.nan})
    return pd.DataFrame(rows)


def that_do_not_fit(table: pd.DataFrame) -> list[str]:
    """Sentences on the sensors whose detections lie too far from the tracks.

    Parameters
    ----------
    table : DataFrame
        As `innovations` gives it.

    Returns
    -------
    list of str
    """
    far = table[(table["detections"] >= ENOUGH) & (table["ratio"] > APART)]
    return [
        f"{row.sensor}: half of its detections lie {row.ratio:.1f} times as far from the tracks as the standard "
        "deviations allow, or farther: are the sigmas too small, are there several objects, or is a site, a clock "
        "or the north of a sensor wrong?"
        for row in far.itertuples()
    ]


def _of_a_scan(
    tracks: Tracks, scan: Detections, home: np.ndarray, cycle_s: np.ndarray, settings: TrackerSettings
) -> list[float]:
    """Innovations over their median by chance, one for each track that took one of a scan's detections.

    Which one a track took is known from the object, or else it is the nearest: a scan sees every object at one time.
    """
    from scipy.stats import chi2  # here: of all that a start loads, it would take longest

    cycle = int(np.searchsorted(cycle_s, scan.t_s[0], side="right")) - 1
    if cycle < 0:
        return []
    held = tracks.of(int(home[scan.sensor[0]]))
    falling = (tracks.status[held, cycle] == 1) & (tracks.boosting[held, cycle] < BURNING)
    falling &= tracks.last_plot_s[held, cycle] < scan.t_s[0]
    known = settings.association in ("auto", "known")
    took = np.isin(np.arange(len(held)), scan.truth) if known else (tracks.last_plot_s[held] == scan.t_s[0]).any(axis=1)
    ratios = []
    for object_, row in zip(np.flatnonzero(falling & took), held[falling & took], strict=True):
        start = Estimate(
            mean=tracks.mean[row, cycle],
            covariance=tracks.covariance[row, cycle],
            t_s=float(cycle_s[cycle]),
            boosting=0.0,
        )
        rows = np.flatnonzero(scan.truth == object_) if known else np.arange(len(scan))
        squares = [
            filter_detections("ekf", scan.select(rows[k : k + 1]), start, settings).nis[0] for k in range(len(rows))
        ]
        measured = int(np.isfinite(scan.sigma[rows[0]]).sum())
        ratios.append(float(np.sqrt(min(squares) / chi2.median(measured))))
    return ratios
