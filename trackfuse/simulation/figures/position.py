"""How well a nation knows where a missile is: thresholds, custody, errors over the phases of the flight."""

import numpy as np
import pymap3d

from trackfuse.simulation.figures.declared import LIMITS
from trackfuse.simulation.figures.held import HeldEstimates
from trackfuse.simulation.outcome import Outcome

CUSTODY_SIGMA_M = 10e3
"""A missile is in custody while the claimed error of position is at most this."""


def positions_of(run: Outcome, launch: int, held: HeldEstimates, kept: np.ndarray) -> dict[str, np.ndarray]:
    """Figures of the held position and velocity of every nation.

    Parameters
    ----------
    run : Outcome
    launch : int
        Its number.
    held : HeldEstimates
        Of that launch's missile.
    kept : ndarray of bool, shape (C, J)
        When it is in custody.

    Returns
    -------
    dict of str to ndarray of shape (C,)
        Figure -> value in its own unit; inf where it never occurs, nan where it does not apply.
    """
    target, cycle_s = run.prepared.targets[launch], run.prepared.cycle_s
    since_s = cycle_s - target.lift_off_s
    flying = np.isfinite(run.prepared.truth[launch, :, 0])
    found = {
        f"time_to_{name}_s": _first(since_s, (held.position_m < limit) & (held.radius_90_m < limit))
        for name, (_, limit) in LIMITS.items()
    }
    found["custody"] = kept.sum(axis=1) / max(flying.sum(), 1)
    found["custody_last_height_km"] = _last_height_km(run, launch, kept)
    burnout_s, apogee_s, lands = target.flight.burnout_s, target.flight.apogee_s, target.flight.lands
    phases = {
        "boost": flying & (since_s <= burnout_s),
        "coast": flying & (since_s > burnout_s) & ((since_s <= apogee_s) if lands else True),
        "descent": flying & (since_s > apogee_s) & lands,
    }
    at = cycles_at(run, np.array([target.lift_off_s + apogee_s]))[0]
    for stem, unit, errors in (("position_error", "m", held.position_m), ("velocity_error", "mps", held.velocity_mps)):
        for name, when in phases.items():
            found[f"{stem}_{name}_{unit}"] = _medians(errors[:, when])
        found[f"{stem}_apogee_{unit}"] = np.where(np.isfinite(errors[:, at]), errors[:, at], np.inf)
    return found


def in_custody(run: Outcome, launch: int, held: HeldEstimates) -> np.ndarray:
    """When a missile is in custody of each nation.

    Parameters
    ----------
    run : Outcome
    launch : int
        Its number.
    held : HeldEstimates
        Of that launch's missile.

    Returns
    -------
    ndarray of bool, shape (C, J)
        Whether it flies, and one of the nation's estimates is sure enough and has a new detection in it. Not the surest
        one alone: a report of an ally's is often that, and older than the nation's own track beside it.
    """
    flying = np.isfinite(run.prepared.truth[launch, :, 0])
    return flying & (held.fresh_sigma_m <= CUSTODY_SIGMA_M)


def last_of(holds: np.ndarray) -> np.ndarray:
    """Index of the last cycle at which `holds`, an ndarray of bool, shape (C, J), is true, shape (C,); -1 if never."""
    return np.where(holds.any(axis=1), holds.shape[1] - 1 - holds[:, ::-1].argmax(axis=1), -1)


def cycles_at(run: Outcome, t_s: np.ndarray) -> np.ndarray:
    """Index of the last cycle at or before each of some instants, the first if there is none.

    From seconds after the first lift-off, shape (n,), to an ndarray of int, shape (n,).
    """
    return np.maximum(np.searchsorted(run.prepared.cycle_s, t_s, side="right") - 1, 0)


def _first(since_s: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """First instant at which something holds, (C,) of (C, J); inf if never."""
    return np.where(holds.any(axis=1), since_s[holds.argmax(axis=1)], np.inf)


def _last_height_km(run: Outcome, launch: int, kept: np.ndarray) -> np.ndarray:
    """True height at the last cycle in custody, (C,); inf if there was none."""
    last = last_of(kept)
    height = pymap3d.ecef2geodetic(*run.prepared.truth[launch, last, :3].T)[2] / 1e3
    return np.where(last >= 0, height, np.inf)


def _medians(errors: np.ndarray) -> np.ndarray:
    """Medians over the cycles with an estimate, (C,) of (C, j); inf without any, nan if no cycle is in the phase."""
    if not errors.shape[1]:
        return np.full(len(errors), np.nan)
    ordered = np.sort(errors, axis=1)  # nan comes last
    count = np.isfinite(errors).sum(axis=1)
    rows, below, above = np.arange(len(errors)), np.maximum(count - 1, 0) // 2, count // 2
    above = np.minimum(above, errors.shape[1] - 1)
    return np.where(count > 0, 0.5 * (ordered[rows, below] + ordered[rows, above]), np.inf)
