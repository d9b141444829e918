"""A sensor model of a user's own, as docs/extending.md teaches it: through runs, comparisons, sweeps and figures."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pymap3d
import pytest
from scipy import stats

import trackfuse as tf
from trackfuse.catalog.scenario import SalvoLaunch
from trackfuse.core import plugins
from trackfuse.core.errors import PluginError, ScenarioError, SettingsError, TrackfuseError
from trackfuse.flight import state_at

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
NAME = "hwasong12_2022_10_04"


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_registered", {role: {} for role in plugins.ROLES})


def taught_model() -> type:
    """The class that the page's block on sensors defines."""
    block = next(each for each in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "class Telescope" in each)
    names: dict[str, Any] = {"__name__": __name__}
    exec(block.split("\nbase = ")[0], names)
    return names["Telescope"]


Telescope = taught_model()
SITE: dict[str, Any] = {
    "sensor_id": "TELESCOPE", "name": "a telescope", "nation": "JPN", "node": "JPN", "lat_deg": 43.5, "lon_deg": 142.5,
    "alt_m": 500.0,
}  # fmt: skip
ONE = Telescope(**SITE)


def with_sensor(*sensors: Any, alone: bool = False) -> tf.Scenario:
    base = tf.load_scenario(NAME)
    return replace(base, sensors=(*(() if alone else base.sensors), *sensors))


def of_it(run: tf.Run) -> Any:
    """Its detections."""
    made = run.measurements
    return made.select(made.sensor == len(run.scenario.sensors) - 1)


def test_detections_have_the_stated_errors_and_probability() -> None:
    """Against true angles by another library. Sums of squares over 30 runs lie within their chi-square bounds, means
    and rates of detection within 5 standard errors: each fails by chance once in a million.
    """
    scenario, parts = with_sensor(ONE, alone=True), []
    for run in range(30):
        done = tf.simulate(scenario, policy="national", seed=5, run=run)
        made = of_it(done)
        place = state_at(done.flight, made.t_s)[:, :3]
        azimuth, elevation, _ = pymap3d.ecef2aer(*place.T, ONE.lat_deg, ONE.lon_deg, ONE.alt_m)
        off = made.z[:, 1:3] - np.radians(np.stack([azimuth, elevation], axis=1))
        off[:, 0] = (off[:, 0] + np.pi) % (2.0 * np.pi) - np.pi
        stated = np.stack([50e-6 / np.cos(np.radians(elevation)), np.full(len(made), 50e-6)], axis=1)
        np.testing.assert_allclose(made.sigma[:, 1:3], stated, rtol=1e-6)
        assert np.isinf(made.sigma[:, [0, 3]]).all()
        parts.append(off / stated)
    errors = np.concatenate(parts)
    n = len(errors)
    assert n > 1000
    low, high = stats.chi2.ppf([0.5e-6, 1.0 - 0.5e-6], n)
    for column in range(2):
        assert low < (errors[:, column] ** 2).sum() < high
        assert abs(errors[:, column].mean()) < 5.0 / np.sqrt(n)
    pd_of = done.prepared.looks.pd[:, 0]
    spread = np.sqrt((pd_of * (1.0 - pd_of)).sum() / 30.0)
    assert abs(n / 30.0 - pd_of.sum()) < 5.0 * spread


def test_what_a_site_sees_is_what_another_library_says() -> None:
    """Angles to a microradian, range to a metre, range rate against differences of ranges, height; and nothing outside
    the flight.
    """
    flight = tf.simulate(with_sensor(ONE, alone=True), policy="national").flight
    path = tf.FlightPath(
        t_s=flight.t_s, position_m=flight.position_m, velocity_mps=flight.velocity_mps, phase=flight.phase,
        rcs_m2=flight.rcs_m2,
    )  # fmt: skip
    t_s = np.linspace(path.begin_s + 0.5, path.end_s - 0.5, 200)
    seen = path.seen_from(ONE, t_s)
    aer = pymap3d.ecef2aer(*state_at(flight, t_s)[:, :3].T, ONE.lat_deg, ONE.lon_deg, ONE.alt_m)
    np.testing.assert_allclose(seen.azimuth_rad, np.radians(aer[0]), atol=1e-6)
    np.testing.assert_allclose(seen.elevation_rad, np.radians(aer[1]), atol=1e-6)
    np.testing.assert_allclose(seen.range_m, aer[2], atol=1.0)
    before, after = (path.seen_from(ONE, t_s + step).range_m for step in (-0.05, 0.05))
    np.testing.assert_allclose(seen.range_rate_mps, (after - before) / 0.1, atol=2.0)
    height = pymap3d.ecef2geodetic(*seen.position_m.T)[2]
    np.testing.assert_allclose(seen.height_m, height, atol=1e-2)
    assert (seen.phase == 0)[0] and (seen.rcs_m2 == flight.rcs_m2[seen.phase]).all()
    assert (seen.hidden == (seen.elevation_rad < -0.05)).mean() > 0.9
    outside = path.seen_from(ONE, np.array([path.begin_s - 1.0, path.end_s + 1.0]))
    assert not outside.flying.any() and np.isnan(outside.range_m).all() and np.isnan(outside.rcs_m2).all()
    with pytest.raises(SettingsError, match="ascending order"):
        path.seen_from(ONE, t_s[::-1])


