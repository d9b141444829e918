"""Published minutes of real alerts against predicted ones."""

import csv
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trackfuse.catalog.catalog import alerts, launches, load_scenario
from trackfuse.core.errors import DataError, SettingsError
from trackfuse.core.times import as_clock
from trackfuse.history.backtest import COLUMNS, COMPARED, DOCUMENT, SPLIT, Backtest, backtest
from trackfuse.history.chain import _learned, learned
from trackfuse.history.launches import policy_on
from trackfuse.history.minutes import after, chain_of, checked_alerts, published
from trackfuse.history.rule import learned_rule
from trackfuse.sharing import Node
from trackfuse.simulation.simulate import simulate
from trackfuse.views.report.text import backtest_text
from trackfuse.warning import WarningRule, chain_delays

ALERT = {
    "alert_id": "X1", "launch_event_id": "E1", "date_local": "2024-10-01", "tz": "UTC+9", "nation": "JPN",
    "system": "J-Alert", "launch_time": "07:22", "first_detection_or_notice_time": "", "alert_issue_time": "07:26",
    "overflight_start": "07:28", "predicted_pass_or_impact_time": "", "splash_time": "07:44", "status": "valid",
}  # fmt: skip
LAUNCH = {
    "event_id": "E1", "name": "Hwasong-12", "missile_class": "IRBM", "source_country": "JPN", "site_lat": "40.611",
    "site_lon": "126.426", "apogee_km": "970", "range_km": "4500", "flight_time_s": "", "bearing_deg_est": "86",
    "trajectory": "min-energy", "time_local": "07:22", "time_utc": "2024-09-30T22:22Z",
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> Backtest:
    return backtest(runs=4)


def write(path: Path, rows: list[dict[str, str]], columns: dict[str, str]) -> Path:
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(columns))
        writer.writeheader()
        writer.writerows(rows)
    return path


def own(tmp_path: Path, alert: dict[str, str] | None = None, launch: dict[str, str] | None = None) -> list[dict]:
    """Documents of one alert of one's own, as the file would give them."""
    alert, launch = ALERT | (alert or {}), LAUNCH | (launch or {})
    files = write(tmp_path / "alerts.csv", [alert], alert), write(tmp_path / "launches.csv", [launch], launch)
    return backtest(*files, runs=2).document()


# ---- the shipped alerts ---------------------------------------------------------------------------------------------


def test_most_minutes_not_learned_from_are_inside(shipped: Backtest) -> None:
    score = shipped.score.set_index("quantity")
    assert score.loc["all", "share"] >= 0.8
    assert score.loc["all", "compared"] >= 20
    flight = shipped.predicted[shipped.predicted["quantity"].isin(["overflight", "impact"])]
    assert (flight["p95_s"] - flight["p05_s"]).median() <= 60.0


def test_what_lies_outside_is_known(shipped: Backtest) -> None:
    """Alerts whose delay was decided and not the chain's, one given in the minute of detection, and a launch of which
    South Korea's minute is before Japan's."""
    out = shipped.predicted[~shipped.predicted["inside"].astype(bool)]
    assert set(out["alert_id"]) <= {"A03", "A20", "A24", "A26", "A30"}
    assert {"A03", "A24"} <= set(out["alert_id"])


def test_satellites_fly_to_their_orbit_and_failures_say_so(shipped: Backtest) -> None:
    """A published overflight may be that of the satellite or of its last lower stage, a minute or two later."""
    over = shipped.table[shipped.table["quantity"] == "overflight"].set_index("alert_id")
    for alert in ("A04", "A05"):
        assert "published orbit" in over.loc[alert, "remark"] and over.loc[alert, "inside"]
        assert over.loc[alert, "p95_s"] - over.loc[alert, "p05_s"] >= 60.0
    assert over.loc["A02", "status"].startswith("not flyable as published: the satellite launch failed (stage 1:")
    assert over.loc["A30", "status"] == COMPARED, "apogee and range of the failure are published"
    early = shipped.table[(shipped.table["quantity"] == "notice") & shipped.table["alert_id"].isin(["A25", "A35"])]
    assert (early["status"] == COMPARED).all(), "its first minutes do not show that it will fail"


