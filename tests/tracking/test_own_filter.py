"""A track filter of a user's own, as docs/extending.md teaches it: runs, comparisons, sweeps, studies, figures."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pymap3d
import pytest

import trackfuse as tf
from trackfuse.core import plugins
from trackfuse.core.errors import PluginError, SettingsError, TrackfuseError
from trackfuse.flight import state_at
from trackfuse.tracking import fall_on, filter_detections

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
NAME = "kn23_2022_09_25"


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_registered", {role: {} for role in plugins.ROLES})


def taught_filter() -> type:
    """The class that the page's block on filters defines."""
    block = next(each for each in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "class FreeFall" in each)
    names: dict[str, Any] = {"__name__": __name__}
    exec(block.split("\nbase = ")[0], names)
    return names["FreeFall"]


FreeFall = taught_filter()
LOOSE = FreeFall(tf.TrackerSettings(coast_psd=400.0))


def with_filter(chosen: Any, **settings: Any) -> tf.Scenario:
    over = {f"tracker.{name}": value for name, value in settings.items()}
    return tf.change(tf.load_scenario(NAME), {"tracker.filter": chosen, **over})


def ideal(scenario: tf.Scenario, seed: int = 3) -> tf.Run:
    return tf.simulate(scenario, policy="ideal", seed=seed)


def test_it_is_the_built_in_extended_filter_of_free_fall() -> None:
    """Of the same detections after burn-out from the same start, range rates and two angles alone among them: means and
    covariances to 1e-8, innovations to 1e-6.
    """
    rated = tf.change(tf.load_scenario("nodong_2016_08_03"), {"sensors.*.range_rate_cell_mps": 5.0})
    run = ideal(rated)
    fall = run.measurements.select(run.measurements.t_s > run.prepared.flight.burnout_s)
    plain, angles = np.arange(len(fall)) % 3 == 0, np.arange(len(fall)) % 5 == 0
    z, sigma = fall.z.copy(), fall.sigma.copy()
    z[plain, 3], sigma[plain, 3] = np.nan, np.inf
    z[angles, 0], sigma[angles, 0] = np.nan, np.inf
    fall = replace(fall, z=z, sigma=sigma)
    assert (fall.angles_only == angles).all() and len(fall) > 100
    truth = run.prepared.truth[0][np.searchsorted(run.prepared.cycle_s, fall.t_s[0]) - 1]
    spread = np.array([5e3] * 3 + [300.0] * 3)
    start = tf.Estimate(mean=truth + spread, covariance=np.diag(spread**2), t_s=float(fall.t_s[0]) - 1.0)
    own, built = (filter_detections(each, fall, start, tf.TrackerSettings()) for each in (FreeFall(), "ekf"))
    deviation = np.sqrt(np.einsum("mii->mi", built.covariance))
    size = np.linalg.norm(built.mean.reshape(-1, 2, 3), axis=2, keepdims=True)
    assert np.abs((own.mean - built.mean).reshape(-1, 2, 3) / size).max() < 1e-8
    scale = deviation[:, :, None] * deviation[:, None]
    assert np.abs((own.covariance - built.covariance) / scale).max() < 1e-8
    np.testing.assert_allclose(own.nis, built.nis, rtol=1e-6, atol=1e-8)


def test_a_study_of_filters_takes_it_beside_the_built_in_ones() -> None:
    study = tf.filter_study("nodong_2016_08_03", filters=("ekf", FreeFall()), runs=2, seed=3)
    built, own = (study.table[study.table["filter"] == name].drop(columns="filter") for name in ("ekf", "FreeFall"))
    assert len(own) == len(built) > 0
    np.testing.assert_allclose(own.to_numpy(), built.to_numpy(), rtol=1e-7)
    assert re.search(r"filter FreeFall \(.*, source \w+\)", study.caption())
    with pytest.raises(SettingsError, match="filters: no track filter 'efk'; did you mean 'ekf'"):
        tf.filter_study(NAME, filters=("efk",), runs=1)
    with pytest.raises(SettingsError, match="two are called 'FreeFall'; register each"):
        tf.filter_study(NAME, filters=(FreeFall(), LOOSE), runs=1)


