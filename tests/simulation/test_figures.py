"""Figures of merit: their definitions in plain Python from the tables of a run, and what must hold of all."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pymap3d
import pytest
from scipy import stats

import trackfuse as tf
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import PluginError, SettingsError
from trackfuse.flight import state_at
from trackfuse.scoring.accuracy import ground_distance_km
from trackfuse.simulation.figures import BY_NAME, COLUMN, FIGURES, USUAL, nation_figures
from trackfuse.simulation.figures.impact import instants_s
from trackfuse.simulation.figures.stated import kepler_apogee_km
from trackfuse.simulation.run import Run
from trackfuse.simulation.warning_inputs import warning_inputs
from trackfuse.warning import Predictions, predict, prediction_set_of, soonest

POLICIES = ("national", "bilateral", "trilateral", "mesh", "ideal")
NAMES = tuple(tf.scenarios()["name"])


@pytest.fixture(scope="module", params=["national", "bilateral", "trilateral"])
def run(request: pytest.FixtureRequest) -> Run:
    return tf.simulate("kn23_2022_09_25", request.param, seed=4, run=1)


@pytest.fixture(scope="module")
def found(run: Run) -> np.ndarray:
    return nation_figures(run)[0]


def of(found: np.ndarray, run: Run, nation: str, figure: str) -> float:
    return float(found[run.scenario.nations.index(nation), COLUMN[figure]])


def candidates(run: Run, nation: str, t_s: float) -> list[dict[str, Any]]:
    """What a nation's centres have at a cycle: the fused tracks from the table, own tracks from their arrays."""
    names = [node.node_id for node in run.scenario.nodes]
    mine = [node.node_id for node in run.scenario.nodes if node.nation == nation]
    cycle = int(np.flatnonzero(run.prepared.cycle_s == t_s)[0])
    true, rows = state_at(run.flight, np.array([t_s]))[0], []
    for tracks in (run.fused, run.local):
        for k, node in enumerate(tracks.node):
            if names[node] in mine and tracks.status[k, cycle] == 1:
                mean, variances = tracks.mean[k, cycle], np.linalg.eigvalsh(tracks.covariance[k, cycle, :3, :3])
                freedom = variances.sum() ** 2 / (variances**2).sum()
                rows.append({
                    "tracks": tracks, "row": k, "cycle": cycle, "height_km": pymap3d.ecef2geodetic(*mean[:3])[2] / 1e3,
                    "sigma_m": math.sqrt(variances.sum()),
                    "radius_m": math.sqrt(variances.sum() / freedom * stats.chi2.ppf(0.9, freedom)),
                    "position_m": math.dist(mean[:3], true[:3]),
                    "velocity_mps": math.dist(mean[3:], true[3:]),
                    "age_s": t_s - tracks.last_plot_s[k, cycle],
                })  # fmt: skip
    return rows


def held(run: Run, nation: str) -> dict[float, dict[str, Any]]:
    """By cycle of the flight the candidate that claims the smallest error."""
    rows = {t_s: candidates(run, nation, t_s) for t_s in run.prepared.cycle_s if t_s <= run.flight.impact_s}
    return {t_s: min(each, key=lambda row: row["sigma_m"]) for t_s, each in rows.items() if each}


