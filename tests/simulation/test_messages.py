"""The published exchange: three items, told as received, with the accuracy that the data state."""

import numpy as np
import pymap3d
import pytest
from scipy import stats

import trackfuse as tf
from trackfuse.catalog.records import item_accuracies
from trackfuse.core.errors import DataError
from trackfuse.simulation.run import Run
from trackfuse.tracking import TrackerSettings
from trackfuse.warning import WarningRule


@pytest.fixture(scope="module")
def run() -> Run:
    return tf.simulate("hwasong12_2022_10_04", seed=1)


def test_messages_are_the_warnings_received(run: Run) -> None:
    """All but those of centres that hold no track of their own then, not yet or no longer: those tell nothing."""
    told = run.messages
    received = run.received[run.received["kind"] == "warning"]
    index = {node.node_id: i for i, node in enumerate(run.scenario.nodes)}
    cycle = np.searchsorted(run.prepared.cycle_s, received["about_s"])
    held = run.local.status[received["origin"].map(index).to_numpy(), cycle] == 1
    assert len(told) == held.sum() > 1000
    keys = ["node", "origin", "about_s", "received_s"]
    assert set(map(tuple, told[keys].to_numpy())) <= set(map(tuple, received[keys].to_numpy()))
    assert (told["received_s"] >= told["about_s"]).all()


def test_the_items_are_as_good_as_they_claim(run: Run) -> None:
    """Of one sender's reports after burn-out: rounding is drawn anew for each state and each prediction, so that the
    squared misses over the claimed variances are those of a chi-square, to 5 standard errors (a false failure below
    1e-6)."""
    told = run.messages[run.messages["origin"] == "ROK"].drop_duplicates("about_s")
    told = told[(told["about_s"] > 200.0) & (told["about_s"] < 460.0)]
    n, flight = len(told), run.flight
    assert n > 30
    anew = told.drop_duplicates("impact_s")
    assert len(anew) > 15
    east, north, _ = pymap3d.geodetic2enu(
        flight.impact_lat_deg, flight.impact_lon_deg, 0.0, anew["impact_lat_deg"], anew["impact_lon_deg"], 0.0
    )
    miss = np.hypot(east, north) / 5000.0
    assert (miss**2).mean() == pytest.approx(2.0, abs=5.0 * 2.0 / np.sqrt(len(anew)) + 0.2)
    truth = run.prepared.truth[0, np.searchsorted(run.prepared.cycle_s, told["about_s"])]
    here = np.stack(pymap3d.geodetic2ecef(told["lat_deg"], told["lon_deg"], 1e3 * told["alt_km"]), axis=1)
    squares = ((here - truth[:, :3]) ** 2).sum(axis=1) / 5000.0**2
    assert squares.mean() == pytest.approx(3.0, abs=5.0 * np.sqrt(6.0 / n) + 0.1)
    assert (told["position_sigma_m"] >= np.sqrt(3.0) * 5000.0).all()
    launch = run.scenario.launch
    east, north, _ = pymap3d.geodetic2enu(
        launch.lat_deg, launch.lon_deg, 0.0, told["launch_lat_deg"], told["launch_lon_deg"], 0.0
    )
    claimed = 1e3 * told["launch_sigma_km"]
    assert (np.hypot(east, north) < np.sqrt(stats.chi2.ppf(1.0 - 1e-5, 2)) * claimed).all()


def test_a_told_path_ends_at_the_told_impact(run: Run) -> None:
    """But for the drag: the path is that of the coefficient assumed, the impact the mean over what it may be."""
    told = run.messages[run.messages["boosting"] < 0.1].head(200)
    ends = np.array([path[-1] for path in told["path"]])
    away, _ = pymap3d.vincenty.vdist(*ends.T, told["impact_lat_deg"].to_numpy(), told["impact_lon_deg"].to_numpy())
    assert (away < 3e3).all()


def test_settings_are_those_of_the_data() -> None:
    """What tracker and rule assume without a scenario, what a scenario gives them, and what the data say are one."""
    told, given = item_accuracies(), tf.load_scenario("kn25_2023_02_20")
    for name in ("warning_position_m", "warning_velocity_mps"):
        assert getattr(TrackerSettings(), name) == getattr(given.tracker, name) == told[name]
    for name in ("impact_point_m", "impact_time_s"):
        assert getattr(WarningRule(), name) == getattr(given.rule, name) == told[name]


def test_nobody_is_told_anything_where_nobody_is_connected() -> None:
    table = tf.simulate("kn25_2023_02_20", "national", seed=1).messages
    assert not set(table["node"]) & {"JPN", "ROK"} and "impact_lat_deg" in table


def test_items_are_coarsest_where_assumptions_are_weakest() -> None:
    """The ends of data/exchange.csv: what makes the exchange weakest is the largest deviation."""
    low, nominal, high = (item_accuracies(a) for a in ("low", "nominal", "high"))
    assert all(low[item] > nominal[item] > high[item] for item in nominal)
    for assumptions, told in (("low", low), ("high", high)):
        given = tf.load_scenario("kn25_2023_02_20", assumptions=assumptions)
        assert given.tracker.warning_position_m == told["warning_position_m"]
        assert given.tracker.warning_velocity_mps == told["warning_velocity_mps"]
        assert given.rule.impact_point_m == told["impact_point_m"]
        assert given.rule.impact_time_s == told["impact_time_s"]
    with pytest.raises(DataError, match="nominal"):
        item_accuracies("nominl")
