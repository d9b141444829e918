"""One pipeline for one object and for many: who has to find out what detections are of loses nothing else by it."""

import typing
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import trackfuse as tf
from tests.satellites import without_satellites
from trackfuse import tracking
from trackfuse.catalog.scenario import SalvoLaunch, Scenario
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.scoring.accuracy import TrackErrors
from trackfuse.sharing import Policy
from trackfuse.simulation.run import Run
from trackfuse.warning import HIT

NAME = "hwasong12_2022_10_04"
POLICIES = ("national", "bilateral", "trilateral", "mesh", "ideal")
RUNS = 8
TRACKS = ("mean", "covariance", "status", "boosting", "last_plot_s")


def alone() -> Scenario:
    return tf.load_scenario(NAME)


def pair() -> Scenario:
    """The same missile, and a minute later another from 11 km north of it."""
    first = alone()
    second = replace(first.launch, launch_id="second", lat_deg=first.launch.lat_deg + 0.1)
    return replace(first, salvo=(SalvoLaunch(launch=second, after_s=60.0),))


def by(scenario: Scenario, association: str, **tracker: object) -> Scenario:
    return replace(scenario, tracker=replace(scenario.tracker, association=association, **tracker))


def with_radars(scenario: Scenario, **fields: float) -> Scenario:
    radars = (replace(s, **fields) if isinstance(s, tf.Radar) else s for s in scenario.sensors)
    return replace(scenario, sensors=tuple(radars))


def both(scenario: Scenario, policy: str | Policy, run: int = 0, **tracker: object) -> tuple[Run, Run]:
    """One run with detections that carry their object, and with such that do not."""
    known, found = (tf.simulate(by(scenario, a, **tracker), policy, seed=7, run=run) for a in ("known", "gnn"))
    return known, found


def rows_of(run: Run, node: int, true: int) -> np.ndarray:
    """Fused tracks of an object at a node."""
    mine = run.fused.of(node)
    return mine[run.objects[mine] == true]


def coasts(run: Run, true: int) -> np.ndarray:
    """Cycles of an object's free fall, without its first and last minutes."""
    target = run.prepared.targets[true]
    since = run.prepared.cycle_s - target.lift_off_s
    return np.flatnonzero((since > target.flight.burnout_s + 60.0) & (since < target.flight.impact_s - 120.0))


def surest(run: Run, node: int, true: int) -> tuple[np.ndarray, np.ndarray]:
    """Claimed and true errors (m) in free fall of a node's track of an object: of the surest one at each cycle."""
    errors, rows, cycles = run.errors, rows_of(run, node, true), coasts(run, true)
    claimed = np.where(run.fused.status[rows] == 1, errors.position_sigma_m[rows], np.inf)[:, cycles]
    best = rows[claimed.argmin(axis=0)]
    return claimed.min(axis=0), errors.position_m[best, cycles]


# ---- what used to be lost with association ---------------------------------------------------------------------------


def test_registration_errors_are_considered_in_tracks_found_by_association() -> None:
    """Radars that stand 200 m off and are turned by 1 mrad: as separate code for several objects once claimed 49 m for
    a track that was wrong by 291 m, and 290 m for one wrong by 2,200 m, this test fails there. Over six runs, two
    objects and five nodes the claim is, in the geometric mean, that of the tracks of known objects to a third, and the
    errors lie within 3.5 of it. Where the claim is right that is exceeded with a probability below 5e-4 a track, and
    since all that a run tracks has one draw of the errors, in any of six runs below 3e-3 (seed fixed).
    """
    scenario = pair()
    scenario = with_radars(scenario, site_sigma_m=200.0, north_sigma_mrad=1.0)
    ratios, squares = [], []
    for run in range(6):
        known, found = both(scenario, "mesh", run)
        for true in range(2):
            for node in range(len(scenario.nodes)):
                (said, _), (claimed, error) = (surest(each, node, true) for each in (known, found))
                assert np.isfinite(claimed).all()
                ratios.append(np.median(claimed / said))
                squares.append(error / claimed)
    assert np.exp(np.mean(np.log(ratios))) == pytest.approx(1.0, abs=1.0 / 3.0)
    assert min(ratios) > 0.25
    assert np.mean(np.concatenate(squares) > 3.5) < 0.02


