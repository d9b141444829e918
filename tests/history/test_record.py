"""The record: statements beside the model's probabilities of them, by posture, and their scores."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trackfuse as tf
from trackfuse.core.errors import DataError, SettingsError
from trackfuse.history.announcement import announcements
from trackfuse.history.launches import shipped_event
from trackfuse.history.record import DOCUMENT, SHOWN
from trackfuse.history.record_answers import Held, interval, probability
from trackfuse.history.record_events import asked_of_launches, events_of
from trackfuse.history.record_learning import learned
from trackfuse.history.record_rows import climatology
from trackfuse.history.record_scores import score_table
from trackfuse.history.sightings import ALONE, SHARED, Sighting, sighting_of
from trackfuse.history.statements import Statement, checked_statements
from trackfuse.history.validate import checked_rows

HEADER = "statement_id,event_id,date_local,nation,subject,value,unit\n"
MINE = (
    "S1,L20190731,2019-07-31,JPN,not_detected,,\n"
    "S2,L20190731,2019-07-31,ROK,tracked,,\n"
    "S3,L20231217,2023-12-17,JPN,range_km,400,km\n"
    "S4,L20231217,2023-12-17,JPN,announced,23:02,local time\n"
    "S5,,2021-09-11,JPN,not_detected,,\n"
)


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("record") / "mine.csv"
    file.write_text(HEADER + MINE)
    return file


@pytest.fixture(scope="module")
def done(mine: Path) -> tf.Record:
    return tf.record(mine, runs=2)


def test_every_statement_has_one_row_a_posture(done: tf.Record) -> None:
    document = json.loads(json.dumps(done.document(), default=lambda number: number.item()))
    assert [row["statement_id"] for row in document] == [f"S{k}" for k in range(1, 6)] * len(SHOWN)
    assert tuple(done.table["posture"].unique()) == SHOWN
    assert all(tuple(row) == DOCUMENT for row in document)
    for row in document:
        numeric, compared = row["subject"] == "range_km", row["status"] == "ok"
        assert (row["probability"] is not None) == (compared and not numeric), row
        assert (row["inside"] is not None) == (compared and numeric), row


def test_a_low_flight_is_seen_from_a_ship_and_from_nowhere_else(done: tf.Record) -> None:
    """2019-07-31 flew below 30 km: all but ships of Japan's modelled sensors have it below their horizon."""
    said = done.table.set_index(["statement_id", "posture"])["probability"]
    assert (said["S1", "full"], said["S1", "none"]) == (0.0, 1.0)
    assert said["S2", "full"] == said["S2", "none"] == 1.0, "South Korea sees it from land"


def test_what_japan_announced_lies_between_the_two_ways_of_making_a_figure(done: tf.Record) -> None:
    row = done.table.set_index(["statement_id", "posture"]).loc[("S3", "full")]
    assert (row["p05"], row["p95"], row["inside"]) == (400.0, 550.0, True)


def test_what_is_not_compared_says_why(done: tf.Record) -> None:
    status = done.table.set_index(["statement_id", "posture"])["status"]
    assert status["S4", "full"] == "not compared: an announcement is a human process and no track time"
    assert status["S5", "full"].startswith("no launch: ")


def test_the_same_seed_gives_the_same_bits_and_one_posture_those_of_all(done: tf.Record, mine: Path) -> None:
    alone = tf.record(mine, runs=2, posture="none")
    assert alone.learned == {}
    pd.testing.assert_frame_equal(
        alone.table.drop(columns="climatology"),
        done.table[done.table["posture"] == "none"].drop(columns="climatology").reset_index(drop=True),
        check_dtype=False,
    )


def test_what_is_unknown_is_refused_before_anything_flies(mine: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"posture.*'fool'.*'full'"):
        tf.record(mine, posture="fool")
    with pytest.raises(SettingsError, match="runs"):
        tf.record(mine, runs=0)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(HEADER + MINE.replace("L20190731", "L20190730", 1))
    with pytest.raises(DataError, match=r"wrong.csv row 2 event_id: .*'L20190730'.*'L20190731'"):
        tf.record(wrong)