@pytest.mark.parametrize("nation", ["JPN", "ROK", "USA"])
def test_held_position_is_that_of_the_surest_estimate(run: Run, found: np.ndarray, nation: str) -> None:
    mine, flight = held(run, nation), run.flight
    for name, limit in (("10km", 10e3), ("1km", 1e3), ("200m", 200.0)):
        good = [t for t, row in mine.items() if row["position_m"] < limit and row["radius_m"] < limit]
        assert of(found, run, nation, f"time_to_{name}_s") == (min(good) if good else math.inf)
    phases = {
        "boost": [row for t, row in mine.items() if t <= flight.burnout_s],
        "coast": [row for t, row in mine.items() if flight.burnout_s < t <= flight.apogee_s],
        "descent": [row for t, row in mine.items() if t > flight.apogee_s],
    }
    for phase, rows in phases.items():
        pairs = (f"position_error_{phase}_m", "position_m"), (f"velocity_error_{phase}_mps", "velocity_mps")
        for figure, key in pairs:
            expected = np.median([row[key] for row in rows]) if rows else math.inf
            assert of(found, run, nation, figure) == pytest.approx(expected, rel=1e-9)
    at = max(t for t in run.prepared.cycle_s if t <= flight.apogee_s)
    expected = mine[at]["position_m"] if at in mine else math.inf
    assert of(found, run, nation, "position_error_apogee_m") == pytest.approx(expected, rel=1e-9)


def test_truth_never_selects(run: Run) -> None:
    """Where a surer estimate is the worse one it is held none the less: the test of selection is not empty."""
    worse = 0
    for nation in run.scenario.nations:
        for t_s, row in held(run, nation).items():
            worse += min(each["position_m"] for each in candidates(run, nation, t_s)) < row["position_m"]
    assert worse > 0 or run.policy.name == "national"


def test_custody_is_fresh_and_sure(run: Run, found: np.ndarray) -> None:
    nation = "ROK"
    flying = [t for t in run.prepared.cycle_s if t <= run.flight.end_s]
    kept = [
        t for t in flying
        if any(row["age_s"] <= 15.0 and row["sigma_m"] <= 10e3 for row in candidates(run, nation, t))
    ]  # fmt: skip
    assert of(found, run, nation, "custody") == pytest.approx(len(kept) / len(flying), rel=1e-12)
    last = np.linalg.norm(state_at(run.flight, np.array([max(kept)]))[0, :3])
    height = of(found, run, nation, "custody_last_height_km")
    assert height == pytest.approx((last - 6370e3) / 1e3, abs=8.0)  # a sphere of the radius at 40 degrees


@pytest.mark.parametrize("nation", ["JPN", "ROK", "USA"])
def test_first_events_are_those_of_the_tables(run: Run, found: np.ndarray, nation: str) -> None:
    nodes, mine = run.nodes, run.nodes[run.nodes["nation"] == nation]
    assert of(found, run, nation, "first_knowledge_s") == mine["detection_s"].min()
    assert of(found, run, nation, "first_track_s") == mine["confirmation_s"].min()
    assert of(found, run, nation, "first_notice_s") == mine["notice_s"].min()
    # No detection crosses a link under these policies: what a centre confirms is from its own sensors.
    assert of(found, run, nation, "first_own_track_s") == mine["own_track_s"].min()
    seen = run.detections[run.detections["nation"] == nation]
    delays = {sensor.sensor_id: sensor.report_delay_s for sensor in run.scenario.sensors}
    first = (seen["t_s"] + seen["sensor"].map(delays)).min()
    assert of(found, run, nation, "first_own_detection_s") == pytest.approx(first, abs=1e-9)
    received = run.received.merge(nodes[["node", "nation"]], on="node")
    abroad = received["origin"].map(nodes.set_index("node")["nation"]) != received["nation"]
    states = received[abroad & received["kind"].isin(("track", "warning")) & (received["nation"] == nation)]
    first = states["received_s"].min() if len(states) else math.inf
    assert of(found, run, nation, "first_track_received_s") == first
    told = received[received["kind"].isin(("track", "warning")) & (received["nation"] == nation)]["received_s"]
    first = min([*told, mine["own_track_s"].min()])
    assert of(found, run, nation, "first_track_s") == pytest.approx(first, abs=1e-9)