@pytest.mark.parametrize("scenario", [alone, pair])
def test_a_ship_s_own_speed_is_taken_off_its_range_rates(scenario: typing.Callable[[], Scenario]) -> None:
    """Radars under way at 15 m/s that measure range rate: code of its own for several objects took them to stand still,
    claimed 40 m for errors of 400 m and made six to ten tracks of one missile, so that this test fails there. Every
    run's median in free fall is one draw, all of whose cycles go together, of a chi-square with six degrees of freedom:
    a mean of eight is above 12 with a probability of 5e-5, at one of five nodes and two objects below 5e-4.
    """
    sailing = with_radars(
        scenario(), range_rate_cell_mps=2.0, range_rate_floor_mps=0.5, course_deg=90.0, speed_mps=15.0
    )
    assert stats.chi2.sf(12.0 * RUNS, 6 * RUNS) < 5e-5
    objects, medians = 1 + len(sailing.salvo), []
    for run in range(RUNS):
        found = tf.simulate(by(sailing, "gnn"), "national", seed=7, run=run)
        tracks = [len(found.local.of(node)) for node in range(len(sailing.nodes))]
        assert max(tracks) == objects
        at = [(rows_of(found, node, true), coasts(found, true))
              for true in range(objects) for node in range(len(sailing.nodes))]  # fmt: skip
        assert all(len(rows) == 1 for rows, _ in at)
        medians.append([np.median(found.errors.nees[rows[0], cycles]) for rows, cycles in at])
    assert (np.mean(medians, axis=0) < 12.0).all()


def sharing_twice(scenario: Scenario) -> Policy:
    """Tracks all around, and detections between Japan and the US forces there: their tracks have some in common."""
    seen = {("JPN", "USFJ"), ("USFJ", "JPN")}
    direct = [link for link in scenario.policy("ideal").links if (link.source, link.target) in seen]
    links = tuple(link for link in direct if link.payload == "detection")
    assert len(links) == 2
    tracks = scenario.policy("mesh", payload="track")
    return replace(tracks, name="both", links=tracks.links + links)


@pytest.mark.parametrize("fusion", ["campo", "split_ci", "tracklet"])
@pytest.mark.parametrize("scenario", [alone, pair])
def test_fusion_knows_of_common_detections_and_common_noise(
    fusion: str, scenario: typing.Callable[[], Scenario]
) -> None:
    """Where own tracks are the same bits fused ones are, with reports alone and with detections in common: code of its
    own for several objects told the rules of fusion nothing of the latter, and let common noise begin with the first
    report, which moved fused tracks by 5 to 25 m, so that this test fails there.
    """
    for policy in (scenario().policy("mesh", payload="track"), sharing_twice(scenario())):
        known, found = both(scenario(), policy, fusion=fusion)
        assert len(found.fused.node) == len(known.fused.node)
        for node, true in zip(known.fused.node, known.objects, strict=True):
            (one,), (other,) = (rows_of(each, node, true) for each in (known, found))
            for name in TRACKS:
                a, b = getattr(known.fused, name)[one], getattr(found.fused, name)[other]
                assert np.array_equal(a, b, equal_nan=name != "status"), name
            assert (known.fused.status[one] == 1).sum() > 240


# ---- association and none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_one_object_is_found_as_if_it_were_known(policy: str) -> None:
    """The same bits, own and fused, at all centres; the same notices; what is held of it is one track a centre."""
    known, found = both(without_satellites(replace(alone(), biases="white")), policy)
    assert np.array_equal(known.measurements.z, found.measurements.z, equal_nan=True)
    assert np.array_equal(known.deliveries.received_s, found.deliveries.received_s)
    for one, other in ((known.local, found.local), (known.fused, found.fused)):
        held = (one.status == 1).any(axis=1)
        assert np.array_equal(one.node[held], other.node)
        for name in TRACKS:
            kept = getattr(one, name)[held]
            assert np.array_equal(kept, getattr(other, name), equal_nan=name != "status"), name
    pd.testing.assert_frame_equal(known.notices.drop(columns="track"), found.notices.drop(columns="track"))
    assert np.array_equal(known.warning_time_s, found.warning_time_s, equal_nan=True)