def test_a_detection_says_what_it_measures() -> None:
    """Gradients against differences; range, azimuth and elevation against another library; the azimuth's difference
    across north.
    """
    seen: list[tf.Detection] = []

    class Keeping(InPlace):
        def update(self, state: list, detection: tf.Detection) -> tuple[list, float]:
            seen.append(detection)
            return super().update(state, detection)

    rated = tf.change(with_filter(Keeping(400.0)), {"sensors.*.range_rate_cell_mps": 5.0})
    run = ideal(rated)
    by_time = {run.measurements.t_s[m]: run.scenario.sensors[s] for m, s in enumerate(run.measurements.sensor)}
    radar = next(e for e in seen if len(e.components) == 4 and by_time[e.t_s].speed_mps == 0.0)
    infrared = next(each for each in seen if each.plume)
    assert radar.components == ("range_m", "azimuth_rad", "elevation_rad", "range_rate_mps") and not radar.plume
    assert infrared.components == ("azimuth_rad", "elevation_rad") and infrared.R.shape == (2, 2)
    state = state_at(run.flight, np.array([radar.t_s]))[0]
    by = by_time[radar.t_s]
    azimuth, elevation, range_m = pymap3d.ecef2aer(*state[:3], by.lat_deg, by.lon_deg, by.alt_m)
    expected, H = radar.expected(state)
    np.testing.assert_allclose(expected[0], range_m, atol=0.1)
    np.testing.assert_allclose(expected[1] % (2.0 * np.pi), np.radians(azimuth), atol=1e-6)
    np.testing.assert_allclose(expected[2], np.radians(elevation), atol=1e-6)
    step = np.array([10.0] * 3 + [0.1] * 3)
    for i, h in enumerate(np.diag(step)):
        slope = (radar.expected(state + h)[0] - radar.expected(state - h)[0]) / (2.0 * step[i])
        np.testing.assert_allclose(H[:, i], slope, rtol=1e-5, atol=1e-9)
    assert np.abs(radar.residual(radar.z)).max() == 0.0
    around = radar.residual(radar.z + [0.0, 2.0 * np.pi - 0.1, 0.0, 0.0])
    np.testing.assert_allclose(around, [0.0, 0.1, 0.0, 0.0], atol=1e-9)


@dataclass(frozen=True)
class Noting(FreeFall):  # type: ignore[misc, valid-type]
    """The same, which notes how every track began."""

    begun: tuple[list, ...] = ([],)

    def __hash__(self) -> int:
        return 1

    def begin(self, mean: np.ndarray, covariance: np.ndarray, t_s: float) -> tf.Estimate:
        self.begun[0].append(super().begin(mean, covariance, t_s))
        return self.begun[0][-1]


def test_in_a_run_it_is_given_every_detection_once_in_order() -> None:
    """A centre's track at each cycle: the built-in filter from where the track began, through all detections until
    then, and on to the cycle. The centre has each at once, so that nothing is worked through anew.
    """
    noting = Noting(settings=LOOSE.settings)
    base = with_filter(noting, registration="ignore")
    sensors = tuple(replace(sensor, report_delay_s=0.0) for sensor in base.sensors)
    run = ideal(replace(base, sensors=sensors))
    begun, own = noting.begun[0][0], run.local_tracks.tracks
    late = run.measurements.t_s > begun.t_s
    given = run.measurements.select(late)
    mean = filter_detections("ekf", given, begun, LOOSE.settings)
    held = (own.status[0] == 1) & (run.prepared.cycle_s > given.t_s[0])
    assert held.sum() > 20
    for j in np.flatnonzero(held):
        m = int(np.searchsorted(given.t_s, own.last_plot_s[0, j], side="right")) - 1
        at = tf.Estimate(mean=mean.mean[m], covariance=mean.covariance[m], t_s=float(given.t_s[m]))
        there = fall_on(at, float(run.prepared.cycle_s[j]), LOOSE.settings)
        np.testing.assert_allclose(own.mean[0, j], there.mean, rtol=1e-8, atol=1e-4)
        deviation = np.sqrt(np.diag(there.covariance))
        apart = np.abs(own.covariance[0, j] - there.covariance) / np.outer(deviation, deviation)
        assert apart.max() < 1e-6