def told(run: Run, nation: str) -> list[tuple[float, float, float, float, float]]:
    """What the nation holds of the impact from instant to instant, by a plain loop over everything that it was told:
    t_s, sigma, error and radius in km, error of the instant."""
    own = warning_inputs(run).own
    known = prediction_set_of(
        own.predictions, node=own.node, made_s=run.prepared.cycle_s[own.cycle], boosting=own.boosting,
        reported=own.reported, track_available_s=soonest(own.node, own.cycle, run.deliveries.track_received_s),
        items_available_s=soonest(own.node, own.cycle, run.deliveries.warning_received_s),
    )  # fmt: skip
    centres = [i for i, node in enumerate(run.scenario.nodes) if node.nation == nation]
    made, flight, coming = known.predictions, run.flight, []
    for k in range(len(known.origin)):
        when = min(float(known.available_s[k, i]) for i in centres)
        if when < math.inf:
            coming.append((when, float(known.made_s[k]), k))
    newest: dict[int, int] = {}
    out: dict[float, tuple[float, float, float, float, float]] = {}
    for when, _, k in sorted(coming):
        newest[int(known.origin[k])] = k
        rows = []
        for q in newest.values():
            if made.status[q] == 0:
                variances = np.linalg.eigvalsh(made.covariance[q, :2, :2])
                freedom = variances.sum() ** 2 / (variances**2).sum()
                place = np.degrees(made.lat_rad[[q]]), np.degrees(made.lon_rad[[q]])
                rows.append((
                    math.sqrt(variances.sum()) / 1e3,
                    float(ground_distance_km(*place, flight.impact_lat_deg, flight.impact_lon_deg)[0]),
                    math.sqrt(variances.sum() / freedom * stats.chi2.ppf(0.9, freedom)) / 1e3,
                    abs(float(made.time_s[q]) - flight.impact_s),
                ))  # fmt: skip
        out[when] = (when, *(min(rows) if rows else (math.inf,) * 4))
    return list(out.values())


@pytest.mark.parametrize("nation", ["JPN", "ROK", "USA"])
def test_impact_is_known_from_what_was_told(run: Run, found: np.ndarray, nation: str) -> None:
    since = math.inf
    for when, _, error, radius, _ in told(run, nation):
        if when <= run.flight.impact_s:
            since = min(since, when) if error < 20.0 and radius < 20.0 else math.inf
    assert of(found, run, nation, "impact_known_s") == since


def led_to(run: Run, row: dict[str, Any]) -> Predictions:
    """Where an estimate leads."""
    tracks, at = row["tracks"], (row["row"], row["cycle"])
    return predict(tracks.mean[at][None], tracks.covariance[at][None], run.prepared.cycle_s[[row["cycle"]]],
                   tracks.boosting[at][None], run.scenario.tracker)  # fmt: skip


@pytest.mark.parametrize("nation", ["JPN", "ROK", "USA"])
def test_impact_errors_are_those_of_what_is_surest_at_each_instant(run: Run, found: np.ndarray, nation: str) -> None:
    """Of what was told last before it, and of what the estimate leads to that is held then."""
    flight, mine, heard = run.flight, held(run, nation), told(run, nation)
    instants = {"burnout": flight.burnout_s + 30.0, "apogee": flight.apogee_s}
    instants |= {f"{lead}s": flight.impact_s - lead for lead in (120, 60, 10)}
    np.testing.assert_allclose(instants_s(run, 0), list(instants.values()), rtol=0.0, atol=1e-9)
    for name, at_s in instants.items():
        known = [row for row in heard if row[0] <= at_s]
        best = known[-1][1:3] + known[-1][4:] if known else (math.inf,) * 3
        cycle_s = max(t for t in run.prepared.cycle_s if t <= at_s)
        if cycle_s in mine and (made := led_to(run, mine[cycle_s])).status[0] == 0:
            place = np.degrees(made.lat_rad), np.degrees(made.lon_rad)
            off_km = float(ground_distance_km(*place, flight.impact_lat_deg, flight.impact_lon_deg)[0])
            sigma_km = math.sqrt(np.trace(made.covariance[0, :2, :2])) / 1e3
            best = min(best, (sigma_km, off_km, abs(float(made.time_s[0]) - flight.impact_s)))
        for figure, value in (("impact_error_{}_km", best[1]), ("impact_time_error_{}_s", best[2])):
            assert of(found, run, nation, figure.format(name)) == pytest.approx(value, rel=1e-6), (figure, name)


