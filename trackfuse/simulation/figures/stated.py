"""Range and apogee that a nation would state at the end of its track."""

import numpy as np

from trackfuse.core.constants import EARTH_RATE_RADPS, FLATTENING, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.scoring.accuracy import ground_distance_km
from trackfuse.simulation.figures.held import HeldEstimates
from trackfuse.simulation.figures.position import last_of
from trackfuse.simulation.outcome import Outcome
from trackfuse.warning import HIT, Predictions


def stated_of(
    run: Outcome, launch: int, held: HeldEstimates, kept: np.ndarray, made: Predictions
) -> dict[str, np.ndarray]:
    """Errors of the range and the apogee that every nation would state when it last had the missile in custody.

    Parameters
    ----------
    run : Outcome
    launch : int
        Number of a launch whose missile comes down.
    held : HeldEstimates
        Of that missile.
    kept : ndarray of bool, shape (C, J)
        When it is in custody.
    made : Predictions
        C of them: what the last estimate in custody leads to; of no consequence where there is none.

    Returns
    -------
    dict of str to ndarray of shape (C,)
        Kilometres; inf of who never had it in custody or predicted no impact.

    Notes
    -----
    The apogee is the greatest height held in custody, or that of the Kepler orbit through the last estimate while that
    still rises. The range is that from the launch place to the impact that the last estimate leads to. Range and
    apogee are compared with those flown.
    """
    flight, last = run.prepared.targets[launch].flight, last_of(kept)
    range_km = ground_distance_km(
        np.degrees(made.lat_rad), np.degrees(made.lon_rad), *_launch_place_deg(run, launch)
    )
    apogee_km = np.where(kept, held.height_m, -np.inf).max(axis=1, initial=-np.inf) / 1e3
    for c in np.flatnonzero(last >= 0):
        tracks = run.local if held.own[c, last[c]] else run.fused
        mean = tracks.mean[held.row[c, last[c]], last[c]]
        if mean[:3] @ mean[3:] > 0.0:
            apogee_km[c] = max(apogee_km[c], kepler_apogee_km(mean))
    stated = last >= 0
    return {
        "stated_apogee_error_km": np.where(stated, np.abs(apogee_km - flight.apogee_km), np.inf),
        "stated_range_error_km": np.where(stated & (made.status == HIT), np.abs(range_km - flight.range_km), np.inf),
    }


def kepler_apogee_km(state: np.ndarray) -> float:
    """Height of the apogee of the Kepler orbit through a state.

    Parameters
    ----------
    state : ndarray, shape (6,)
        ECEF position (m), and velocity relative to the rotating Earth (m/s).

    Returns
    -------
    float
        Kilometres above the ellipsoid at the geocentric latitude of the apogee; inf of what escapes.
    """
    r, v = state[:3], state[3:] + EARTH_RATE_RADPS * np.array([-state[1], state[0], 0.0])
    distance, energy = np.linalg.norm(r), v @ v / 2.0 - MU_M3PS2 / np.linalg.norm(r)
    if energy >= 0.0:
        return np.inf
    towards = ((v @ v - MU_M3PS2 / distance) * r - (r @ v) * v) / MU_M3PS2  # to the perigee, as long as eccentric
    eccentricity = np.linalg.norm(towards)
    apogee_m = -MU_M3PS2 / (2.0 * energy) * (1.0 + eccentricity)
    sine = towards[2] / eccentricity
    polar = SEMI_MAJOR_M * (1.0 - FLATTENING)
    ground_m = 1.0 / np.sqrt((1.0 - sine**2) / SEMI_MAJOR_M**2 + sine**2 / polar**2)
    return float(apogee_m - ground_m) / 1e3


def _launch_place_deg(run: Outcome, launch: int) -> tuple[float, float]:
    """Latitude and longitude of a launch."""
    given = run.scenario.launch if launch == 0 else run.scenario.salvo[launch - 1].launch
    return given.lat_deg, given.lon_deg