def test_it_goes_through_runs_comparisons_sweeps_and_figures(tmp_path: Path) -> None:
    scenario = with_sensor(ONE)
    run = tf.simulate(scenario, policy="trilateral", seed=7)
    pd.testing.assert_frame_equal(run.tracks, tf.simulate(scenario, policy="trilateral", seed=7).tracks)
    identity = rf"sensor Telescope \({__name__}, no version, source \w+\)"
    assert re.search(identity, run.caption())
    mine = run.detections[run.detections["sensor"] == "TELESCOPE"]
    assert set(mine["kind"]) == {"Telescope"} and mine["range_m"].isna().all() and len(mine) > 20
    assert np.isfinite(run.bounds[run.fused.status == 1]).any()
    comparison = tf.compare(scenario, policies=["national", "mesh"], runs=2, seed=7)
    assert re.search(identity, comparison.caption())
    for figure in (
        tf.plots.timeline(run), tf.plots.map(run), tf.plots.accuracy(run), tf.plots.policies(comparison),
        tf.plots.coverage(scenario, nation="JPN"), tf.plots.overview(run, run), tf.plots.cues(scenario, runs=2),
        tf.plots.detectability(scenario),
    ):  # fmt: skip
        plt.close(figure)
    given = {"policies": ["national"], "runs": 1, "seed": 7, "out": tmp_path / "sweep"}
    study = tf.sweep(scenario, over={"sensors.TELESCOPE.clear_km": [500.0, 1500.0]}, **given)
    assert not study.not_flown and re.fullmatch(identity, study.manifest["parts"][0])
    with pytest.raises(SettingsError, match="holds a sweep with another scenario"):
        other = with_sensor(replace(ONE, sight_sigma_urad=60.0))
        tf.sweep(other, over={"sensors.TELESCOPE.clear_km": [500.0, 1500.0]}, **given)
    assert tf.sweep(
        scenario, over={"sensors.*.report_delay_s": [1.0]}, **given | {"out": tmp_path / "delays"}
    ).not_flown == {}


def test_it_disturbs_no_other_sensor_and_makes_tracks_better() -> None:
    """The same noise of all other sensors. Five runs: the median error in free fall is smaller in each; by chance alone
    that would be so once in 32 times, and here the telescope is worth a good part of the error.
    """
    for seed in range(5):
        without, having = (
            tf.simulate(each, policy="national", seed=seed) for each in (tf.load_scenario(NAME), with_sensor(ONE))
        )
        made = having.measurements
        rest = made.select(made.sensor != len(having.scenario.sensors) - 1)
        assert np.array_equal(rest.z, without.measurements.z, equal_nan=True)
        falls = having.prepared.cycle_s > having.flight.burnout_s + 100.0
        both = falls & (having.fused.status[0] == 1) & (without.fused.status[0] == 1)
        one, other = (np.median(run.errors.position_m[0, both]) for run in (having, without))
        assert one < other


def test_angles_alone_start_and_confirm_no_track_and_do_not_wake_the_engine() -> None:
    """Alone it has detections and no track. Beside radars the track of a body in free fall stays one: an infrared
    satellite's detection would say that an engine burns.
    """
    alone = tf.simulate(with_sensor(ONE, alone=True), policy="ideal", seed=3)
    assert len(alone.measurements) > 20
    assert (alone.fused.status == 0).all() and np.isinf(alone.knowledge[0].confirmed_s).all()
    run = tf.simulate(with_sensor(ONE), policy="ideal", seed=3)
    falls = (run.prepared.cycle_s > run.flight.burnout_s + 120.0) & (run.fused.status[0] == 1)
    assert of_it(run).t_s.max() > run.flight.burnout_s + 120.0
    assert np.median(run.fused.boosting[0, falls]) < 0.01


