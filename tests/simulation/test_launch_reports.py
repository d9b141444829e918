"""Launch reports with a cue: who has which lines, what crosses a link, and that two satellites agree with the fix."""

from dataclasses import replace

import numpy as np
import pymap3d
import pytest
from scipy.stats import chi2

import trackfuse as tf
from trackfuse.catalog.scenario import SalvoLaunch
from trackfuse.core.errors import SettingsError
from trackfuse.sensing import Infrared
from trackfuse.simulation.messages import first_fixes
from trackfuse.simulation.run import Run

NAME = "hwasong12_2022_10_04"


def satellites(count: int, **more: object) -> tf.Scenario:
    """The scenario seen by so many satellites and nothing else."""
    scenario = tf.load_scenario(NAME)
    seen = tuple(sensor for sensor in scenario.sensors if isinstance(sensor, Infrared))[:count]
    return replace(scenario, sensors=seen, **more)


@pytest.fixture(scope="module")
def one() -> Run:
    return tf.simulate(satellites(1), "trilateral", seed=3)


@pytest.fixture(scope="module")
def two() -> Run:
    return tf.simulate(satellites(2), "trilateral", seed=3)


def test_rows_go_from_the_first_line_to_the_last_message_without_a_track(one: Run) -> None:
    """One satellite starts no track: every centre has rows until nothing new comes, INDOPACOM of its own lines."""
    table = one.launch_reports
    node = [each.node_id for each in one.scenario.nodes]
    home, cycles = node.index("INDOPACOM"), one.prepared.cycle_s
    assert (
        set(table["node"]) == set(node) and (table["origin"] == "INDOPACOM").all() and (table["satellites"] == 1).all()
    )
    for name, mine in table.groupby("node"):
        at_s = one.deliveries.launch_report_s[:, node.index(name)]
        at_s = at_s[np.isfinite(at_s)]
        assert mine["t_s"].iloc[0] == cycles[np.searchsorted(cycles, at_s.min())]
        assert mine["t_s"].iloc[-1] == cycles[np.searchsorted(cycles, at_s.max())]
        sent = one.deliveries.received_s[:, home]
        for t_s, lines in zip(mine["t_s"], mine["lines"], strict=True):
            newest = sent[one.deliveries.launch_report_s[:, node.index(name)] <= t_s].max()
            assert lines == (sent <= newest).sum()


def test_only_who_has_the_lines_has_the_launch_point_unrounded(one: Run) -> None:
    """Others have that of the sender's newest cue, off by the rounding, and claim so; the rest is as it was sent."""
    table = one.launch_reports
    own, other = (
        table[table["node"] == name].drop_duplicates("lines").set_index("lines") for name in ("INDOPACOM", "JPN")
    )
    both = own.index.intersection(other.index)
    assert len(both) >= 10
    own, other = own.loc[both], other.loc[both]
    coarse_km = 5.0
    np.testing.assert_allclose(other["launch_sigma_km"] ** 2, own["launch_sigma_km"] ** 2 + coarse_km**2, rtol=1e-9)
    for name in ("launch_s", "heading_deg", "heading_sigma_deg", "class", "probability", "satellites"):
        assert (own[name] == other[name]).all()
    places = (own["launch_lat_deg"], own["launch_lon_deg"], 0.0, other["launch_lat_deg"], other["launch_lon_deg"], 0.0)
    east, north, _ = pymap3d.geodetic2enu(*(np.asarray(each) for each in places))
    chi = (np.square(east) + np.square(north)).sum() / (1e3 * coarse_km) ** 2
    assert chi2.ppf(5e-5, 2 * len(both)) < chi < chi2.ppf(1.0 - 5e-5, 2 * len(both))  # fails falsely once in 10,000