# ---- answers, on sightings made by hand ------------------------------------------------------------------------------


def sighting(tracked: float, *, end_km: float = 600.0, runs: int = 10) -> Sighting:
    """Japan and South Korea, of which each has tracked the flight in a share of the runs."""
    seen = np.where(np.arange(runs) < round(tracked * runs), 1.0, np.nan)
    shape = np.broadcast_to(seen, (2, 2, runs))
    return Sighting(nations=("JPN", "ROK"), known_s=np.where(np.isfinite(shape), 40.0, np.inf), first_s=50.0 * shape,
                    last_s=300.0 * shape, ordinary_km=400.0 * shape, end_km=end_km * shape,
                    last_range_km=550.0 * shape, last_height_km=20.0 * shape, top_km=50.0 * shape, flown_km=600.0,
                    impact_deg=(41.0, 132.0))  # fmt: skip


def asked(question: str, outcome: bool, event: str = "E1", **changes: object) -> Statement:
    (one,) = checked_statements(
        pd.DataFrame([{"statement_id": "S", "event_id": event, "date_local": "2020-01-01", "nation": "JPN",
                       "subject": "tracked", "value": "", "unit": ""}]), "here", {event: None})  # fmt: skip
    return replace(one, question=question, outcome=outcome, **changes)


def test_a_mixture_of_postures_is_the_mean_of_their_probabilities() -> None:
    held = Held(((0.25, sighting(1.0)), (0.75, sighting(0.2))), announcements())
    assert probability(asked("tracked", True), held, alone=True) == pytest.approx(0.25 + 0.75 * 0.2)
    made_by = announcements()["JPN"]
    assert probability(asked("figure", True), held, alone=True) == pytest.approx(0.4 * made_by.publish_far)


def test_a_range_is_right_unless_an_ordinary_path_is_published() -> None:
    held = Held(((1.0, sighting(0.5)),), announcements())
    share = announcements()["JPN"].ordinary_path_share
    assert probability(asked("right", True), held, alone=True) == pytest.approx(1.0 - share)
    nothing = Held(((1.0, sighting(0.0)),), announcements())
    assert np.isnan(probability(asked("right", True), nothing, alone=True))
    found = interval(asked("range", True, figures=((600.0, 600.0),)), nothing, alone=True)
    assert np.isnan(found.median)
    assert not found.inside


def test_where_a_track_was_lost() -> None:
    held = Held(((1.0, sighting(1.0)),), announcements())
    height = asked("last seen", True, unit="km of height", figures=((20.0, 20.0),))
    assert interval(height, held, alone=True) == (20.0, 20.0, 20.0, True)
    ground = asked("last seen", True, unit="km of range", figures=((430.0, 430.0),))
    assert interval(ground, held, alone=True) == (550.0, 550.0, 550.0, False)


# ---- learning --------------------------------------------------------------------------------------------------------


def test_the_presence_of_ships_is_learned_from_what_needs_them() -> None:
    """With 12 of 16 flights tracked that only ships see, the posterior of a uniform prior is Beta(13, 5)."""
    pairs = {f"E{k}": (sighting(1.0), sighting(0.0)) for k in range(16)}
    told = [asked("tracked", k < 12, f"E{k}") for k in range(16)]
    assert learned(told, pairs, "JPN").presence == pytest.approx(13.0 / 18.0, abs=0.005)


def test_what_every_posture_sees_teaches_nothing_of_ships() -> None:
    pairs = {f"E{k}": (sighting(1.0), sighting(1.0)) for k in range(5)}
    told = [asked("tracked", True, f"E{k}") for k in range(5)]
    assert learned(told, pairs, "JPN").presence == pytest.approx(0.5, abs=1e-12)