def test_what_it_sees_is_no_launch_report() -> None:
    """Centres that are passed tracks and warnings, not detections, hear nothing of it, where an infrared satellite's
    detection would reach all; its own centre knows of it.
    """
    run = tf.simulate(with_sensor(ONE, alone=True), policy="mesh", seed=3)
    known = dict(zip([node.node_id for node in run.scenario.nodes], run.knowledge[0].known_s, strict=True))
    assert np.isfinite(known.pop("JPN")) and np.isinf(list(known.values())).all()
    everybody = tf.simulate(with_sensor(ONE, alone=True), policy="ideal", seed=3).knowledge[0].known_s
    assert np.isfinite(everybody).all()
    assert run.nodes.set_index("node").loc["JPN", "known_by"] == "own plot"


@dataclass(frozen=True, kw_only=True)
class Ranging(Telescope):  # type: ignore[misc, valid-type]
    """Measures as a radar does."""

    components = ("range_m", "azimuth_rad", "elevation_rad", "range_rate_mps")

    def looks(self, flight: tf.FlightPath) -> tf.SensorLooks:
        made = super().looks(flight)
        ends = np.full((len(made.t_s), 1), 30.0), np.full((len(made.t_s), 1), 2.0)
        return replace(made, sigma=np.hstack([ends[0], made.sigma, ends[1]]), snr_db=np.full(len(made.t_s), 15.0))


def test_one_with_ranges_tracks_alone() -> None:
    """Range and range rate have the stated errors (5 standard errors of the mean square: once in a million)."""
    run = tf.simulate(with_sensor(Ranging(**SITE), alone=True), policy="national", seed=3)
    made = of_it(run)
    looks, n = run.prepared.looks, len(made)
    off = (made.z[:, 0] - looks.range_m[made.look]) / 30.0, (made.z[:, 3] - looks.rate[made.look, 0]) / 2.0
    for each in off:
        assert abs((each**2).mean() - 1.0) < 5.0 * np.sqrt(2.0 / n) + 5.0 / n
    assert (made.snr_db == 15.0).all()
    held = run.fused.status[0] == 1
    assert held.sum() > 20 and np.nanmedian(run.errors.position_m[0, held]) < 2e3


def test_several_objects_are_seen_by_it_too() -> None:
    first = with_sensor(ONE)
    second = replace(first.launch, launch_id="second", lat_deg=first.launch.lat_deg + 0.3)
    pair = replace(first, salvo=(SalvoLaunch(launch=second, after_s=60.0),))
    run = tf.simulate(pair, policy="national", seed=7)
    mine = of_it(run)
    assert set(mine.truth.tolist()) == {0, 1}
    # One clock for both: what is seen of both at one instant is one look.
    both = set(mine.t_s[mine.truth == 0]) & set(mine.t_s[mine.truth == 1])
    numbers = {(t, n) for t, n in zip(mine.t_s, mine.number, strict=True) if t in both}
    assert both and len(numbers) == len(both)
    assert {0, 1} <= set(run.objects.tolist())


def test_outages_are_kept() -> None:
    whole, broken = (
        tf.simulate(with_sensor(each, alone=True), policy="national", seed=3)
        for each in (ONE, replace(ONE, outages_s=((300.0, 500.0),)))
    )
    out = (of_it(whole).t_s >= 300.0) & (of_it(whole).t_s < 500.0)
    assert out.any()
    np.testing.assert_array_equal(of_it(broken).z, of_it(whole).z[~out])


def test_a_registered_model_is_named_in_files_and_saved(tmp_path: Path) -> None:
    run = tf.simulate(with_sensor(ONE), policy="national", seed=7)
    with pytest.raises(SettingsError, match=r"give it one with tf.register\('sensor', name, part\)"):
        run.save(tmp_path / "run")
    assert not (tmp_path / "run").exists()
    shipped = next(Path(tf.__file__).parents[1].glob(f"data/scenarios/{NAME}.toml"))
    plain, changed = tmp_path / "plain.toml", tmp_path / "changed.toml"
    plain.write_text(shipped.read_text() + '\n[[sensors]]\nkind = "telescope"\n')
    changed.write_text(plain.read_text() + 'sensor_id = "OTHER"\nclear_km = 900.0\n')
    with pytest.raises(TrackfuseError, match=r"plain.toml.*kind: no kind of sensor 'telescope'"):
        tf.load_scenario(plain)
    tf.register("sensor", "telescope", ONE)
    assert tf.load_scenario(plain).sensors[-1] is ONE
    assert tf.load_scenario(changed).sensors[-1] == replace(ONE, sensor_id="OTHER", clear_km=900.0)
    run.save(tmp_path / "run")
    again = tf.load_run(tmp_path / "run")
    assert again.scenario.sensors[-1] is ONE and again.scenario == run.scenario
    pd.testing.assert_frame_equal(again.tracks, run.tracks)


