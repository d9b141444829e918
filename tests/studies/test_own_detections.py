"""One's own detections: written, read and tracked as the run itself; wrong tables say where; Stone Soup agrees."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2
from stonesoup.types.state import State

import trackfuse as tf
from trackfuse.catalog.scenario import SalvoLaunch
from trackfuse.core.errors import DataError, ScenarioError, SettingsError
from trackfuse.flight import state_at
from trackfuse.sensing import frames_at
from trackfuse.studies.own_data.tracks import as_arrays


@pytest.fixture(scope="module", params=["hwasong12_2022_10_04", "kn25_2023_02_20"])
def run(request: pytest.FixtureRequest) -> tf.Run:
    return tf.simulate(replace(tf.load_scenario(request.param), biases="white"), policy="national", seed=7)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_tracks_of_written_and_read_detections_are_the_run_s(run: tf.Run, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"own{ending}"
    if ending == ".csv":
        run.detections.to_csv(path, index=False)
    else:
        run.detections.to_parquet(path)
    table = tf.track_detections(tf.read_detections(path), run.scenario)
    cycle = {t: j for j, t in enumerate(run.prepared.cycle_s)}
    names = [node.node_id for node in run.scenario.nodes]
    table = table[table.t_s <= run.prepared.cycle_s[-1]]
    node, at = [names.index(n) for n in table.node], [cycle[t] for t in table.t_s]
    assert len(table) > 100
    assert (run.local.status[node, at] == 1).all()
    last = int(max(at))
    assert np.count_nonzero(run.local.status[:, : last + 1] == 1) == len(table)
    # Degrees and milliradians do not come back to the last bit; a filter's state feels that in the eighth digit.
    np.testing.assert_allclose(table[["x_m", "y_m", "z_m"]], run.local.mean[node, at, :3], rtol=0, atol=0.01)
    np.testing.assert_allclose(table[["vx_mps", "vy_mps", "vz_mps"]], run.local.mean[node, at, 3:], rtol=0, atol=0.01)


def test_sensors_alone_and_their_impact_prediction() -> None:
    run = tf.simulate("nodong_2016_08_03", policy="national", seed=7)
    radar = next(s for s in run.scenario.sensors if s.sensor_id == "KR-GP-B1")
    mine = run.detections[run.detections.sensor == "KR-GP-B1"]
    table = tf.track_detections(mine, [radar])
    assert set(table.node) == {"ROK"}
    last = table[(table.boosting < 0.1) & table.impact_lat_deg.notna()].iloc[-1]
    assert abs(last.impact_lat_deg - run.flight.impact_lat_deg) < 1.0
    with pytest.raises(ScenarioError, match="needs a scenario"):
        tf.track_detections(mine, [radar], policy="national")
    with pytest.raises(DataError, match="no sensor 'KR-GP-B1'"):
        tf.track_detections(mine, [s for s in run.scenario.sensors if s.nation == "JPN"])


@pytest.fixture(scope="module")
def pair() -> tf.Run:
    """A missile and, a minute later, another from 11 km north of it; detections carry their object."""
    first = replace(tf.load_scenario("hwasong12_2022_10_04"), biases="white")
    second = replace(first.launch, launch_id="second", lat_deg=first.launch.lat_deg + 0.1)
    tracker = replace(first.tracker, association="known")
    both = replace(first, salvo=(SalvoLaunch(launch=second, after_s=60.0),), tracker=tracker)
    return tf.simulate(both, policy="national", seed=7)


def test_each_object_that_a_table_names_is_tracked_by_itself(pair: tf.Run) -> None:
    table = tf.track_detections(pair.detections, pair.scenario, until_s=float(pair.prepared.cycle_s[-1]))
    cycle = {t: j for j, t in enumerate(pair.prepared.cycle_s)}
    names = [node.node_id for node in pair.scenario.nodes]
    row = [2 * names.index(node) + number for node, number in zip(table["node"], table["track"], strict=True)]
    at = [cycle[t] for t in table["t_s"]]
    assert np.array_equal(np.unique(table["track"]), [0, 1])
    assert len(table) == (pair.local.status == 1).sum() > 1000 and (pair.local.status[row, at] == 1).all()
    np.testing.assert_allclose(table[["x_m", "y_m", "z_m"]], pair.local.mean[row, at, :3], rtol=0, atol=0.01)
    np.testing.assert_allclose(table[["vx_mps", "vy_mps", "vz_mps"]], pair.local.mean[row, at, 3:], rtol=0, atol=0.01)


def test_objects_that_a_table_does_not_name_are_found(pair: tf.Run) -> None:
    """By association: two tracks at each centre, each close to one of the objects in free fall and both objects had."""
    nameless = pair.detections.drop(columns="object")
    settings = tf.TrackerSettings(association="gnn")
    sensors = pair.scenario.sensors
    table = tf.track_detections(nameless, sensors, tracker=settings, until_s=float(pair.prepared.cycle_s[-1]))
    held = table.groupby("node")["track"].nunique()
    assert (held.loc[["JPN", "ROK"]] == 2).all()
    j = int(np.searchsorted(pair.prepared.cycle_s, 500.0))
    for node in ("JPN", "ROK"):
        now = table[(table["node"] == node) & (table["t_s"] == pair.prepared.cycle_s[j])]
        place = now[["x_m", "y_m", "z_m"]].to_numpy()
        away = np.linalg.norm(place[:, None] - pair.prepared.truth[None, :, j, :3], axis=2)
        assert sorted(away.argmin(axis=1)) == [0, 1] and away.min(axis=1).max() < 2000.0
    # All taken to be of one object, the default where no column says otherwise, is one track a centre.
    with pytest.warns(UserWarning, match="are there several objects"):
        one = tf.track_detections(nameless, sensors)
    assert set(one["track"]) <= {0}


def test_stone_soup_has_the_detections_of_every_object(pair: tf.Run) -> None:
    made, given = tf.to_stonesoup(pair), pair.measurements
    assert len(made) == len(given) and set(given.truth) == {0, 1}
    for true, target in enumerate(pair.prepared.targets):
        for k in np.flatnonzero(given.truth == true)[::25]:
            x = state_at(target.flight, given.t_s[k : k + 1] - target.lift_off_s)[0]
            state = State(np.array([x[0], x[3], x[1], x[4], x[2], x[5]]).reshape(6, 1))
            angles = np.array(made[k].measurement_model.function(state, noise=False), dtype=float).ravel()[:2]
            apart = np.array(made[k].state_vector, dtype=float).ravel()[:2] - angles
            apart[1] = (apart[1] + np.pi) % (2.0 * np.pi) - np.pi
            sigma = np.sqrt(np.diag(np.array(made[k].measurement_model.covar(), dtype=float))[:2])
            assert (np.abs(apart) < 5.5 * sigma).all()


def rows(**changed: object) -> pd.DataFrame:
    row = {
        "t_s": 60.0, "sensor": "KR-GP-C1", "range_m": 4e5, "azimuth_deg": 20.0, "elevation_deg": 10.0,
        "sigma_range_m": 30.0, "sigma_azimuth_mrad": 1.0, "sigma_elevation_mrad": 1.0,
    }  # fmt: skip
    return pd.DataFrame([row, row | changed])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"t_s": "soon"}, r"row 2 t_s: 'soon' is not a number"),
        ({"t_s": ""}, r"row 2 t_s: empty"),
        ({"azimuth_deg": 361.0}, r"row 2 azimuth_deg: '361.0' is not in \[-360, 360\]"),
        ({"elevation_deg": "inf"}, r"row 2 elevation_deg: 'inf' is not in"),
        ({"sigma_azimuth_mrad": 0.0}, r"row 2 sigma_azimuth_mrad: '0.0' is not in"),
        ({"sigma_range_m": ""}, r"row 2 sigma_range_m: empty, but range_m is"),
        ({"sensor": " "}, r"row 2 sensor: '' is not a name"),
        ({"azimut_deg": 1.0}, r"no column 'azimut_deg'; did you mean"),
    ],
)
def test_a_wrong_row_says_where(tmp_path: Path, changed: dict[str, object], says: str) -> None:
    path = tmp_path / "own.csv"
    rows(**changed).to_csv(path, index=False)
    with pytest.raises(DataError, match=says) as caught:
        tf.read_detections(path)
    assert str(path) in str(caught.value)


def test_a_wrong_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        tf.read_detections(tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"did you mean '\.csv'"):
        tf.read_detections(tmp_path / "own.cvs")
    (tmp_path / "own.parquet").write_text("no table")
    with pytest.raises(DataError, match="cannot be read"):
        tf.read_detections(tmp_path / "own.parquet")
    rows().drop(columns="t_s").to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(DataError, match="column 't_s' is missing"):
        tf.read_detections(tmp_path / "own.csv")


def test_stone_soup_measures_the_truth_as_the_package_does(run: tf.Run) -> None:
    """Its own models, from the true state in ECEF, give the true range, azimuth and elevation of the looks."""
    made, given, looks = tf.to_stonesoup(run), run.measurements, run.looks
    assert len(made) == len(given)
    truth = state_at(run.flight, given.t_s)
    names = [sensor.sensor_id for sensor in run.scenario.sensors]
    for k in range(0, len(made), max(1, len(made) // 40)):
        x, v = truth[k, :3], truth[k, 3:]
        state = State(np.array([x[0], v[0], x[1], v[1], x[2], v[2]]).reshape(6, 1))
        measured = np.array(made[k].measurement_model.function(state, noise=False), dtype=float).ravel()
        assert measured[0] == pytest.approx(looks.elevation_rad[given.look[k]], abs=1e-6)
        azimuth = (0.5 * np.pi - measured[1]) % (2.0 * np.pi)
        assert azimuth == pytest.approx(looks.azimuth_rad[given.look[k]], abs=1e-5)
        if len(measured) > 2:
            assert measured[2] == pytest.approx(looks.range_m[given.look[k]], abs=1.0)
        if len(measured) > 3:
            assert measured[3] == pytest.approx(looks.rate[given.look[k], 0], abs=0.1)
        assert made[k].metadata["sensor"] == names[given.sensor[k]]


def test_stone_soup_from_a_table_needs_sensors(run: tf.Run) -> None:
    one, other = tf.to_stonesoup(run)[5], tf.to_stonesoup(run.detections, run.scenario)[5]
    np.testing.assert_array_equal(np.array(one.state_vector, float), np.array(other.state_vector, float))
    for nobody_s in (run.detections, run.measurements):
        with pytest.raises(SettingsError, match="sensors="):
            tf.to_stonesoup(nobody_s)


@pytest.fixture(scope="module")
def scenario() -> tf.Scenario:
    return tf.load_scenario("hwasong12_2022_10_04")


def table_of(*changes: dict[str, object]) -> pd.DataFrame:
    """One row a change of the same radar detection."""
    first = rows().iloc[0].to_dict()
    return pd.DataFrame([first | change for change in changes])


def infrared_of(scenario: tf.Scenario) -> str:
    return next(sensor.sensor_id for sensor in scenario.sensors if isinstance(sensor, tf.Infrared))


def test_a_table_becomes_detections_in_order_of_time(scenario: tf.Scenario) -> None:
    sky, ids = infrared_of(scenario), [sensor.sensor_id for sensor in scenario.sensors]
    found = as_arrays(table_of(
        {"t_s": 62.0, "range_rate_mps": 900.0, "sigma_range_rate_mps": 2.0},
        {"t_s": 61.0, "sensor": sky},
        {"t_s": 60.0, "sensor": sky, "range_m": np.nan, "sigma_range_m": np.nan},
    ), scenario.sensors)  # fmt: skip
    np.testing.assert_array_equal(found.t_s, [60.0, 61.0, 62.0])
    assert [ids[s] for s in found.sensor] == [sky, sky, "KR-GP-C1"]
    np.testing.assert_array_equal(found.is_infrared, [True, True, False])
    # An infrared sensor measures angles alone, whatever its row says.
    angles = np.radians([20.0, 10.0])
    np.testing.assert_array_equal(found.z, [[np.nan, *angles, np.nan]] * 2 + [[4e5, *angles, 900.0]])
    np.testing.assert_array_equal(found.sigma, [[np.inf, 1e-3, 1e-3, np.inf]] * 2 + [[30.0, 1e-3, 1e-3, 2.0]])
    site_m, enu_from_ecef = frames_at(scenario.sensors, found.sensor, found.t_s)
    np.testing.assert_array_equal(found.site_m, site_m)
    np.testing.assert_array_equal(found.enu_from_ecef, enu_from_ecef)
    np.testing.assert_array_equal(found.number, [0, 1, 0])
    np.testing.assert_array_equal(found.truth, [0, 0, 0])
    np.testing.assert_array_equal(found.look, [-1, -1, -1])


def test_objects_are_numbered_as_they_come_up_in_time(scenario: tf.Scenario) -> None:
    names = ((65.0, "first"), (61.0, "second"), (62.0, "false"), (63.0, " first "), (64.0, ""), (66.0, np.nan))
    table = table_of(*({"t_s": t_s, "object": name} for t_s, name in names))
    np.testing.assert_array_equal(as_arrays(table, scenario.sensors).truth, [0, -1, 1, -1, 1, -1])
    numbers = table_of(*({"t_s": 60.0 + k, "object": k // 2, "launch": "x"} for k in range(4)))
    np.testing.assert_array_equal(as_arrays(numbers, scenario.sensors).truth, [0, 0, 1, 1])


def test_a_radar_must_measure_a_range(scenario: tf.Scenario) -> None:
    table = table_of({}, {"range_m": np.nan, "sigma_range_m": np.nan})
    with pytest.raises(DataError, match="radar 'KR-GP-C1' has no range_m; only infrared may"):
        as_arrays(table, scenario.sensors)


def test_stone_soup_takes_detections_as_it_takes_their_table(scenario: tf.Scenario) -> None:
    table = table_of({"t_s": 62.0}, {"t_s": 61.0, "sensor": infrared_of(scenario)})
    made, other = (tf.to_stonesoup(given, scenario) for given in (table, as_arrays(table, scenario.sensors)))
    assert [len(np.array(each.state_vector)) for each in made] == [2, 3]
    for one, two in zip(made, other, strict=True):
        assert one.timestamp == two.timestamp
        np.testing.assert_array_equal(np.array(one.state_vector, float), np.array(two.state_vector, float))
        assert one.metadata == two.metadata


# ---- what does not fit ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def omi() -> tuple[pd.DataFrame, list]:
    """Detections by one radar, and the radar."""
    run = tf.simulate("hwasong12_2022_10_04", policy="national", seed=7)
    table = run.detections[run.detections["sensor"] == "JP-FPS5-OMI"].reset_index(drop=True)
    return table, [each for each in run.scenario.sensors if each.sensor_id == "JP-FPS5-OMI"]


def test_times_before_zero_give_the_same_tracks(omi: tuple[pd.DataFrame, list]) -> None:
    """Seconds after any instant, as documented: 1,000 s earlier, a whole number of cycles, all else is the same."""
    table, radar = omi
    now = tf.track_detections(table, radar)
    before = tf.track_detections(table.assign(t_s=table["t_s"] - 1000.0), radar)
    assert len(now) == len(before) > 10
    for name in ("t_s", "last_plot_s", "impact_s"):
        np.testing.assert_allclose(before[name], now[name] - 1000.0, atol=1e-6)
    for name in ("x_m", "y_m", "z_m", "position_sigma_m", "impact_lat_deg"):
        np.testing.assert_allclose(before[name], now[name], rtol=1e-9)


def test_an_empty_result_says_why(omi: tuple[pd.DataFrame, list]) -> None:
    table, radar = omi
    made = tf.track_detections(table.head(2), radar)
    assert made.empty and made.attrs["why_empty"].startswith("no track: 2 detections, and a track needs 3 within 30 s")
    assert tf.track_detections(table, radar).attrs["why_empty"] == ""


WRONG = {
    "kilometres": (lambda t: t.assign(range_m=t["range_m"] / 1e3), "are they in kilometres"),
    "elevation": (lambda t: t.assign(elevation_deg=-5.0 - 0.5 * t["elevation_deg"]), "under the ground"),
    "twice": (lambda t: pd.concat([t, t], ignore_index=True), "there twice"),
    "rate": (lambda t: t.assign(range_rate_mps=-t["range_rate_mps"]), "outward is positive"),
    "minutes": (lambda t: t.assign(t_s=t["t_s"] / 60.0), "the target moves"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_fit_is_said_with_the_likely_reason(omi: tuple[pd.DataFrame, list], wrong: str) -> None:
    table, radar = omi
    change, why = WRONG[wrong]
    if table["range_rate_mps"].isna().all():
        rate = np.gradient(table["range_m"], table["t_s"])
        table = table.assign(range_rate_mps=rate, sigma_range_rate_mps=10.0)
    with pytest.warns(UserWarning, match=why):
        made = tf.track_detections(change(table), radar)
    assert any(why in doubt for doubt in made.attrs["doubts"])


def test_what_fits_is_not_doubted(omi: tuple[pd.DataFrame, list]) -> None:
    table, radar = omi
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert tf.track_detections(table, radar).attrs["doubts"] == []


# ---- innovations ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def white() -> tuple[pd.DataFrame, tf.Scenario]:
    """Detections of several radars whose errors are drawn anew at every look, as the filters assume."""
    scenario = replace(tf.load_scenario("hwasong12_2022_10_04"), biases="white")
    return tf.simulate(scenario, policy="national", seed=11).detections, scenario


def fitted(table: pd.DataFrame, scenario: tf.Scenario) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        made = tf.track_detections(table, scenario)
    return pd.DataFrame(made.attrs["innovations"]).set_index("sensor").query("detections >= 40")


def test_innovations_are_as_the_standard_deviations_say(white: tuple[pd.DataFrame, tf.Scenario]) -> None:
    """The median of n squares lies within z (1/4n)^(1/2) in probability of one half; z of 5 (6e-7), a third of the
    detections counted as independent, for the innovations of one cycle share its estimate.
    """
    found = fitted(*white)
    assert len(found) >= 3
    for sensor, row in found.iterrows():
        off = 5.0 * np.sqrt(0.25 / (row["detections"] / 3.0))
        measured = 4 if white[0].query("sensor == @sensor")["range_rate_mps"].notna().all() else 3
        low, high = np.sqrt(chi2.ppf([max(0.5 - off, 0.0), min(0.5 + off, 1.0)], measured) / chi2.median(measured))
        assert low < row["ratio"] < high, sensor


@pytest.mark.parametrize("times", [5.0, 10.0])
def test_standard_deviations_that_are_too_small_are_said(
    white: tuple[pd.DataFrame, tf.Scenario], times: float
) -> None:
    table, scenario = white
    sigmas = [name for name in table.columns if name.startswith("sigma_")]
    with pytest.warns(UserWarning, match="are the sigmas too small"):
        made = tf.track_detections(table.assign(**{name: table[name] / times for name in sigmas}), scenario)
    ratio = pd.DataFrame(made.attrs["innovations"]).query("detections >= 20")["ratio"]
    assert len(ratio) > 3
    assert (ratio > 0.6 * times).all()


# ---- shared, fused and announced ------------------------------------------------------------------------------------


def as_detected(run: tf.Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A run's tracks, and those of its detections as a table, under the same policy and with the same association."""
    table = tf.track_detections(
        run.detections, run.scenario, policy=run.policy, tracker=run.prepared.tracker,
        until_s=float(run.prepared.cycle_s[-1]),
    )  # fmt: skip
    return run.tracks, table