def test_a_wide_notice_says_why(shipped: Backtest) -> None:
    """In numbers of the minutes learned from, which the chain's own interval gives back."""
    words = (r"JPN public: its (\d+) minutes took (\d+) to (\d+) s, a spread of ([\d.]+) in the logarithm; "
             r"an interval of 240 s would need ([\d.]+)")  # fmt: skip
    found = re.match(words, shipped.why_wide)
    assert found is not None
    used, low, high, spread, enough = map(float, found.groups())
    chain = shipped.calibration.set_index("chain").loc["JPN public"]
    assert used == chain["minutes"] and 0.0 < low < chain["median_s"] < high
    assert enough < spread
    half = chain["median_s"] * np.sinh(1.6448536 * enough)
    assert 2.0 * half + 60.0 == pytest.approx(240.0, abs=5.0)
    assert shipped.why_wide in " ".join(backtest_text(shipped).split())
    (none,) = [delay for delay in shipped.delays if delay.chain == "USA public"]
    assert none.why_wide(240.0) == ""


def test_only_chains_learn_and_only_before_the_day(shipped: Backtest) -> None:
    used = shipped.table[shipped.table["used_for_calibration"]]
    assert len(used) >= 8
    assert set(used["quantity"]) == {"detection", "notice"}
    assert (used["date_local"] <= SPLIT).all()
    assert (used["status"] == COMPARED).all()
    assert not {"A03", "A20"} & set(used["alert_id"]), "late by decision, and false: not the chain's delay"
    assert "A18" not in set(used["alert_id"]), "a second alert follows the first, not the launch"


def test_no_day_later_than_the_first_alert_teaches_nothing() -> None:
    done = backtest(runs=1, split=date(2000, 1, 1))
    assert not done.table["used_for_calibration"].any()
    assert set(done.calibration["minutes"]) == {0}


def test_every_alert_is_there_and_says_why(shipped: Backtest) -> None:
    table = shipped.table
    assert list(table.columns) == list(COLUMNS)
    assert list(dict.fromkeys(table["alert_id"])) == list(alerts()["alert_id"])
    assert not table.duplicated(["alert_id", "quantity"]).any()
    assert (table["status"].str.len() > 0).all()
    compared = table["status"] == COMPARED
    numbers = table[["median_s", "p05_s", "p95_s"]]
    assert numbers[compared].notna().all(axis=None)
    assert numbers[~compared].isna().all(axis=None)
    assert (numbers[compared] % 60.0 == 0.0).all(axis=None)
    assert (numbers["p05_s"] <= numbers["p95_s"])[compared].all()


def test_published_seconds_are_those_of_the_data(shipped: Backtest) -> None:
    latency = alerts().set_index("alert_id")["alert_latency_s"]
    notice = shipped.table[(shipped.table["quantity"] == "notice") & shipped.table["published_s"].notna()]
    for alert_id, seconds in zip(notice["alert_id"], notice["published_s"], strict=True):
        assert seconds == latency[alert_id]


def test_same_seed_same_bits(shipped: Backtest) -> None:
    _learned.cache_clear()  # what is remembered would be the same anyway
    assert backtest(runs=4).document() == shipped.document()
    assert shipped.document()[0].keys() == set(DOCUMENT)


# ---- alerts of one's own --------------------------------------------------------------------------------------------


def test_own_alert_and_launch(tmp_path: Path) -> None:
    rows = {row["quantity"]: row for row in own(tmp_path)}
    assert set(rows) == {"notice", "overflight", "impact"}
    assert all(row["status"] == COMPARED and not row["used_for_calibration"] for row in rows.values())
    assert rows["overflight"]["published_s"] == 360.0
    assert all(row["inside"] for row in rows.values())


def test_launch_in_the_earliest_minute_that_anybody_gives(tmp_path: Path) -> None:
    """A second source a minute earlier moves every prediction by that minute."""
    before = {row["quantity"]: row["median_s"] for row in own(tmp_path)}
    after_it = {row["quantity"]: row["median_s"] for row in own(tmp_path, launch={"time_local": "07:21"})}
    assert all(before[name] - after_it[name] == 60.0 for name in before)


