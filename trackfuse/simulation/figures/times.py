"""When a nation first knows of a launch, detects it, tracks it, and gives notice."""

import numpy as np

from trackfuse.kernels.delivery import Confirmation
from trackfuse.kernels.held import confirmed_by_own
from trackfuse.simulation.figures.centre import first_track_s
from trackfuse.simulation.figures.held import arrivals_of_tracks, by_nation, follows_own, nation_of_nodes
from trackfuse.simulation.outcome import Outcome


def times_of(run: Outcome, launch: int, follows: np.ndarray) -> dict[str, np.ndarray]:
    """First events of every nation.

    Parameters
    ----------
    run : Outcome
    launch : int
        Its number.
    follows : ndarray of int, shape (K, J)
        As `follows_own` gives it.

    Returns
    -------
    dict of str to ndarray of shape (C,)
        Figure -> seconds after the launch's lift-off; inf if never.
    """
    own = _own_detections(run, launch)
    found = {
        "first_knowledge_s": by_nation(run, run.knowledge[launch].known_s),
        "first_own_detection_s": _earliest(run, *own),
        "first_own_track_s": by_nation(run, _own_track_s(run, launch, own, follows)),
        "first_track_received_s": _track_received_s(run, launch, follows),
        "first_track_s": by_nation(run, first_track_s(run, launch)),
        "first_notice_s": by_nation(run, run.launch_notices[launch].notices.first_notice_s),
    }
    lift_off_s = run.prepared.targets[launch].lift_off_s
    return {name: times - lift_off_s for name, times in found.items()}


def first_times(run: Outcome, launch: int) -> dict[str, np.ndarray]:
    """First events of every nation, of a run alone.

    Parameters
    ----------
    run : Outcome
    launch : int
        Its number.

    Returns
    -------
    dict of str to ndarray of shape (C,)
        Figure -> seconds after the launch's lift-off; inf if never.
    """
    return times_of(run, launch, follows_own(run))


def _own_detections(run: Outcome, launch: int) -> tuple[np.ndarray, np.ndarray]:
    """Detections of anything that a launch shows, by its rows and when the centre of their sensor has them, s."""
    parts = [o for o, target in enumerate(run.prepared.targets) if target.launch == launch]
    rows = np.flatnonzero(np.isin(run.measurements.truth, parts))
    home = run.prepared.sources.home[run.measurements.sensor[rows]]
    return rows, run.deliveries.received_s[rows, home]


def _earliest(run: Outcome, rows: np.ndarray, arrival_s: np.ndarray) -> np.ndarray:
    """First of some detections by nation, (C,)."""
    out = np.full(len(run.scenario.nations), np.inf)
    home = run.prepared.sources.home[run.measurements.sensor[rows]]
    np.minimum.at(out, nation_of_nodes(run)[home], arrival_s)
    return out


def _own_track_s(
    run: Outcome, launch: int, own: tuple[np.ndarray, np.ndarray], follows: np.ndarray
) -> np.ndarray:
    """When each centre's own sensors confirm a track of the missile, (N,): by the rule of confirmation where detections
    carry their object, else the first cycle of an own track that follows it.
    """
    confirmed = np.full(len(run.scenario.nodes), np.inf)
    if run.prepared.known:
        rows, arrival_s = own
        seen = run.measurements
        counts = (seen.is_infrared | ~seen.angles_only)[rows]  # angles of other sensors confirm no track
        rows, arrival_s = rows[counts], arrival_s[counts]
        home = run.prepared.sources.home[run.measurements.sensor[rows]]
        settings = run.prepared.tracker
        rule = Confirmation(settings.confirm_plots, float(settings.confirm_window_s))
        confirmed_by_own(
            np.ascontiguousarray(run.measurements.t_s[rows], dtype=float), run.measurements.select(rows).sights,
            arrival_s, home.astype(np.int64), rule, confirmed,
        )  # fmt: skip
        return confirmed
    held = (run.local.status == 1) & (follows == launch)
    for row in np.flatnonzero(held.any(axis=1)):
        node = run.local.node[row]
        confirmed[node] = min(confirmed[node], run.prepared.cycle_s[held[row].argmax()])
    return confirmed


def _track_received_s(run: Outcome, launch: int, follows: np.ndarray) -> np.ndarray:
    """When each nation has the first report, track or item, in which another's centre gives a state of the missile."""
    nation, tells = nation_of_nodes(run), (run.local.status == 1) & (follows == launch)
    arrival, abroad = arrivals_of_tracks(run), nation[run.local.node][:, None] != nation
    first = np.where(tells[:, None] & abroad[:, :, None], arrival, np.inf).min(axis=(0, 2), initial=np.inf)
    return by_nation(run, first)
