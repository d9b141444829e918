"""What each nation's centres hold of a launch, run by run: by posture, alone and with what others shared that day."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pymap3d

from trackfuse.catalog.scenario import Scenario
from trackfuse.flight import Launch, ordinary_range_km, state_at
from trackfuse.history.launches import Event, policy_on, scenario_of
from trackfuse.scoring.accuracy import ground_distance_km
from trackfuse.simulation.deliver import deliver
from trackfuse.simulation.fused_tracks import cluster, fuse
from trackfuse.simulation.local_tracks import Tracked, local_tracks
from trackfuse.simulation.prepare import Prepared, draw_noise, flown, prepare
from trackfuse.simulation.progress import progress

ALONE, SHARED = 0, 1
"""First axis of a sighting: own sensors alone, and the arrangement of the day."""
GRID_S, DENSE_S, COARSE = 2.0, 300.0, 60
"""Instants at which paths are worked out: every so often up to an instant, and so many in the rest of the flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What the C nations' centres hold of one launch in R runs; first axis: `ALONE`, `SHARED`.

    Parameters
    ----------
    nations : tuple of str
    known_s : ndarray, shape (2, C, R)
        First knowledge of the launch, s after lift-off; inf for never.
    first_s, last_s : ndarray, shape (2, C, R)
        Times of measurement of the first and of the last detection in the fused track, s; nan without a track.
    ordinary_km, end_km : ndarray, shape (2, C, R)
        Range of the ordinary path from the top of the flight (or from where the track is nearest to it), and from the
        end of the track, km; nan without a track.
    last_range_km, last_height_km, top_km : ndarray, shape (2, C, R)
        Ground range and height at the end of the track, and greatest height within it, km; nan without a track.
    flown_km : float
    impact_deg : tuple of float
        Latitude and longitude of the impact; nan of a satellite.
    """

    nations: tuple[str, ...]
    known_s: np.ndarray
    first_s: np.ndarray
    last_s: np.ndarray
    ordinary_km: np.ndarray
    end_km: np.ndarray
    last_range_km: np.ndarray
    last_height_km: np.ndarray
    top_km: np.ndarray
    flown_km: float
    impact_deg: tuple[float, float]


@lru_cache(maxsize=1024)
def sighting_of(event: Event, posture: str, runs: int, seed: int) -> Sighting:
    """Simulate what each nation's centres hold of a launch, alone and under the arrangement of the day.

    Parameters
    ----------
    event : Event
        That can be flown.
    posture : str
        As in `simulate`.
    runs, seed : int

    Returns
    -------
    Sighting
        The same bits for the same arguments.
    """
    assert event.launch is not None
    scenario = replace(scenario_of(event.launch, event.on), posture=posture)
    prepared = prepare(scenario)
    held = np.stack([_held(scenario, prepared, event, seed, run) for run in range(runs)], axis=-1)
    known_s, first_s, last_s = held
    flight = prepared.targets[0].flight
    measured = _measured(event.launch, first_s, last_s)
    return Sighting(nations=scenario.nations, known_s=known_s, first_s=first_s, last_s=last_s,
                    flown_km=flight.range_km, impact_deg=(flight.impact_lat_deg, flight.impact_lon_deg),
                    **measured)  # fmt: skip


def _held(scenario: Scenario, prepared: Prepared, event: Event, seed: int, run: int) -> np.ndarray:
    """First knowledge, first and last detection of the track in one run, (3, 2, C)."""
    noise = draw_noise(scenario, prepared, seed=seed, run=run)
    found = np.full((3, 2, len(scenario.nations)), np.nan)
    own: Tracked | None = None
    for p, name in enumerate(("national", policy_on(event.on))):
        policy = scenario.policy(name)
        delivered = deliver(scenario, policy, prepared, noise, own.delivered if own else None)
        own = local_tracks(scenario, prepared, noise, delivered, own)
        fused = fuse(scenario, policy, prepared, noise, own, cluster(scenario, prepared, own).clusters)
        held_s = np.where(fused.status == 1, fused.last_plot_s, np.nan)
        for c, nation in enumerate(scenario.nations):
            centres = [i for i, node in enumerate(scenario.nodes) if node.nation == nation]
            found[0, p, c] = delivered.knowledge[0].known_s[centres].min()
            times = held_s[np.isin(fused.node, centres)]
            if np.isfinite(times).any():
                found[1:, p, c] = np.nanmin(times), np.nanmax(times)
    return found


def _measured(launch: Launch, first_s: np.ndarray, last_s: np.ndarray) -> dict[str, np.ndarray]:
    """Ranges and heights, km, of tracks between instants of any shape."""
    grid_s, ordinary_km, over_km, height_km = _along(launch)
    top_s = np.clip(flown(launch).apogee_s, first_s, last_s)

    def at(t_s: np.ndarray, values: np.ndarray) -> np.ndarray:
        return np.where(np.isfinite(t_s), np.interp(t_s, grid_s, values), np.nan)

    return {
        "ordinary_km": at(top_s, ordinary_km),
        "end_km": at(last_s, ordinary_km),
        "last_range_km": at(last_s, over_km),
        "last_height_km": at(last_s, height_km),
        "top_km": at(top_s, height_km),
    }


@lru_cache(maxsize=512)
def _along(launch: Launch) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Instants along a flight (s), range of the ordinary path from each, ground range and height there (km)."""
    flight = flown(launch)
    dense_s = np.arange(0.0, min(DENSE_S, flight.end_s), GRID_S)
    grid_s = np.unique(np.concatenate([dense_s, np.linspace(dense_s[-1], flight.end_s, COARSE)]))
    lat_deg, lon_deg, height_m = pymap3d.ecef2geodetic(*state_at(flight, grid_s)[:, :3].T)
    over_km = ground_distance_km(lat_deg, lon_deg, launch.lat_deg, launch.lon_deg)
    return grid_s, ordinary_range_km(launch, flight, grid_s), over_km, height_m / 1e3


def sightings_of(
    events: list[Event], postures: tuple[str, ...], runs: int, seed: int
) -> dict[tuple[str, str], Sighting]:
    """Sightings of many launches, on all cores.

    Parameters
    ----------
    events : list of Event
        That can be flown.
    postures : tuple of str
    runs, seed : int

    Returns
    -------
    dict of (str, str) to Sighting
        By event and posture.
    """
    asked = [(event, posture) for event in events for posture in postures]
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    found = {}
    try:
        with progress(len(asked), "record") as bar:
            made = pool.map(lambda each: sighting_of(*each, runs, seed), asked)
            for (event, posture), sighting in zip(asked, made, strict=True):
                found[event.event_id, posture] = sighting
                bar.update()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # Ctrl-C: what is under way ends, the rest never begins
    return found