@pytest.mark.parametrize(
    ("alert", "launch", "why"),
    [
        ({"launch_event_id": ""}, {}, "no launch: valid"),
        ({"launch_event_id": "E9"}, {}, "no launch 'E9' in"),
        ({}, {"name": "Unheard-of", "missile_class": "balloon"}, "not flown: no class model"),
        ({}, {"site_lat": ""}, "not flown: no launch place"),
        ({}, {"range_km": ""}, "not flown: no apogee and range"),
        ({}, {"name": "Scud-B", "apogee_km": "3000", "range_km": "50"}, "not flown: launch 'E1'"),
        ({"launch_time": ""}, {"time_local": ""}, "no time of launch"),
        ({"alert_issue_time": ""}, {}, "no minute of a notice"),
        ({"alert_issue_time": "07:26 (first news item)"}, {}, "qualified: first news item"),
    ],
)
def test_why_a_notice_is_not_compared(tmp_path: Path, alert: dict[str, str], launch: dict[str, str], why: str) -> None:
    (notice,) = [row for row in own(tmp_path, alert, launch) if row["quantity"] == "notice"]
    assert why in notice["status"]
    assert notice["median_s"] is None
    assert notice["inside"] is None


@pytest.mark.parametrize(
    ("alert", "launch", "why"),
    [
        ({"splash_time": "07:31 (stage 1)"}, {}, "not that of the impact"),
        ({"splash_time": "", "predicted_pass_or_impact_time": "07:30", "status": "withdrawn"}, {}, "did not happen"),
        ({}, {"trajectory": "depressed/pull-up"}, "tests nothing"),
    ],
)
def test_why_an_impact_is_not_compared(tmp_path: Path, alert: dict[str, str], launch: dict[str, str], why: str) -> None:
    (impact,) = [row for row in own(tmp_path, alert, launch) if row["quantity"] == "impact"]
    assert why in impact["status"]


def test_unnamed_detection_is_the_notice(tmp_path: Path) -> None:
    rows = own(tmp_path, {"first_detection_or_notice_time": "07:26", "first_detection_by": "JCG"})
    assert "no sensor is named" in rows[0]["status"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"alert_issue_time": "soon"}, "alerts.csv row 2 alert_issue_time: 'soon'"),
        ({"alert_issue_time": "7.26"}, "HH:MM"),
        ({"splash_time": "07:61"}, "alerts.csv row 2 splash_time"),
        ({"tz": "local"}, "alerts.csv row 2 tz: 'local'"),
        ({"date_local": "1 Oct"}, "row 2 date_local"),
        ({"nation": "PRK"}, "row 2 nation"),
    ],
)
def test_malformed_cells_are_named(tmp_path: Path, changes: dict[str, str], named: str) -> None:
    with pytest.raises(DataError, match=named):
        own(tmp_path, changes)


def test_files_that_are_not_alerts(tmp_path: Path) -> None:
    bare = {name: value for name, value in ALERT.items() if name != "tz"}
    with pytest.raises(DataError, match="no column 'tz'"):
        backtest(write(tmp_path / "a.csv", [bare], bare))
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(DataError, match="empty file"):
        backtest(tmp_path / "empty.csv")
    with pytest.raises(DataError, match="nowhere"):
        backtest(tmp_path / "nowhere.csv")
    assert backtest(write(tmp_path / "none.csv", [], ALERT), runs=1).document() == []


def test_tables_instead_of_files() -> None:
    (notice, *_), table = backtest(pd.DataFrame([ALERT]), pd.DataFrame([LAUNCH]), runs=2).document(), launches()
    assert notice["status"] == COMPARED
    with pytest.raises(DataError, match="launches: no column"):
        backtest(pd.DataFrame([ALERT]), table.drop(columns="trajectory"))
    with pytest.raises(SettingsError, match="runs"):
        backtest(runs=0)


# ---- the parts ------------------------------------------------------------------------------------------------------


def clock(where: str, given: object) -> tuple[float, str]:
    """A time of day in the zone of Japan."""
    return as_clock(DataError, where, given, ahead_h=9.0)


def test_clock() -> None:
    assert clock("", "07:55") == (28500.0, "")
    assert clock("", "11:37 (stage 1)") == (41820.0, "stage 1")
    assert clock("", "08:30+ (published as after 08:30)")[0] == 30600.0
    assert clock("", "09:49:46")[0] == 35386.0
    assert np.isnan(clock("", "")[0])
    assert np.isnan(clock("", float("nan"))[0])


