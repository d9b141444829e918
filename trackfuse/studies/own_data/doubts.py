"""What of a user's own detections cannot be meant, and the likely reason: a unit, a sign, rows that are there twice.

Assumed: the limits beyond which numbers cannot be meant.
"""

from collections.abc import Sequence

import numpy as np
import pymap3d

from trackfuse.sensing import Detections
from trackfuse.tracking import TrackerSettings

UNDER_GROUND_M = -5000.0
"""Below this a radar's own error at its range does not explain that a detection lies under the ground."""
NEAR_M = 30_000.0
"""No radar of the catalogue tracks missiles only within this range."""
MOST_MPS = 12_000.0
"""No missile and no satellite near the Earth is faster."""
FEW = 3
SURE = 10.0
"""A movement of so many times the errors is one."""


def doubts(detections: Detections, names: Sequence[str]) -> list[str]:
    """What of detections cannot be meant.

    Parameters
    ----------
    detections : Detections
        m of them, in order of time.
    names : sequence of str
        Of the sensors.

    Returns
    -------
    list of str
        A sentence each, with the likely reason; none where all may be meant.
    """
    found = []
    for sensor in np.unique(detections.sensor):
        own = detections.select(detections.sensor == sensor)
        found += [f"{names[sensor]}: {what}" for what in (_twice(own), *_of_ranges(own)) if what]
    return found


def why_empty(detections: Detections, settings: TrackerSettings, doubted: Sequence[str]) -> str:
    """Why detections make no track.

    Parameters
    ----------
    detections : Detections
    settings : TrackerSettings
    doubted : sequence of str
        As `doubts` gives them.

    Returns
    -------
    str
        A sentence.
    """
    if doubted:
        return f"no track: {doubted[0]}"
    if len(detections) < settings.confirm_plots:
        return (
            f"no track: {len(detections)} detections, and a track needs {settings.confirm_plots} within "
            f"{settings.confirm_window_s:g} s (confirm_plots, confirm_window_s)"
        )
    return (
        f"no track: no centre had {settings.confirm_plots} detections of one object within "
        f"{settings.confirm_window_s:g} s that fit one flight, with ranges by one radar or angles by two sensors"
    )


def _twice(own: Detections) -> str:
    rows = np.column_stack([own.t_s, np.nan_to_num(own.z)])
    repeated = len(rows) - len(np.unique(rows, axis=0))
    return f"{repeated} of {len(rows)} detections are there twice, which counts what they say twice" if repeated else ""


def _of_ranges(own: Detections) -> list[str]:
    """Of those with a range: whether it may be in kilometres, the elevation or the range rate have another sign."""
    ranged = own.select(np.isfinite(own.z[:, 0]))
    if len(ranged) < FEW:
        return []
    far, azimuth, elevation = ranged.z[:, :3].T
    if np.median(far) < NEAR_M:
        return [f"half of the ranges are below {np.median(far):.0f} m; range_m is in metres: are they in kilometres?"]
    level = far * np.cos(elevation)
    local = np.column_stack([level * np.sin(azimuth), level * np.cos(azimuth), far * np.sin(elevation)])
    position = ranged.site_m + np.einsum("mij,mi->mj", ranged.enu_from_ecef, local)
    height = pymap3d.ecef2geodetic(*position.T)[2]
    under = np.mean(height < UNDER_GROUND_M)
    if under > 0.5:
        return [f"{under:.0%} of the detections lie under the ground: elevation_deg counts upward from the horizon"]
    return [_too_fast(ranged, position), _rate_turned(ranged)]


def _too_fast(ranged: Detections, position: np.ndarray) -> str:
    """Over half of all that was seen, so that errors of angles do not make it fast."""
    half = len(ranged) // 2
    apart_s = ranged.t_s[half:] - ranged.t_s[: len(ranged) - half]
    moved_m = np.linalg.norm(position[half:] - position[: len(ranged) - half], axis=1)
    error_m = ranged.z[half:, 0] * ranged.sigma[half:, 1:3].max(axis=1) + ranged.sigma[half:, 0]
    keep = (moved_m > SURE * error_m) & (ranged.truth[half:] == ranged.truth[: len(ranged) - half])
    if keep.sum() < FEW or np.median(moved_m[keep]) <= MOST_MPS * np.median(apart_s[keep]):
        return ""
    far_km, long_s = np.median(moved_m[keep]) / 1e3, np.median(apart_s[keep])
    return (
        f"the target moves {far_km:.0f} km in {long_s:.2g} s: t_s is in seconds, range_m in metres, and several "
        "objects need a column object or association gnn"
    )


def _rate_turned(ranged: Detections) -> str:
    known = np.isfinite(ranged.sigma[:, 3])
    if known.sum() < FEW:
        return ""
    t_s, far, rate = ranged.t_s[known], ranged.z[known, 0], ranged.z[known, 3]
    apart_s = np.diff(t_s)
    good = apart_s > 0.0
    if good.sum() < FEW:
        return ""
    grown, said = np.diff(far)[good] / apart_s[good], 0.5 * (rate[1:] + rate[:-1])[good]
    as_is, turned = np.median(np.abs(grown - said)), np.median(np.abs(grown + said))
    if turned < 0.2 * as_is and np.median(np.abs(said)) > 100.0:
        return "range_rate_mps has the other sign than range_m has growth: outward is positive"
    return ""