@dataclass(frozen=True, kw_only=True)
class NoLooks:
    sensor_id: str = "X"
    name: str = "x"
    nation: str = "JPN"
    node: str = "JPN"
    lat_deg: float = 43.0
    lon_deg: float = 142.0
    alt_m: float = 0.0
    report_delay_s: float = 1.0
    outages_s: tuple[tuple[float, float], ...] = ()
    components: tuple[str, ...] = ("azimuth_rad", "elevation_rad")


class NoDataclass(NoLooks):
    def looks(self) -> None: ...


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (NoLooks(), r"sensors\[0\] 'X': 'NoLooks' has no looks; a kind of sensor has looks\(flight\)"),
        (NoDataclass(), r"'NoDataclass'.looks does not fit: .*a kind of sensor has looks\(flight\)"),
        ("radar", "'radar' is neither Radar, Infrared nor a sensor model, which is a dataclass"),
        (Telescope, "is neither Radar, Infrared nor a sensor model"),
        (replace(ONE, lat_deg=95.0), r"lat_deg: 95.0 is not"),
        (replace(ONE, lat_deg="north"), r"lat_deg: 'north' is not a number"),
        (replace(ONE, name=None), r"name: None is not text"),
        (replace(ONE, report_delay_s=-1.0), r"report_delay_s: -1.0 is not"),
        (replace(ONE, outages_s=((5.0, 1.0),)), r"outages_s\[0\] end"),
        (replace(ONE, node="JPX"), "no node 'JPX'; did you mean 'JPN'"),
        (NoLooks(components=("range_m",)), r"components: \('range_m',\) is not \('azimuth_rad', 'elevation_rad'\) or"),
    ],
)
def test_what_is_no_sensor_model_is_refused_at_once(model: Any, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        with_sensor(model, alone=True)


def test_a_field_that_is_missing_is_named() -> None:
    @dataclass(frozen=True)
    class Nowhere:
        sensor_id: str = "X"
        name: str = "x"
        nation: str = "JPN"
        node: str = "JPN"

    with pytest.raises(ScenarioError, match=r"'.*Nowhere' has no field 'lat_deg', as every sensor model has"):
        with_sensor(Nowhere(), alone=True)


@dataclass(frozen=True, kw_only=True)
class Bad(Telescope):  # type: ignore[misc, valid-type]
    """Fails in one way."""

    how: str

    def looks(self, flight: tf.FlightPath) -> Any:
        made = super().looks(flight)
        if self.how == "raises":
            raise RuntimeError("out of ideas")
        if self.how == "nothing":
            return None
        pd_, sigma, t_s = made.pd.copy(), made.sigma.copy(), made.t_s.copy()
        if self.how == "certain":
            pd_[20] = 1.5
        if self.how == "unlikely":
            pd_[20] = np.nan
        if self.how == "exact":
            pd_[20], sigma[20, 1] = 0.5, 0.0
        if self.how == "backwards":
            t_s[20] = t_s[18]
        if self.how == "short":
            pd_ = pd_[1:]
        if self.how == "wide":
            sigma = np.hstack([sigma, sigma])
        if self.how == "snr":
            return replace(made, snr_db=np.zeros(3))
        return replace(made, t_s=t_s, pd=pd_, sigma=sigma)


@pytest.mark.parametrize(
    ("how", "at", "says"),
    [
        ("raises", r"\d+\.\d", "RuntimeError: out of ideas"),
        ("nothing", r"\d+\.\d", "TypeError: looks gives NoneType, not SensorLooks"),
        ("certain", r"81\.0", "ValueError: pd 1.5 is not a probability from 0 to 1"),
        ("unlikely", r"81\.0", "ValueError: pd nan is not a probability from 0 to 1"),
        ("exact", r"81\.0", r"ValueError: sigma \[.* 0\.0*e\+00\] is not finite and positive"),
        ("backwards", r"\d+\.\d", "ValueError: t_s is not one row of finite numbers in ascending order"),
        ("short", r"\d+\.\d", r"ValueError: pd has shape \(\d+,\), not \(\d+,\)"),
        ("wide", r"\d+\.\d", r"ValueError: sigma has shape \(\d+, 4\), not \(\d+, 2\)"),
        ("snr", r"\d+\.\d", r"ValueError: snr_db has shape \(3,\), not"),
    ],
)
def test_a_model_that_fails_is_named_with_sensor_and_time(how: str, at: str, says: str, tmp_path: Path) -> None:
    where = rf"sensor model 'Bad' at TELESCOPE at {at} s: {says}"
    scenario = with_sensor(Bad(**SITE, how=how))
    with pytest.raises(PluginError, match=where):
        tf.simulate(scenario, policy="national", seed=7)
    with pytest.raises(PluginError, match=where):
        tf.sweep(scenario, over={"rule.decision_s": [60]}, runs=1, seed=7, out=tmp_path / "sweep")
    assert not list((tmp_path / "sweep" / "rows").rglob("*"))