@pytest.mark.parametrize("policy", POLICIES)
def test_one_object_that_satellites_see_is_found_as_if_it_were_known(policy: str) -> None:
    """A track that is found lacks the lines of sight that waited while it was not there, and a known object's has them:
    they agree within three of its sigmas while the engine burns, and to a millimetre half a minute later. All else is
    equal.
    """
    known, found = both(replace(alone(), biases="white"), policy)
    held = (known.fused.status == 1).any(axis=1)
    assert np.array_equal(known.fused.status[held], found.fused.status)
    apart = np.linalg.norm(known.fused.mean[held, :, :3] - found.fused.mean[..., :3], axis=2)
    sigma = np.sqrt(np.einsum("kjii->kj", known.fused.covariance[held, :, :3, :3]))
    late = known.prepared.cycle_s > known.flight.burnout_s + 30.0
    both_held = found.fused.status == 1
    assert (apart[both_held] < 3.0 * sigma[both_held]).all()
    assert (apart[:, late][both_held[:, late]] < 1e-3).all()
    pd.testing.assert_frame_equal(known.notices.drop(columns="track"), found.notices.drop(columns="track"))
    assert np.array_equal(known.warning_time_s, found.warning_time_s, equal_nan=True)


@pytest.mark.parametrize("policy", ["national", "ideal"])
def test_known_objects_are_tracked_as_if_alone(policy: str) -> None:
    """Each of a salvo has the track that its own measurements give, to the bit."""
    run = tf.simulate(by(replace(pair(), biases="white"), "known"), policy, seed=7)
    assert len(run.local.node) == 2 * len(run.scenario.nodes) == len(run.fused.node)
    for true in range(2):
        mine = np.flatnonzero(run.measurements.truth == true)
        given = replace(run.measurements.select(mine), truth=np.zeros(len(mine), dtype=np.int64))
        single = tracking.track(
            given, run.deliveries.received_s[mine], run.prepared.cycle_s, run.scenario.tracker,
            run.knowledge[true].confirmed_s[None],
        )  # fmt: skip
        among = run.local.select(np.arange(true, len(run.local.node), 2))
        assert np.array_equal(single.tracks.node, among.node)
        assert (among.status == 1).any(axis=1).sum() >= 4
        for name in TRACKS:
            assert np.array_equal(getattr(single.tracks, name), getattr(among, name), equal_nan=name != "status"), name


def test_the_first_of_known_objects_is_as_in_a_run_without_the_others() -> None:
    whole, single = (tf.simulate(by(each, "known"), "national", seed=7) for each in (pair(), alone()))
    cycles = len(single.prepared.cycle_s)
    assert np.array_equal(whole.measurements.select(whole.measurements.truth == 0).z, single.measurements.z,
                          equal_nan=True)  # fmt: skip
    for name in TRACKS:
        among = getattr(whole.local, name)[::2, :cycles]
        assert np.array_equal(among, getattr(single.local, name), equal_nan=name != "status"), name


def test_false_detections_are_nothing_to_who_knows_them() -> None:
    noisy, quiet = (
        tf.simulate(by(replace(alone(), false_plots=each), "known"), "ideal", seed=7) for each in (True, False)
    )
    assert (noisy.measurements.truth < 0).sum() > 100
    for name in TRACKS:
        one, other = (getattr(each.local, name) for each in (noisy, quiet))
        assert np.array_equal(one, other, equal_nan=name != "status"), name


# ---- everything that a run tells, of many objects --------------------------------------------------------------------


def shedding() -> Scenario:
    return replace(tf.load_scenario("nodong_2016_08_03"), debris=True)


def cluttered() -> Scenario:
    return replace(tf.load_scenario("kn25_2023_02_20"), false_plots=True)


@pytest.fixture(scope="module", params=[pair, shedding, cluttered], ids=["salvo", "debris", "false plots"])
def run(request: pytest.FixtureRequest) -> Run:
    return tf.simulate(request.param(), "trilateral", seed=7)


TABLES = ("detections", "received", "registration", "messages", "tracks", "predictions", "notices", "region_notices",
          "nodes", "scores", "rates")  # fmt: skip
ELSE = {"bounds", "caption", "clusters", "data_hash", "deliveries", "errors", "flight", "follows", "fused", "gospa",
        "impact_error_km", "knowledge", "launch_notices", "launch_of", "launch_reports", "local", "local_tracks",
        "looks", "main", "measurements", "object_names", "objects", "policy", "predict", "prepared", "present", "run",
        "save", "scenario", "seed", "siap", "truth_of_tracks", "version", "warning_time_s"}  # fmt: skip
MAY_LACK = {"range_m", "range_rate_mps", "sigma_range_m", "sigma_range_rate_mps", "snr_db", "arrival_s", "notice_s",
            "warning_time_s"}  # fmt: skip
"""Not of every sensor, and not of every notice."""