def test_a_filter_goes_through_runs_comparisons_sweeps_and_figures(tmp_path: Path) -> None:
    scenario = with_filter(LOOSE)
    run = tf.simulate(scenario, policy="trilateral", seed=7)
    pd.testing.assert_frame_equal(run.tracks, tf.simulate(scenario, policy="trilateral", seed=7).tracks)
    assert np.nanmedian(run.errors.position_m) < 5e3
    identity = rf"filter FreeFall \({__name__}, no version, source \w+\)"
    assert re.search(identity, run.caption())
    comparison = tf.compare(scenario, policies=["national", "mesh"], runs=2, seed=7)
    assert re.search(identity, comparison.caption())
    for figure in (tf.plots.timeline(run), tf.plots.accuracy(run), tf.plots.policies(comparison)):
        assert "FreeFall" in " ".join(text.get_text() for text in figure.texts)
        plt.close(figure)
    given = {"over": {"policy.latency_s": [60]}, "policies": ["trilateral"], "runs": 1, "seed": 7}
    study = tf.sweep(scenario, **given, out=tmp_path / "sweep")
    assert re.fullmatch(identity, study.manifest["parts"][0])
    for other in (FreeFall(tf.TrackerSettings(coast_psd=300.0)), "imm"):
        with pytest.raises(SettingsError, match="holds a sweep with another scenario"):
            tf.sweep(with_filter(other), **given, out=tmp_path / "sweep")


def test_what_a_filter_holds_can_be_swept(tmp_path: Path) -> None:
    over = {"tracker.filter.settings.coast_psd": [100.0, 400.0]}
    study = tf.sweep(with_filter(LOOSE), over=over, policies=["national"], runs=1, seed=7, out=tmp_path / "sweep")
    assert not study.not_flown
    assert set(study.rows["tracker.filter.settings.coast_psd"]) == {100.0, 400.0}


def test_several_objects_are_followed_by_it_too() -> None:
    """Two missiles a minute apart, told apart by the nearest neighbour: each is followed, and none for the other."""
    first = with_filter(LOOSE)
    launch = replace(first.launch, launch_id="second", lat_deg=first.launch.lat_deg + 0.5)
    from trackfuse.catalog.scenario import SalvoLaunch

    pair = replace(first, salvo=(SalvoLaunch(launch=launch, after_s=60.0),))
    run = tf.simulate(pair, policy="national", seed=7)
    assert run.prepared.tracker.association == "gnn"
    assert {0, 1} <= set(run.objects.tolist())
    assert np.nanmedian(run.errors.position_m) < 5e3


class InPlace:
    """A class that is no dataclass, and a state that is changed in place."""

    def __init__(self, psd: float) -> None:
        self.by = FreeFall(tf.TrackerSettings(coast_psd=psd))

    def begin(self, mean: np.ndarray, covariance: np.ndarray, t_s: float) -> list:
        return [self.by.begin(mean, covariance, t_s)]

    def predict(self, state: list, t_s: float) -> list:
        state[0] = self.by.predict(state[0], t_s)
        return state

    def update(self, state: list, detection: tf.Detection) -> tuple[list, float]:
        state[0], nis = self.by.update(state[0], detection)
        return state, nis

    def estimate(self, state: list) -> tf.Estimate:
        return state[0]


def test_a_filter_may_change_its_state_in_place() -> None:
    """Late detections included: what was held before them is still there."""
    one, other = (tf.simulate(with_filter(each), policy="bilateral", seed=5) for each in (LOOSE, InPlace(400.0)))
    pd.testing.assert_frame_equal(one.tracks, other.tracks)


def test_a_registered_filter_is_found_by_its_name_saved_and_named_in_files(tmp_path: Path) -> None:
    run = tf.simulate(with_filter(LOOSE), policy="national", seed=7)
    with pytest.raises(SettingsError, match=r"give it one with tf.register\('filter', name, part\)"):
        run.save(tmp_path / "run")
    assert not (tmp_path / "run").exists()
    shipped = next(Path(tf.__file__).parents[1].glob(f"data/scenarios/{NAME}.toml"))
    file = tmp_path / "mine.toml"
    file.write_text(shipped.read_text() + '\n[tracker]\nfilter = "loose"\n')
    with pytest.raises(TrackfuseError, match=r"mine.toml.*tracker filter: no track filter 'loose'"):
        tf.load_scenario(file)
    tf.register("filter", "loose", LOOSE)
    assert tf.load_scenario(file).tracker.filter is LOOSE
    run.save(tmp_path / "run")
    again = tf.load_run(tmp_path / "run")
    assert again.scenario.tracker.filter is LOOSE
    pd.testing.assert_frame_equal(again.tracks, run.tracks)


