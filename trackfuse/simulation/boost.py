"""Prediction while the engine burns, for a centre of a run."""

from collections.abc import Callable
from functools import cache

import numpy as np

from trackfuse.catalog.missiles import boost_names, missile
from trackfuse.core.errors import SettingsError, check_between, unknown
from trackfuse.simulation.outcome import Outcome
from trackfuse.tracking import FirstFix, Tracks
from trackfuse.warning import BoostPrediction, BoostTrack, Library, launch_of, library
from trackfuse.warning import predict_boost as predicted

LAG_S = 10.0
EVERY_S = 30.0
"""A centre works out the launch point anew so often while its target is less than UNTIL_S old."""
UNTIL_S = 300.0
POINTS = 64
"""Draws that a launch point is worked out from."""


def predict_boost(run: Outcome, node: str, at_s: float, *, track: int = 0, points: int = 256) -> BoostPrediction:
    """Where a centre may think that a missile comes down, and what it is, at an instant of its track.

    Parameters
    ----------
    run : Run
    node : str
        The centre.
    at_s : float
        Seconds after launch; its newest track by then counts.
    track : int
        Number of the centre's track, as in the table `tracks`; there is one alone of one object.
    points : int
        Of the distribution, 16 to 4096.

    Returns
    -------
    BoostPrediction
        Over all classes of data/missiles.csv, each equally likely beforehand; the same bits for the same arguments.
        Arrays of shape (N,), N at most `points`: those that come down.

    Raises
    ------
    SettingsError
        If there is no such centre or track, or it has no estimate by then.

    Examples
    --------
    >>> run = tf.simulate("hwasong12_2022_10_04", policy="trilateral", seed=7)
    >>> boost = tf.predict_boost(run, "ROK", 0.8 * run.flight.burnout_s)
    >>> max(boost.classes, key=boost.classes.get)
    'Hwasong-12'
    """
    names = [centre.node_id for centre in run.scenario.nodes]
    if node not in names:
        raise SettingsError(f"predict_boost: {unknown('centre', node, names)}")
    check_between(SettingsError, "predict_boost at_s", at_s, 0.0, 1e5)
    check_between(SettingsError, "predict_boost points", points, 16, 4096)
    rows, t_s = run.fused.of(names.index(node)), run.prepared.cycle_s
    if not 0 <= track < max(len(rows), 1):
        raise SettingsError(f"predict_boost track: {track!r} is not one of the {len(rows)} tracks of {node}")
    held = np.flatnonzero((run.fused.status[rows[track]] == 1) & (t_s <= at_s)) if len(rows) else rows
    if not held.size:
        raise SettingsError(f"predict_boost: {node} has no track {at_s:g} s after launch")
    known_s = float(run.knowledge[max(run.launch_of(int(run.objects[rows[track]])), 0)].known_s[names.index(node)])
    return _predicted(run, run.fused, int(rows[track]), int(held[-1]), known_s, int(points))


class LaunchPoint:
    """A centre's surest estimate of where and when what a track is of was launched, kept up to date as the track goes
    on: worked out anew every `EVERY_S` while the target is less than `UNTIL_S` old.

    Parameters
    ----------
    not_after_s : float
        It was launched before this, as far as the centre can tell, s.
    since_s : float
        From when on the target's age counts, s.
    cycle_s : float
        Time between two cycles, s.
    seed : int
        Of the draws.
    """

    def __init__(self, not_after_s: float, since_s: float, cycle_s: float, seed: int) -> None:
        self._seen_s, self._cycle_s, self._seed = (not_after_s, since_s), cycle_s, seed
        self._made_s, self._newest = -np.inf, np.full(4, np.nan)

    def at(
        self, tracks: Tracks, row: int, cycle: int, now_s: float, first: Callable[[], FirstFix | None]
    ) -> np.ndarray:
        """The estimate at a cycle at which there is a track; cycles are asked for in their order.

        Parameters
        ----------
        tracks : Tracks
        row, cycle : int
            Which of them, and when; the `LAG_S` before are read too.
        now_s : float
            The cycle's instant, s.
        first : callable
            Gives the state at the first lines of sight that the centre has by now of what the track is of, or None
            where two satellites have not seen it: that is nearer to the launch than any track.

        Returns
        -------
        ndarray, shape (4,)
            Latitude and longitude (rad), instant (s), variance along the longer half-axis (m^2); nan before there is
            an estimate.
        """
        not_after_s, since_s = self._seen_s
        if now_s >= self._made_s + EVERY_S and now_s <= UNTIL_S + max(since_s, 0.0):
            self._made_s, fix = now_s, first()
            fitted = self._take(_boost_track(tracks, row, cycle, now_s, self._cycle_s), not_after_s)
            if fix is not None:
                seen = BoostTrack(mean=fix.mean, covariance=fix.covariance, t_s=fix.t_s, gain_mps=np.nan, boosting=1.0)
                fitted = self._take(seen, fix.t_s) or fitted
            if not fitted:
                return np.full(4, np.nan)  # what fits no flight yet has no launch point
        return self._newest

    def _take(self, track: BoostTrack, not_after_s: float) -> bool:
        """Take the launch point that a track leads to if it is the surest so far; whether it leads to any."""
        try:
            *made, covariance = launch_of(track, _library(), points=POINTS, not_after_s=not_after_s, seed=self._seed)
        except SettingsError:
            return False
        variance = np.linalg.eigvalsh(covariance[:2, :2])[1]
        if not variance >= self._newest[3]:
            self._newest = np.array([*made, variance])
        return True


def launch_point(
    run: Outcome, tracks: Tracks, row: int, cycle: int, not_after_s: float
) -> tuple[float, float, float, np.ndarray]:
    """Where and when a centre may think that what a track is of was launched.

    Parameters
    ----------
    run : Outcome
    tracks : Tracks
    row, cycle : int
        Which of them, and when.
    not_after_s : float
        It was launched before this, s.

    Returns
    -------
    lat_rad, lon_rad, time_s : float
    covariance : ndarray, shape (3, 3)
        Of (east m, north m, time s).

    Raises
    ------
    SettingsError
        If the track fits no flight of any class.
    """
    track = _boost_track(tracks, row, cycle, float(run.prepared.cycle_s[cycle]), run.scenario.tracker.cycle_s)
    return launch_of(track, _library(), points=POINTS, not_after_s=not_after_s, seed=run.seed)


def _predicted(
    run: Outcome, tracks: Tracks, row: int, cycle: int, not_after_s: float, points: int
) -> BoostPrediction:
    track = _boost_track(tracks, row, cycle, float(run.prepared.cycle_s[cycle]), run.scenario.tracker.cycle_s)
    return predicted(track, _library(), points=points, not_after_s=not_after_s, seed=run.seed)


@cache
def _library() -> Library:
    return library(tuple(missile(name) for name in boost_names()))


def _boost_track(tracks: Tracks, row: int, cycle: int, t_s: float, cycle_s: float) -> BoostTrack:
    before = cycle - round(LAG_S / cycle_s)
    gain = np.nan
    if before >= 0 and tracks.status[row, before] == 1:
        speed = np.linalg.norm(tracks.mean[row, [before, cycle], 3:], axis=1)
        gain = float(speed[1] - speed[0])
    return BoostTrack(
        mean=tracks.mean[row, cycle], covariance=tracks.covariance[row, cycle], t_s=t_s, gain_mps=gain,
        boosting=float(tracks.boosting[row, cycle]),
    )  # fmt: skip