def test_the_function_gives_what_the_table_shows(one: Run) -> None:
    table = one.launch_reports
    for row in table.iloc[[0, len(table) // 2, -1]].to_dict("records"):
        cue = tf.launch_cue(one, row["node"], row["t_s"])
        assert (cue.lat_deg, cue.lon_deg, cue.heading_deg) == (
            row["launch_lat_deg"], row["launch_lon_deg"], row["heading_deg"],
        )  # fmt: skip
        assert cue.classes[row["class"]] == row["probability"] == max(cue.classes.values())


def test_two_satellites_agree_with_the_stereo_fix() -> None:
    """Where the centre's first two fixes are, the cue is the launch point that leads there. Over 25 runs the fix is
    within sigma of where the cue says the missile is: launch point and fix, carried back by the true arc, differ by
    what both claim; chi-square with two degrees of freedom a run, one-sided, 1e-5: their errors have parts in common.
    """
    scenario, total, runs = satellites(2), 0.0, 25
    launch, node = scenario.launch, "INDOPACOM"
    for run in (tf.simulate(scenario, "national", seed=5, run=k) for k in range(runs)):
        home = [each.node_id for each in run.scenario.nodes].index(node)
        (row,) = np.flatnonzero(run.local.node == home)
        at_s = float(run.prepared.cycle_s[np.flatnonzero(run.local.status[row] == 1)[0]])
        fix, cue = first_fixes(run, int(row))(at_s), tf.launch_cue(run, node, at_s)
        assert fix is not None and cue.satellites == 2
        truth = np.array([np.interp(fix.t_s, run.flight.t_s, axis) for axis in run.flight.position_m.T])
        lat, lon, _ = pymap3d.ecef2geodetic(*truth)
        east, north, _ = pymap3d.ecef2enu(*fix.mean[:3], lat, lon, 0.0)
        turn = np.array(pymap3d.ecef2enuv(*np.eye(3), lat, lon)).reshape(3, 3)[:2]
        e, n, _ = pymap3d.geodetic2enu(cue.lat_deg, cue.lon_deg, 0.0, launch.lat_deg, launch.lon_deg, 0.0)
        apart = np.array([east - e, north - n])
        claimed = turn @ fix.covariance[:3, :3] @ turn.T + cue.covariance_m2
        total += apart @ np.linalg.solve(claimed, apart)
    assert total < chi2.ppf(1.0 - 1e-5, 2 * runs)


def test_a_second_satellite_makes_the_cue_no_worse(one: Run, two: Run) -> None:
    """Of the same noise, at every instant at which both have a cue of it, but for the few percent of other lines."""
    by = [run.launch_reports.query("node == 'INDOPACOM'").set_index("t_s") for run in (one, two)]
    assert by[1]["satellites"].max() == 2
    both = by[0].index.intersection(by[1].index[by[1]["lines"] >= 4])
    assert len(both) and (by[1].loc[both, "launch_sigma_km"] < 1.3 * by[0].loc[both, "launch_sigma_km"]).all()


def test_same_seed_same_bits(one: Run) -> None:
    again = tf.simulate(satellites(1), "trilateral", seed=3)
    assert one.launch_reports.equals(again.launch_reports)


def test_launches_of_a_salvo_have_cues_of_their_own() -> None:
    """Two launches 111 km apart and 20 s after each other: the launch point of each lies nearer to its own."""
    base = tf.load_scenario("kn25_2023_02_20")
    seen = tuple(sensor for sensor in base.sensors if isinstance(sensor, Infrared))
    second = replace(base.launch, launch_id="second", lat_deg=base.launch.lat_deg - 1.0)
    salvo = (SalvoLaunch(launch=second, after_s=20.0),)
    run = tf.simulate(replace(base, sensors=seen, salvo=salvo), "ideal", seed=2)
    table = run.launch_reports
    assert {"second", base.launch.launch_id} <= set(table["launch"])
    assert (table["launch_error_km"] < 55.0).all()
    assert (table.query("launch == 'second'")["launch_s"] - 20.0).abs().max() < 40.0


def test_nobody_who_knows_nothing_has_a_cue(one: Run) -> None:
    for given, words in (
        (("JPN", 1.0), "JPN has no line of sight and no launch report"),
        (("JAPAN", 100.0), "centre 'JAPAN'"),
        (("JPN", -1.0), "at_s"),
    ):
        with pytest.raises(SettingsError, match=words):
            tf.launch_cue(one, *given)
    with pytest.raises(SettingsError, match="launch 'x'"):
        tf.launch_cue(one, "JPN", 100.0, launch="x")