def test_the_explorer_offers_the_filter_and_starts_with_it() -> None:
    explorer = tf.explore(with_filter(LOOSE))
    assert explorer.controls.filter.value is LOOSE
    assert explorer.controls.filter.options[-1] == ("FreeFall", LOOSE)
    assert explorer.controls.choice().filter is LOOSE


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"association": "jpda"}, "association: 'jpda' is for filter 'imm'.*not 'FreeFall'.*'gnn' and 'known' are for"),
        ({"late": "one_step"}, "late: 'one_step' is for filter 'imm'; 'FreeFall' reprocesses"),
        ({"engine": "filterpy"}, "engine: 'filterpy' drives imm, ekf, ukf, not 'FreeFall'"),
    ],
)
def test_what_it_cannot_be_used_with_is_refused_before_the_run(settings: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        tf.TrackerSettings(filter=LOOSE, **settings)


class NoUpdate:
    begin, predict, estimate = LOOSE.begin, LOOSE.predict, LOOSE.estimate


class ShortPredict(InPlace):
    def predict(self, state: list) -> list:  # type: ignore[override]
        return state


class NoHash(InPlace):
    __hash__ = None  # type: ignore[assignment]


def test_other_methods_are_refused_at_once() -> None:
    wanted = r"a track filter has begin\(mean, covariance, t_s\), predict\(state, t_s\), update\(state, detection\)"
    for bad, says in (
        (NoUpdate(), rf"tracker filter: 'NoUpdate' has no update; {wanted}"),
        (ShortPredict(1.0), rf"tracker filter: 'ShortPredict'.predict does not fit: .*; {wanted}"),
        (NoHash(1.0), "tracker filter: 'NoHash' cannot be hashed; give it as a frozen dataclass"),
        (3, "tracker filter: 'int' has no begin"),
    ):
        with pytest.raises(TrackfuseError, match=says):
            with_filter(bad)


@dataclass(frozen=True)
class Bad(FreeFall):  # type: ignore[misc, valid-type]
    """Fails in one way, from 100 s on."""

    how: str = ""

    def estimate(self, state: tf.Estimate) -> Any:
        if state.t_s < 100.0:
            return state
        changes: dict[str, Any] = {
            "raises": None,
            "nothing": None,
            "not finite": lambda: replace(state, mean=np.full(6, np.nan)),
            "not positive": lambda: replace(state, covariance=-state.covariance),
            "skew": lambda: replace(state, covariance=state.covariance + np.triu(np.full((6, 6), 1e12), 1)),
            "later": lambda: replace(state, t_s=state.t_s + 1.0),
        }
        if self.how == "raises":
            raise RuntimeError("out of ideas")
        return changes[self.how]() if changes[self.how] else None


@dataclass(frozen=True)
class BadNis(FreeFall):  # type: ignore[misc, valid-type]
    def update(self, state: tf.Estimate, detection: tf.Detection) -> tuple[tf.Estimate, float]:
        return state, float("nan")


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        (Bad(LOOSE.settings, "raises"), "RuntimeError: out of ideas"),
        (Bad(LOOSE.settings, "nothing"), "TypeError: estimate gives NoneType, not an Estimate"),
        (Bad(LOOSE.settings, "not finite"), "ValueError: mean is not finite"),
        (Bad(LOOSE.settings, "not positive"), "ValueError: covariance is not positive definite"),
        (Bad(LOOSE.settings, "skew"), "ValueError: covariance is not"),
        (Bad(LOOSE.settings, "later"), "ValueError: estimate is of"),
        (BadNis(LOOSE.settings), "ValueError: update gives a NIS of nan"),
    ],
)
def test_a_filter_that_fails_is_named_with_centre_and_time(chosen: Any, says: str, tmp_path: Path) -> None:
    where = rf"track filter '{type(chosen).__name__}' at [A-Z]{{3}}[\w-]* at \d+\.\d s: {says}"
    with pytest.raises(PluginError, match=where):
        tf.simulate(with_filter(chosen), policy="national", seed=7)
    with pytest.raises(PluginError, match=f"{where}.* \\(run 0 of point 0 "):
        tf.sweep(with_filter(chosen), over={"rule.decision_s": [60]}, runs=1, seed=7, out=tmp_path / "sweep")
    assert not list((tmp_path / "sweep" / "rows").rglob("*"))
