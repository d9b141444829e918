"""How messages are rounded: the noise of what a centre states of its tracks, the same under every policy."""

from functools import lru_cache

import numpy as np

from trackfuse.core.rng import generator

TRAJECTORY, LAUNCH_POINT, POSITION_AND_IMPACT = slice(0, 6), slice(6, 8), [0, 1, 2, 8, 9, 10]
"""Columns of a message's standard normal numbers: position and velocity (0 to 5), east and north of the launch point (6
and 7), east, north and time of the impact (8 to 10).
"""


def message_rounding(launch_id: str, centres: tuple[str, ...], cycles: int, *, seed: int, run: int) -> np.ndarray:
    """Standard normal numbers that round what messages state of tracks at every cycle.

    Parameters
    ----------
    launch_id : str
        Of the first launch.
    centres : tuple of str
        The centre of each of the K tracks; tracks of one centre are neighbours.
    cycles : int
        J, how many there are.
    seed, run : int

    Returns
    -------
    ndarray, shape (K, J, 11)
        Standard normal numbers. Each track has its own, by its number at its centre.
    """
    tracks = [_of_track(launch_id, name, k - centres.index(name), cycles, seed, run) for k, name in enumerate(centres)]
    return np.array(tracks) if tracks else np.empty((0, cycles, 11))


def launch_report_rounding(launch_id: str, centre: str, lines: int, *, seed: int, run: int) -> np.ndarray:
    """Standard normal numbers that round the launch point of a launch report.

    Parameters
    ----------
    launch_id : str
        Of the launch that it is of.
    centre : str
        Who sends it.
    lines : int
        From how many lines of sight the sender knows of the launch.
    seed, run : int

    Returns
    -------
    ndarray, shape (2,)
        Standard normal numbers, east and north.
    """
    return generator(seed, run, launch_id, centre, "launch report", lines).standard_normal(2)


@lru_cache(maxsize=256)
def _of_track(launch_id: str, centre: str, number: int, cycles: int, seed: int, run: int) -> np.ndarray:
    """Of one track, (J, 11); kept, because centres have the same tracks under several policies."""
    address = (seed, run, launch_id, centre)
    which = (number,) if number else ()
    out = np.empty((cycles, 11))
    out[:, TRAJECTORY] = generator(*address, "report", *which).standard_normal((cycles, 6))
    out[:, 6:] = generator(*address, "items", *which).standard_normal((cycles, 5))
    out.flags.writeable = False
    return out