def test_simulate_says_what_it_gives() -> None:
    assert typing.get_type_hints(tf.simulate)["return"] is tf.Run


def test_all_that_a_run_has_is_asked_for_here() -> None:
    assert {name for name in dir(tf.Run) if not name.startswith("_")} == ELSE | set(TABLES)


def test_what_is_not_there_detects_nothing(run: Run) -> None:
    ships = {each.sensor_id for each in run.scenario.presence if each.ship}
    ashore = tf.simulate(replace(run.scenario, posture="none"), "trilateral", seed=7)
    names = np.array([each.sensor_id for each in ashore.scenario.sensors])
    assert run.present.all() and run.detections["sensor"].isin(ships).any()
    assert ships and set(names[~ashore.present]) == ships and np.array_equal(ashore.main.present, ashore.present)
    assert not ashore.detections["sensor"].isin(ships).any()


@pytest.mark.parametrize("name", TABLES)
def test_every_table_holds_numbers(run: Run, name: str) -> None:
    table = getattr(run, name)
    if name == "region_notices" and not np.isfinite(run.prepared.arrival_s).any():
        assert "launch" in table  # nothing came near a prefecture or province
        return
    assert len(table) > 0
    true = set(run.object_names)
    for column in ("object", "follows"):
        if column in table:
            assert set(table[column]) <= true | {"false"}
            assert set(table[column]) & true
    if "launch" in table:
        assert set(table["launch"]) <= set(run.prepared.launch_ids) | {"false"}
    if "node" in table:
        assert set(table["node"]) <= {node.node_id for node in run.scenario.nodes}
    for column in table.select_dtypes("number"):
        share = np.isfinite(table[column].to_numpy(float)).mean()
        assert share > 0.0 or column in MAY_LACK, column
        if column.endswith("_deg"):
            assert table[column].abs().max() <= 360.0
    again = getattr(run, name)
    assert table.drop(columns="path", errors="ignore").equals(again.drop(columns="path", errors="ignore"))


def test_tables_agree_with_each_other(run: Run) -> None:
    tracks, nodes = run.tracks, len(run.scenario.nodes)
    assert not tracks.duplicated(["node", "track", "t_s"]).any()
    assert len(tracks) == (run.fused.status == 1).sum()
    assert np.isfinite(tracks[["x_m", "y_m", "z_m", "position_sigma_m", "boosting"]].to_numpy()).all()
    # The satellites' own centre: its first track of a launch with a stage beside it may follow either.
    flown = tracks[(tracks["object"] != "false") & tracks["position_error_m"].notna() & (tracks["node"] != "INDOPACOM")]
    assert (flown["position_error_m"] < 3.5 * flown["position_sigma_m"]).mean() > 0.9
    assert (run.received["received_s"] >= run.received["about_s"]).all()
    assert len(run.detections) == len(run.measurements)
    assert len(run.nodes) == nodes * len(run.prepared.launch_ids) and len(run.rates) == nodes
    assert len(run.scores) == nodes * len(run.prepared.cycle_s)
    told = run.messages
    assert (told["received_s"] >= told["about_s"]).all() and told["impact_lat_deg"].notna().any()
    assert (told["launch_sigma_km"] > 0.0).any()
    for given in (run.notices, run.region_notices):
        assert (given["notice_s"].dropna() >= given.loc[given["notice_s"].notna(), "met_s"]).all()


def test_errors_and_bounds_are_of_the_object_followed(run: Run) -> None:
    errors, least, truth = run.errors, run.bounds, run.truth_of_tracks()
    assert isinstance(errors, TrackErrors)
    shape = run.fused.status.shape
    assert errors.position_m.shape == errors.nees.shape == shape and least.shape == (*shape, 6, 6)
    there = (run.fused.status == 1) & np.isfinite(truth[:, :, 0])
    assert there.any() and np.array_equal(np.isfinite(errors.position_m), there)
    apart = np.linalg.norm(run.fused.mean[..., :3] - truth[..., :3], axis=2)
    np.testing.assert_allclose(errors.position_m[there], apart[there])
    known = np.isfinite(least[..., 0, 0]) & there
    assert known.sum() > 0.8 * there.sum()
    variance = np.linalg.eigvalsh(least[known][:, :3, :3])
    assert (variance > 0.0).all()
    assert np.isnan(least[~np.isfinite(truth[:, :, 0])]).all()
    # No centre knows better than its detections allow: of one error in three axes the middle would be 0.8 of the bound.
    assert np.median(errors.position_m[known] ** 2 / variance.sum(axis=1)) > 0.8
    for row, true in enumerate(run.objects):
        assert run.launch_of(int(true)) == (run.prepared.targets[true].launch if true >= 0 else -1), row