def test_the_share_of_ordinary_paths_is_learned_where_it_can_be_told() -> None:
    pairs = {f"E{k}": (sighting(1.0), sighting(1.0)) for k in range(20)} | {"F": (sighting(1.0, end_km=420.0),) * 2}
    told = [asked("right", k >= 8, f"E{k}", figures=((400.0 if k < 8 else 600.0,) * 2,)) for k in range(20)]
    share = learned(told, pairs, "JPN").announcement.ordinary_path_share
    assert 0.3 < share < 0.45, "eight of twenty, a tenth of figures being neither"
    same = [*told, asked("right", False, "F", figures=((400.0, 400.0),))]
    assert learned(same, pairs, "JPN").announcement.ordinary_path_share == share, "20 km cannot be told apart"


def test_silence_is_learned_by_distance() -> None:
    pairs = {f"E{k}": (sighting(1.0), sighting(1.0)) for k in range(10)}
    told = [asked("figure", k < 6, f"E{k}") for k in range(10)]
    made_by = learned(told, pairs, "JPN").announcement
    assert made_by.publish_far == pytest.approx(7.0 / 12.0)
    assert made_by.publish_near == announcements()["JPN"].publish_near


# ---- scores ----------------------------------------------------------------------------------------------------------


def table(years: list[int], outcomes: list[bool], said: list[float]) -> pd.DataFrame:
    return pd.DataFrame({
        "statement_id": [f"S{k}" for k in range(len(years))], "nation": "JPN", "question": "tracked", "posture": "full",
        "year": years, "outcome": outcomes, "probability": said, "alone": said, "shared": said, "status": "ok",
        "scored": True,
    })  # fmt: skip


def test_climatology_never_knows_its_own_year() -> None:
    rows = table([2019, 2020, 2021, 2021], [False, True, True, True], [0.5] * 4)
    assert climatology(rows) == pytest.approx([1.0 - 4.0 / 5.0, 3.0 / 5.0, 2.0 / 4.0, 2.0 / 4.0])


def test_scores_of_what_was_published() -> None:
    rows = table([2019, 2020], [False, True], [0.9, 0.6]).assign(climatology=[0.5, 0.5])
    scores = score_table(rows).set_index(["posture", "data"])
    own = scores.loc[("full", "own sensors")]
    assert own["brier"] == pytest.approx((0.1**2 + 0.4**2) / 2.0)
    assert own["log_score"] == pytest.approx(-np.log([0.9, 0.6]).mean())
    assert (own["n"], own["happened"]) == (2, 1)
    assert scores.loc[("climatology", "other years")]["brier"] == pytest.approx(0.25)


# ---- launches --------------------------------------------------------------------------------------------------------


def test_a_launch_flies_to_the_greatest_range_that_it_was_corrected_to() -> None:
    rows = checked_rows(tf.launches(), "data/launches.csv")
    every = checked_statements(tf.statements(), "data/statements.csv", dict.fromkeys(row["event_id"] for row in rows))
    events = events_of("data/launches.csv", rows, every, {"L20220925", "L20190725a", "L20190731"})
    flown = {name: event.launch.range_km for name, event in events.items() if event.launch}
    assert flown == {"L20220925": 650.0, "L20190725a": 600.0, "L20190731": 250.0}
    questions = {each.statement_id: each for each in asked_of_launches(rows, every, events)}
    assert not questions["L20220925:JPN:right"].outcome
    assert questions["L20220925:ROK:right"].outcome
    assert questions["L20190731:JPN:figure"].certainty == "silence"
    assert "L20190731:JPN:tracked" not in questions, "silence does not say that it was not tracked"


def test_without_ships_nobody_sees_more() -> None:
    event = shipped_event("L20231217", range_km=570.0)
    full, none = (sighting_of(event, posture, 2, 0) for posture in ("full", "none"))
    for data in (ALONE, SHARED):
        longer = np.nan_to_num(full.last_s[data]) - np.nan_to_num(none.last_s[data])
        assert (longer >= 0.0).all()
    japan = full.nations.index("JPN")
    # Ashore Japan has J/FPS-7 alone, and they lose it sooner than ships do.
    assert (none.last_s[ALONE, japan] < full.last_s[ALONE, japan]).all()
    assert full.end_km[ALONE, japan] == pytest.approx(np.full(2, 570.0), abs=5.0)