STATE = ["x_m", "y_m", "z_m"]


@pytest.mark.parametrize("policy", ["bilateral", "trilateral"])
def test_centres_hold_what_others_report_of_own_detections(policy: str) -> None:
    """As in the run that the detections are of. Links draw their delays by the number of a message, which a table does
    not have: where a centre has the newest report a cycle sooner or later it is apart by less than the error.
    """
    scenario = replace(tf.load_scenario("kn25_2023_02_20"), biases="white")
    run = tf.simulate(scenario, policy)
    theirs, mine = as_detected(run)
    alone = tf.track_detections(run.detections, scenario)
    both = theirs.merge(mine, on=["node", "track", "t_s"], suffixes=("", "_of_table"))
    assert len(both) > 0.98 * len(theirs) > 1.2 * len(alone)
    apart = np.linalg.norm(both[STATE].to_numpy() - both[[f"{name}_of_table" for name in STATE]].to_numpy(), axis=1)
    assert np.median(apart) < 0.01 and (apart < 3.0 * both["position_sigma_m"]).all()


def test_centres_of_several_nations_hold_and_announce_several_objects() -> None:
    run = tf.simulate(replace(tf.load_scenario("kn25_2024_05_30"), biases="white"), "trilateral")
    theirs, mine = as_detected(run)
    of = {node.node_id: node.nation for node in run.scenario.nodes}
    held = mine.groupby("node")["track"].nunique()
    assert {of[node] for node in held.index[held >= len(run.prepared.targets)]} == {"JPN", "ROK", "USA"}
    assert len(mine) == pytest.approx(len(theirs), rel=0.02)
    places, announced = ["node", "kind", "place"], pd.DataFrame(mine.attrs["notices"])
    expected = run.notices[np.isfinite(run.notices["notice_s"])]
    assert set(announced[places].itertuples(index=False)) == set(expected[places].itertuples(index=False))
    assert set(announced["nation"]) == {"JPN", "ROK", "USA"} and "arrival_s" not in announced
    assert (announced["notice_s"] > announced["met_s"]).all()


def test_a_policy_changes_what_centres_hold_of_named_objects(pair: tf.Run) -> None:
    """Detections that name their object, before zero too: reports keep the hub, without a radar, informed of both."""
    alone = tf.track_detections(pair.detections, pair.scenario)
    shared = tf.track_detections(pair.detections, pair.scenario, policy="trilateral")
    held = [each[each["node"] == "INDOPACOM"].groupby("track")["t_s"].count() for each in (alone, shared)]
    assert (held[1].loc[[0, 1]] > 1.5 * held[0].reindex([0, 1], fill_value=0)).all()
    ashore = pair.detections[~pair.detections["sensor"].isin({p.sensor_id for p in pair.scenario.presence if p.ship})]
    before, after = (
        tf.track_detections(ashore.assign(t_s=ashore["t_s"] - at_s), pair.scenario)
        for at_s in (1000.0, 0.0)
    )
    one, other = (pd.DataFrame(each.attrs["notices"]) for each in (before, after))
    assert len(one) == len(other) > 5
    np.testing.assert_allclose(one["notice_s"], other["notice_s"] - 1000.0, atol=1e-6)