def test_after_midnight() -> None:
    assert after(120.0, 86340.0) == 180.0
    assert after(86340.0, 120.0) == -180.0


def test_chain_by_the_name_of_the_system() -> None:
    assert chain_of("JPN", "MOD/JCG notice (no J-Alert)") == "JPN mariners"
    assert chain_of("JPN", "J-Alert (1st)") == "JPN public"
    assert chain_of("JPN", "Em-Net / press (J-Alert not used)") == "JPN public"
    assert chain_of("ROK", "air-raid siren") == "ROK public"


def test_arrangement_of_the_day() -> None:
    assert policy_on(date(2023, 12, 18)) == "bilateral"
    assert policy_on(date(2023, 12, 19)) == "trilateral"


def test_every_shipped_alert_can_be_read() -> None:
    for row in checked_alerts(alerts(), "data/alerts.csv"):
        assert "notice" in {minute.quantity for minute in published(row)}


def test_chain_is_found_again() -> None:
    """Two hundred published minutes give back the delay that made them: its median to 5 %, its spread to 15 %. The
    standard errors are 0.3/sqrt(200) = 2 % and 5 %: a false failure is below 2 %; the seed is fixed."""
    rng = np.random.default_rng(5)
    starts = 60.0 + rng.uniform(0.0, 60.0, (200, 50))
    happened = starts[:, 0] + 180.0 * np.exp(0.3 * rng.standard_normal(200))
    delay = learned("JPN public", [(s, 60.0 * np.floor(t / 60.0)) for s, t in zip(starts, happened, strict=True)])
    assert delay.weight.sum() == pytest.approx(1.0)
    median = np.exp((delay.weight.sum(axis=1) * np.log(delay.median_s)).sum())
    assert median == pytest.approx(180.0, rel=0.05)
    assert (delay.weight.sum(axis=0) * delay.spread).sum() == pytest.approx(0.3, rel=0.15)


def test_chain_without_minutes_is_what_was_known_before() -> None:
    p05, p50, p95 = learned("JPN public", []).quantiles_s()
    assert 140.0 < p50 < 160.0
    assert p05 < 75.0 < 300.0 < p95


# ---- the same delays in a simulation --------------------------------------------------------------------------------


def test_a_learned_rule_has_the_delays_of_the_backtest() -> None:
    """Of 20,000 draws the 5, 50 and 95 % points, to 3 % (four standard errors of the widest)."""
    rule, done = learned_rule("2017-12-31", runs=2), backtest(runs=2, split=date(2017, 12, 31))
    table = done.calibration.set_index("chain")
    assert {chain for chain, _ in rule.learned} == {"JPN public", "ROK public"}
    assert learned_rule(runs=2).learned != rule.learned
    nodes = tuple(Node(node_id=name, nation=name, name=name) for name in ("JPN", "ROK", "USA"))
    normal = np.random.default_rng(1).standard_normal((20000, 3, 5))
    delays = np.array([chain_delays(rule, nodes, z) for z in normal])
    for i, chain in enumerate(("JPN public", "ROK public")):
        np.testing.assert_allclose(
            np.quantile(delays[:, i, 0], [0.05, 0.5, 0.95]), table.loc[chain, ["p05_s", "median_s", "p95_s"]], rtol=0.03
        )
    plain = chain_delays(WarningRule(), nodes, normal[0])
    np.testing.assert_array_equal(chain_delays(rule, nodes, normal[0])[:, 1:], plain[:, 1:])
    np.testing.assert_array_equal(chain_delays(rule, nodes, normal[0])[2], plain[2])


def test_a_learned_rule_changes_what_people_do_and_nothing_else() -> None:
    base = load_scenario("hwasong12_2022_10_04")
    rule = learned_rule("2017-12-31", base.rule, runs=2)
    plain, slow = (simulate(replace(base, rule=one), seed=1).launch_notices[0].notices for one in (base.rule, rule))
    np.testing.assert_array_equal(plain.launch_met_s, slow.launch_met_s)
    np.testing.assert_array_equal(plain.place_met_s, slow.place_met_s)
    assert plain.launch_notice_s[0] != slow.launch_notice_s[0]
    assert replace(rule, learned=()) == base.rule


