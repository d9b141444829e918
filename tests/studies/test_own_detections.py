"""One's own detections: written, read and tracked as the run itself; wrong tables say where; Stone Soup agrees."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stonesoup.types.state import State

import trackfuse as tf
from trackfuse.core.errors import DataError, ScenarioError, SettingsError
from trackfuse.flight import state_at


@pytest.fixture(scope="module", params=["hwasong12_2022_10_04", "kn25_2023_02_20"])
def run(request: pytest.FixtureRequest) -> tf.Simulation:
    return tf.simulate(request.param, policy="national", seed=7)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_tracks_of_written_and_read_detections_are_the_run_s(run: tf.Simulation, tmp_path: Path, ending: str) -> None:
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
        ({"azimuth_deg": 361.0}, r"row 2 azimuth_deg: '361.0' is not in \[0, 360\]"),
        ({"elevation_deg": "inf"}, r"row 2 elevation_deg: 'inf' is not in"),
        ({"sigma_azimuth_mrad": 0.0}, r"row 2 sigma_azimuth_mrad: '0.0' is not in"),
        ({"sigma_range_m": ""}, r"row 2 sigma_range_m: empty, but range_m is"),
        ({"sensor": " "}, r"row 2 sensor: ' ' is not a name"),
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


def test_stone_soup_measures_the_truth_as_the_package_does(run: tf.Simulation) -> None:
    """Its own models, from the true state in ECEF, give the true range, azimuth and elevation of the looks."""
    made = tf.to_stonesoup(run)
    look = run.plots.look
    assert len(made) == len(look)
    truth = state_at(run.flight, run.looks.t_s[look])
    names = [sensor.sensor_id for sensor in run.scenario.sensors]
    for k in range(0, len(made), max(1, len(made) // 40)):
        x, v = truth[k, :3], truth[k, 3:]
        state = State(np.array([x[0], v[0], x[1], v[1], x[2], v[2]]).reshape(6, 1))
        measured = np.array(made[k].measurement_model.function(state, noise=False), dtype=float).ravel()
        assert measured[0] == pytest.approx(run.looks.elevation_rad[look[k]], abs=1e-6)
        azimuth = (0.5 * np.pi - measured[1]) % (2.0 * np.pi)
        assert azimuth == pytest.approx(run.looks.azimuth_rad[look[k]], abs=1e-5)
        if len(measured) > 2:
            assert measured[2] == pytest.approx(run.looks.range_m[look[k]], abs=1.0)
        if len(measured) > 3:
            assert measured[3] == pytest.approx(run.looks.rate[look[k], 0], abs=0.1)
        assert made[k].metadata["sensor"] == names[run.looks.sensor[look[k]]]


def test_stone_soup_from_a_table_needs_sensors(run: tf.Simulation) -> None:
    one, other = tf.to_stonesoup(run)[5], tf.to_stonesoup(run.detections, run.scenario)[5]
    np.testing.assert_array_equal(np.array(one.state_vector, float), np.array(other.state_vector, float))
    with pytest.raises(SettingsError, match="sensors="):
        tf.to_stonesoup(run.detections)