def test_predictions_can_be_made_of_any_track(run: Run) -> None:
    rows = np.flatnonzero((run.fused.status == 1).any(axis=1) & (run.objects >= 0))
    last = [np.flatnonzero(run.fused.status[row] == 1)[-1] for row in rows]
    made = run.predict(np.stack([rows, last], axis=1))
    hit = made.status == HIT
    assert hit.any()
    objects = run.objects[rows]
    away = run.impact_error_km(made, objects)
    assert np.isfinite(away[hit]).all() and np.median(away[hit]) < 30.0
    first = run.impact_error_km(made)
    np.testing.assert_array_equal(first[objects == 0], away[objects == 0])


def test_scores_of_a_centre_are_those_of_the_tables(run: Run) -> None:
    for node, name in enumerate(run.scenario.nodes):
        total = [each.total for each in run.gospa(node)]
        np.testing.assert_array_equal(total, run.scores[run.scores["node"] == name.node_id]["gospa_m"])
        assert np.isfinite(total).all()
        rates = run.rates.set_index("node").loc[name.node_id]
        assert run.siap(node).completeness == run.siap(name.node_id).completeness == rates["completeness"]
        assert 0.0 <= rates["completeness"] <= 1.0


@pytest.mark.parametrize("node", [-1, 99, "JPM"])
def test_a_centre_that_is_not_there_has_no_scores(run: Run, node: int | str) -> None:
    for score in (run.gospa, run.siap):
        with pytest.raises(ScenarioError, match="JPN"):
            score(node)


@pytest.mark.parametrize("number", [-1, 1.5, "a", None])
def test_a_run_has_a_whole_number(number: object) -> None:
    with pytest.raises(SettingsError, match="run: "):
        tf.simulate("kn25_2024_05_30", seed=1, run=number)  # type: ignore[arg-type]


def test_what_the_first_missile_s_centres_receive_was_sent(run: Run) -> None:
    """The first missile alone: every report received was received in the run itself, and has a message."""
    columns, first = ["node", "origin", "about_s"], run.main

    def reports(table: pd.DataFrame) -> set[tuple]:
        return set(table[columns].itertuples(index=False, name=None))

    for kind in ("track", "warning"):
        whole, part = (each.received[each.received["kind"] == kind] for each in (run, first))
        assert set() < reports(part) <= reports(whole)
    assert reports(first.messages) == reports(part)


def test_the_rest_of_a_run_is_there(run: Run) -> None:
    missile = run.prepared.targets[0]
    assert run.flight is missile.flight and run.looks is missile.looks and missile.missile
    assert len(run.object_names) == len(run.prepared.targets)
    assert run.scenario.title in run.caption() and f"{len(run.measurements)} detections" in repr(run)
    assert run.warning_time_s.shape == (len(run.scenario.places),)
    assert run.follows.shape == run.fused.status.shape and len(run.objects) == len(run.fused.node)
    assert len(run.knowledge) == len(run.prepared.launch_ids) <= len(run.launch_notices)
    assert len(run.local_tracks.tracks.node) == len(run.local.node)
    alone = run.main
    assert isinstance(alone, Run) and len(alone.prepared.targets) == 1 and alone.main is alone
    assert all(len(getattr(alone, name)) for name in TABLES if name != "region_notices")
    assert len(alone.region_notices) <= len(run.region_notices)


@pytest.mark.parametrize("draw", ["timeline", "accuracy", "overview", "map", "warnings", "objects"])
def test_figures_of_one_object_show_the_first_of_a_salvo(draw: str) -> None:
    made = tf.simulate(pair(), "trilateral", seed=7)
    other = tf.simulate(pair(), "bilateral", seed=7)
    figure = getattr(tf.plots, draw)(*((made, other) if draw == "overview" else (made,)))
    assert figure.axes and any(axes.has_data() for axes in figure.axes)
    figure.canvas.draw()


def test_other_software_takes_the_detections_of_all(run: Run) -> None:
    given = tf.to_stonesoup(run)
    assert len(given) == len(run.measurements)
    tracks = tf.track_detections(run.detections, run.scenario)
    assert len(tracks) and np.isfinite(tracks[["x_m", "y_m", "z_m", "vx_mps", "position_sigma_m"]].to_numpy()).all()