@pytest.mark.parametrize(
    ("given", "why"), [({"until": "2022"}, "not a date"), ({"runs": 0}, "runs"), ({"seed": -1}, "seed")]
)
def test_a_rule_that_cannot_be_learned(given: dict, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        learned_rule(**given)
    with pytest.raises(SettingsError, match="learned 'JPN'"):
        WarningRule(learned=(("JPN", (60.0,)),))


# ---- odd rows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds", "words"),
    [("7:26 PM", 69960.0, ""), ("7:26 a.m.", 26760.0, ""), ("12:05 am", 300.0, ""), ("about 07:26", 26760.0, "about"),
     ("~07:26", 26760.0, "~"), ("ca. 07:26 (NHK)", 26760.0, "ca. NHK"), ("07:26 amended", 26760.0, "amended"),
     (" 07:26:30 ", 26790.0, ""), ("", float("nan"), "")],
)  # fmt: skip
def test_minutes_as_people_write_them(text: str, seconds: float, words: str) -> None:
    found, said = clock("a cell", text)
    assert found == seconds or (np.isnan(found) and np.isnan(seconds))
    assert said == words


@pytest.mark.parametrize("text", ["726", "noon", "07:61", "13:05 pm", "31:00", "07:2"])
def test_what_is_no_minute(text: str) -> None:
    with pytest.raises(DataError, match="a cell"):
        clock("a cell", text)


@pytest.mark.parametrize("zone", ["JST", "KST", "+09:00", "utc+9", "Asia/Tokyo"])
def test_one_zone_has_many_names(zone: str) -> None:
    (row,) = checked_alerts(pd.DataFrame([ALERT | {"tz": zone}]), "alerts")
    assert row["zone_s"] == 0.0


@pytest.mark.parametrize(
    ("alert", "launch"),
    [({"tz": "UTC", "launch_time": "22:22", "alert_issue_time": "22:26", "overflight_start": "22:28",
       "splash_time": "22:44"}, {}),
     ({"launch_time": "23:58", "alert_issue_time": "00:02", "overflight_start": "00:04", "splash_time": "00:20"},
      {"time_local": "23:58"}),
     ({}, {"time_utc": "unknown"}),
     ({"remarks": "more"}, {"note": "more"})],
    ids=["another zone", "over midnight", "no day of the launch", "more columns"],
)  # fmt: skip
def test_odd_rows_say_the_same(tmp_path: Path, alert: dict[str, str], launch: dict[str, str]) -> None:
    rows = {row["quantity"]: row for row in own(tmp_path, alert, launch)}
    assert {name: row["published_s"] for name, row in rows.items()} == {
        "notice": 240.0, "overflight": 360.0, "impact": 1320.0
    }  # fmt: skip
    assert all(row["status"] == COMPARED for row in rows.values())


@pytest.mark.parametrize(
    ("alert", "launch", "where"),
    [({"tz": ""}, {}, "row 2 tz"), ({"nation": "CHN"}, {}, "row 2 nation"), ({"date_local": "01/10/2024"}, {}, "row 2"),
     ({}, {"apogee_km": "about 970"}, "row 2 apogee_km"), ({}, {"site_lat": "400"}, "row 2 site_lat"),
     ({"alert_id": ""}, {}, "row 2 alert_id")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(
    tmp_path: Path, alert: dict[str, str], launch: dict[str, str], where: str
) -> None:
    with pytest.raises(DataError, match=where):
        own(tmp_path, alert, launch)


def test_an_approximate_minute_is_shown_and_not_compared(tmp_path: Path) -> None:
    (notice,) = [row for row in own(tmp_path, {"alert_issue_time": "about 07:26"}) if row["quantity"] == "notice"]
    assert notice["published_s"] == 240.0
    assert "qualified: about" in notice["status"]


def test_another_nation_and_a_flight_elsewhere(tmp_path: Path) -> None:
    """A notice is compared wherever the nation hears of it; a passage only where the flight passes."""
    rows = {row["quantity"]: row for row in own(tmp_path, {"nation": "USA", "system": "WEA"})}
    assert rows["notice"]["status"] == COMPARED
    assert "not in the model" in rows["overflight"]["status"]