@pytest.mark.parametrize("nation", ["JPN", "ROK", "USA"])
def test_what_is_stated_is_the_end_of_the_track(run: Run, found: np.ndarray, nation: str) -> None:
    """The greatest height held in custody, or what the last estimate still rises to; the way to where that leads."""
    flight, mine, launch = run.flight, held(run, nation), run.scenario.launch
    kept = [
        t for t in mine
        if any(row["age_s"] <= 15.0 and row["sigma_m"] <= 10e3 for row in candidates(run, nation, t))
    ]  # fmt: skip
    last = mine[max(kept)]
    state = last["tracks"].mean[last["row"], last["cycle"]]
    apogee_km = max(mine[t]["height_km"] for t in kept)
    if state[:3] @ state[3:] > 0.0:
        apogee_km = max(apogee_km, kepler_apogee_km(state))
    expected = abs(apogee_km - flight.apogee_km)
    assert of(found, run, nation, "stated_apogee_error_km") == pytest.approx(expected, rel=1e-6, abs=1e-6)
    made = led_to(run, last)
    place = np.degrees(made.lat_rad), np.degrees(made.lon_rad)
    range_km = float(ground_distance_km(*place, launch.lat_deg, launch.lon_deg)[0])
    expected = abs(range_km - flight.range_km) if made.status[0] == 0 else math.inf
    assert of(found, run, nation, "stated_range_error_km") == pytest.approx(expected, rel=1e-6, abs=1e-6)


def only_korea_sees() -> Scenario:
    scenario = tf.load_scenario("hwasong12_2022_10_04")
    return tf.change(scenario, sensors=tuple(each for each in scenario.sensors if each.nation == "ROK"))


def test_a_received_impact_point_counts_from_its_reception() -> None:
    """Japan sees nothing: all that it knows of the impact are the impact points in the messages, from each message's
    reception on. States told with 5 km and 50 m/s lead to nothing surer."""
    scenario = only_korea_sees()
    run = tf.simulate(scenario, scenario.policy("trilateral", payload="warning"), seed=2)
    messages = run.messages[(run.messages["node"] == "JPN") & run.messages["impact_s"].notna()]
    assert len(messages) > 20
    figures, flight = nation_figures(run)[0], run.flight
    off_km = ground_distance_km(
        messages["impact_lat_deg"].to_numpy(), messages["impact_lon_deg"].to_numpy(), flight.impact_lat_deg,
        flight.impact_lon_deg,
    )  # fmt: skip
    messages = messages.assign(off_km=off_km)
    for name, at_s in (("120s", flight.impact_s - 120.0), ("60s", flight.impact_s - 60.0)):
        newest = messages[messages["received_s"] <= at_s].sort_values(["about_s"], kind="stable").iloc[-1]
        assert of(figures, run, "JPN", f"impact_error_{name}_km") == pytest.approx(newest["off_km"], rel=1e-9)
        late = abs(newest["impact_s"] - flight.impact_s)
        assert of(figures, run, "JPN", f"impact_time_error_{name}_s") == pytest.approx(late, rel=1e-9)
    known_s = of(figures, run, "JPN", "impact_known_s")
    assert known_s in set(messages["received_s"]) and known_s > messages["about_s"].min()
    assert math.isinf(of(figures, run, "JPN", "first_own_detection_s"))


