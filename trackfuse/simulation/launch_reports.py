"""What launch reports carry before there is a track: a launch cue from the lines of sight that each centre has.

A centre that has lines of sight makes its own cue of them, newly with each. With every infrared detection that it
reports, its newest cue goes where the launch report goes; there the launch point is rounded as the published items are,
all else is as its sender has it. Of several cues a centre holds the one with the smallest claimed error. Which launch a
line is of counts as known.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pymap3d

from trackfuse.catalog.missiles import boost_names, missile
from trackfuse.catalog.records import ASSUMPTIONS, item_accuracies
from trackfuse.core.errors import SettingsError, check_between, check_known
from trackfuse.scoring.accuracy import ground_distance_km
from trackfuse.sensing.registration import registration_sigma
from trackfuse.simulation.figures.centre import first_track_s
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.prepare import launches_of
from trackfuse.simulation.rounding import launch_report_rounding
from trackfuse.warning import LaunchCue, SatelliteLines, library
from trackfuse.warning import launch_cue as cue_of

Cues = Callable[[int, int], LaunchCue | None]
"""From a centre and how many lines of sight it has received to the cue that they give; None where they give none."""
Held = tuple[int, LaunchCue]
"""Whose cue a centre holds, by number, and the cue as it has it."""
COLUMNS = (
    "node", "launch", "t_s", "origin", "satellites", "lines", "launch_lat_deg", "launch_lon_deg", "launch_sigma_km",
    "launch_s", "launch_sigma_s", "heading_deg", "heading_sigma_deg", "class", "probability", "launch_error_km",
)  # fmt: skip


def launch_reports(run: Outcome) -> pd.DataFrame:
    """What each centre could say of each launch before it held a track.

    Parameters
    ----------
    run : Outcome

    Returns
    -------
    DataFrame
        One row a centre, launch and cycle, from the first line of sight or launch report that the centre has to its
        first track, own or received, or to the last of these messages, after which nothing changes. `origin` is the
        centre whose cue it is, from `lines` lines of sight of `satellites`. The launch point with the longer half-axis
        of its ellipse `launch_sigma_km` and its true error; `launch_s` is in seconds after the first lift-off;
        `heading_sigma_deg` is 104 where the heading may be any. `class` is the most probable one; `tf.launch_cue` has
        all.
    """
    rows = []
    for n, launch_id in enumerate(run.prepared.launch_ids):
        cues, end_s = _cues(run, n), first_track_s(run, n)
        launch = launches_of(run.scenario)[n][0]
        for i, node in enumerate(run.scenario.nodes):
            at_s = _instants(run, n, i)
            last = np.searchsorted(run.prepared.cycle_s, at_s.max(initial=-np.inf))
            cycles = run.prepared.cycle_s[: last + 1]
            for t_s in cycles[(cycles >= at_s.min(initial=np.inf)) & (cycles < end_s[i])].tolist():
                held = _held(run, n, i, t_s, cues)
                if held is not None:
                    rows.append((node.node_id, launch_id, t_s, *_row(run, *held, launch.lat_deg, launch.lon_deg)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def launch_cue(run: Outcome, node: str, at_s: float, *, launch: str | None = None) -> LaunchCue:
    """What a centre can say of a launch at an instant by lines of sight alone, its own or as launch reports carry it.

    Parameters
    ----------
    run : Run
    node : str
        The centre.
    at_s : float
        Seconds after the first lift-off.
    launch : str, optional
        Name of the launch; by default the first.

    Returns
    -------
    LaunchCue
        Probabilities of all classes are in `classes`. The same bits for the same arguments. `covariance_m2` has shape
        (2, 2), m^2.

    Raises
    ------
    SettingsError
        If there is no such centre or launch, or the centre has no line of sight and no launch report by then.

    Examples
    --------
    >>> run = tf.simulate("hwasong12_2022_10_04", policy="trilateral", seed=7)
    >>> cue = tf.launch_cue(run, "JPN", 75.0)
    >>> cue.satellites
    2
    """
    names, launches = [centre.node_id for centre in run.scenario.nodes], run.prepared.launch_ids
    check_known(SettingsError, "centre", node, names, where="launch_cue")
    check_between(SettingsError, "launch_cue at_s", at_s, 0.0, 1e5)
    chosen = launches[0] if launch is None else launch
    check_known(SettingsError, "launch", chosen, launches, where="launch_cue")
    n = launches.index(chosen)
    held = _held(run, n, names.index(node), at_s, _cues(run, n))
    if held is None:
        raise SettingsError(f"launch_cue: {node} has no line of sight and no launch report of {chosen} by {at_s:g} s")
    return held[1]


def _row(run: Outcome, origin: int, cue: LaunchCue, lat_deg: float, lon_deg: float) -> tuple[str | float, ...]:
    error_km = float(ground_distance_km(np.array([cue.lat_deg]), np.array([cue.lon_deg]), lat_deg, lon_deg)[0])
    return (
        run.scenario.nodes[origin].node_id, cue.satellites, cue.lines, cue.lat_deg, cue.lon_deg, cue.sigma_km,
        cue.launch_s, cue.launch_sigma_s, cue.heading_deg, cue.heading_sigma_deg, cue.missile, cue.classes[cue.missile],
        error_km,
    )  # fmt: skip


def _lines_of(run: Outcome, launch: int) -> np.ndarray:
    """Detections of a launch by infrared sensors, ndarray of int."""
    of = np.array([target.launch for target in run.prepared.targets])
    truth = run.measurements.truth
    return np.flatnonzero(run.measurements.is_infrared & (truth >= 0) & (of[np.maximum(truth, 0)] == launch))


def _reports(run: Outcome, launch: int, origin: int, node: int) -> tuple[np.ndarray, np.ndarray]:
    """When another centre has each launch report of one, and when the one sent it, s."""
    rows = _lines_of(run, launch)
    rows = rows[run.prepared.sources.home[run.measurements.sensor[rows]] == origin]
    return run.deliveries.launch_report_s[rows, node], run.deliveries.received_s[rows, origin]


def _instants(run: Outcome, launch: int, node: int) -> np.ndarray:
    """When a centre receives lines of sight, or launch reports of others, s."""
    own = run.deliveries.received_s[_lines_of(run, launch), node]
    others = [_reports(run, launch, o, node)[0] for o in range(len(run.scenario.nodes)) if o != node]
    at_s = np.concatenate([own, *others])
    return at_s[np.isfinite(at_s)]


def _held(run: Outcome, launch: int, node: int, t_s: float, cues: Cues) -> Held | None:
    """The surest cue that a centre has at an instant."""
    received_s = run.deliveries.received_s[_lines_of(run, launch)]
    held = [(node, cues(node, int((received_s[:, node] <= t_s).sum())))]
    for origin in range(len(run.scenario.nodes)):
        had_s, sent_s = _reports(run, launch, origin, node)
        if origin != node and (had_s <= t_s).any():
            count = int((received_s[:, origin] <= sent_s[had_s <= t_s].max()).sum())
            held.append((origin, _stated(run, launch, origin, cues(origin, count))))
    known = [(origin, cue) for origin, cue in held if cue is not None]
    return min(known, key=lambda each: each[1].sigma_km, default=None)


def _cues(run: Outcome, launch: int) -> Cues:
    """The cues of a launch that centres make of the lines of sight that they have received."""
    flights = library(tuple(missile(name, boost=level) for name in boost_names() for level in ASSUMPTIONS))
    rows, sensors = _lines_of(run, launch), run.prepared.looks.sensors
    made, received_s = run.measurements, run.deliveries.received_s

    @cache
    def cue(node: int, count: int) -> LaunchCue | None:
        first = rows[np.argsort(received_s[rows, node], kind="stable")[:count]]
        if not count:
            return None
        who, satellite = np.unique(made.sensor[first], return_inverse=True)
        mine = [sensors[s] for s in who]
        lines = SatelliteLines(
            t_s=made.t_s[first], satellite=satellite, site_m=made.site_m[first], direction=made.sights[first],
            sigma_rad=made.sigma[first, 2],
            constant_rad=np.array([registration_sigma(each)[4] for each in mine]),
            **{name: scale * np.array([getattr(each, field) for each in mine]) for name, field, scale in (
                ("cloud_m", "cloud_km", 1e3), ("detection_probability", "detection_probability", 1.0),
                ("revisit_s", "revisit_s", 1.0),
            )},
        )  # fmt: skip
        try:
            return cue_of(lines, flights)
        except SettingsError:
            return None  # what fits no flight yet has no cue

    return cue


def _stated(run: Outcome, launch: int, origin: int, cue: LaunchCue | None) -> LaunchCue | None:
    """A cue as a launch report carries it."""
    if cue is None:
        return None
    coarse_m = item_accuracies(run.scenario.assumptions)["launch_point_m"]
    address = run.prepared.launch_ids[launch], run.scenario.nodes[origin].node_id
    east, north = coarse_m * launch_report_rounding(*address, cue.lines, seed=run.seed, run=run.run)
    lat, lon, _ = pymap3d.enu2geodetic(east, north, 0.0, cue.lat_deg, cue.lon_deg, 0.0)
    return replace(
        cue, lat_deg=float(lat), lon_deg=float(lon), covariance_m2=cue.covariance_m2 + coarse_m**2 * np.eye(2)
    )