def test_apogee_of_a_kepler_orbit_is_nearly_that_flown() -> None:
    """From burn-out on: the oblateness of the Earth, which Kepler's orbit leaves out, moves 4,500 km by a few."""
    flight = tf.simulate("hwasong12_2022_10_04", "national", seed=1).flight
    state = state_at(flight, np.array([flight.burnout_s + 20.0]))[0]
    assert kepler_apogee_km(state) == pytest.approx(flight.apogee_km, rel=5e-3)
    circular = np.array([7000e3, 0.0, 0.0, 0.0, math.sqrt(3.986004418e14 / 7000e3) - 7.292115e-5 * 7000e3, 0.0])
    assert kepler_apogee_km(circular * (1.0 + 1e-9)) == pytest.approx(7000.0 - 6378.137, abs=0.1)
    escape_mps = math.sqrt(2.0 * 3.986004418e14 / 7000e3)
    escaping = circular + np.array([0.0, 0.0, 0.0, 0.0, 1.0001 * escape_mps - 7000e3 * 7.292115e-5 - circular[4], 0.0])
    assert math.isinf(kepler_apogee_km(escaping))


def test_what_does_not_apply_is_nan_and_what_never_occurs_is_inf() -> None:
    satellite = nation_figures(tf.simulate("unha3_2012_12_12", "bilateral", seed=1))[0]
    for name in COLUMN:
        applies = not name.startswith(("impact", "stated")) and not name.endswith(("descent_m", "descent_mps"))
        assert np.isnan(satellite[:, COLUMN[name]]).all() == (not applies), name
    scenario = only_korea_sees()
    blind = nation_figures(tf.simulate(scenario, "national", seed=2))[0]
    mine = blind[scenario.nations.index("JPN")]
    never = ("first_knowledge_s", "impact_known_s", "time_to_10km_s", "stated_apogee_error_km", "stated_range_error_km")
    assert np.isinf(mine[[COLUMN[name] for name in never]]).all()
    assert mine[COLUMN["custody"]] == 0.0 and mine[COLUMN["wrong_places"]] == 0.0


@pytest.fixture(scope="module", params=NAMES)
def shipped(request: pytest.FixtureRequest) -> tf.Comparison:
    return tf.compare(request.param, POLICIES, runs=2, seed=11)


def of_policies(shipped: tf.Comparison, figure: str) -> np.ndarray:
    return shipped.nation_figures[..., COLUMN[figure]]


def test_first_knowledge_is_never_later_with_more_sharing(shipped: tf.Comparison) -> None:
    for figure in ("first_knowledge_s", "first_own_detection_s", "first_track_s", "first_track_received_s"):
        values = of_policies(shipped, figure)
        assert (values[1:] <= values[:-1]).all(), figure


def test_custody_is_never_below_that_without_messages(shipped: tf.Comparison) -> None:
    custody = of_policies(shipped, "custody")
    assert (custody[1:] >= custody[0]).all()


def test_every_gain_is_paired(shipped: tf.Comparison) -> None:
    """The gain of a policy over another is the median of the differences run by run, and the mirror of its reverse."""
    gains = shipped.gains
    label = ["scenario", "posture", "object", "nation", "place", "figure", "unit", "policy", "baseline"]
    assert list(gains) == [*label, "median", "p05", "p95", "low", "high", "p_policy", "p_baseline", "n"]
    assert (gains["n"] <= shipped.runs).all() and gains["p_policy"].between(0.0, 1.0).all()
    mine = gains[(gains["place"] == "") & (gains["policy"] == "ideal") & (gains["object"] == shipped.objects[0])]
    for row in mine.to_dict("records"):
        i, figure = shipped.scenario.nations.index(row["nation"]), BY_NAME[row["figure"]]
        ideal, base = (shipped.nation_figures[p, :, 0, i, COLUMN[figure.name]] for p in (4, 1))
        pairs = [(a, b) for a, b in zip(ideal, base, strict=True) if math.isfinite(a) and math.isfinite(b)]
        assert row["n"] == len(pairs)
        if pairs:
            sign = 1.0 if figure.larger_is_better else -1.0
            assert row["median"] == pytest.approx(np.median([sign * (a - b) for a, b in pairs]), rel=1e-12, abs=1e-12)


def test_shares_are_told_where_a_figure_never_occurs() -> None:
    scenario = only_korea_sees()
    made = tf.compare(scenario, ["national", "trilateral"], runs=3, seed=2, baseline="national")
    row = made.gains.set_index(["nation", "figure"]).loc[("JPN", "first_knowledge_s")]
    assert (row["p_policy"], row["p_baseline"], row["n"]) == (1.0, 0.0, 0) and math.isnan(row["median"])
    nodes = made.nodes.set_index(["policy", "nation", "figure"]).loc[("national", "JPN", "first_knowledge_s")]
    assert (nodes["p_never"], nodes["p_never_high"], nodes["n"]) == (1.0, 1.0, 0)
    assert nodes["p_never_low"] == pytest.approx(0.025 ** (1.0 / 3.0))  # never in three of three runs


def furthest(run: Run) -> pd.DataFrame:
    tracks = run.tracks.merge(run.nodes[["node", "nation"]], on="node")
    best = tracks.groupby("nation")["alt_km"].max()
    return pd.DataFrame({"nation": best.index, "figure": "highest_km", "unit": "km", "value": best.to_numpy(),
                         "larger_is_better": True})  # fmt: skip


def test_a_figure_of_one_s_own_stands_beside_the_others() -> None:
    made = tf.compare("kn25_2023_02_20", ["bilateral", "ideal"], runs=2, seed=3, figures=[furthest])
    mine = made.gains[made.gains["figure"] == "highest_km"]
    assert list(mine["nation"]) == ["JPN", "ROK", "USA"] and (mine["unit"] == "km").all()
    alone = [furthest(tf.simulate(made.scenario, policy, seed=3, run=1)) for policy in ("ideal", "bilateral")]
    each = next(each for each in made.own if each.nation == "ROK")
    assert each.by_run[:, 1].tolist() == [table.set_index("nation")["value"]["ROK"] for table in alone[::-1]]


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (lambda run: 1.0 / 0.0, "ZeroDivisionError"),
        (lambda run: run.nodes[["nation"]], "figure, unit, value missing"),
        (lambda run: pd.DataFrame([{"nation": "ATL", "figure": "f", "unit": "s", "value": 1.0}]), "'ATL' is none of"),
        (lambda run: pd.DataFrame([{"nation": "JPN", "figure": "custody", "unit": "s", "value": 1.0}]), "already"),
    ],
)
def test_a_figure_that_fails_is_one_clear_error(figure: tf.Figure, words: str) -> None:
    with pytest.raises(PluginError, match=words) as caught:
        tf.compare("kn25_2023_02_20", ["bilateral"], runs=1, seed=3, figures=[figure])
    assert "run 0 under 'bilateral'" in str(caught.value)


def test_a_figure_is_a_function() -> None:
    with pytest.raises(SettingsError, match="cannot be called"):
        tf.compare("kn25_2023_02_20", ["bilateral"], runs=1, figures=["custody"])  # type: ignore[list-item]


def test_launch_point_is_a_figure_apart() -> None:
    run = tf.simulate("hwasong12_2022_10_04", "trilateral", seed=1)
    table = tf.launch_point_error(run)
    assert list(table["nation"]) == list(run.scenario.nations) and (table["value"] < 100.0).all()
    assert "launch_point_error_km" not in BY_NAME


def test_the_table_of_figures_is_whole() -> None:
    table = tf.figures_of_merit()
    assert list(table["figure"]) == [*COLUMN, "warning_time_s"] and table["meaning"].str.len().gt(10).all()
    assert set(USUAL) <= set(COLUMN) and len(COLUMN) == len(FIGURES)
    suffixes = {"s": "_s", "m": "_m", "km": "_km", "m/s": "_mps"}
    assert all(each.name.endswith(suffixes.get(each.unit, "")) for each in FIGURES)
