"""The answer: its table against single comparisons, its sentences against the table, README's against both."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.studies.answer import CASES, KNOWN, KNOWN_KM, TRACK
from trackfuse.studies.answer_words import sentences

README = Path(__file__).parents[2] / "README.md"
LOW = {"low flight": "kn23_2022_09_25"}


@pytest.fixture(scope="module")
def low() -> tf.Answer:
    return tf.answer(LOW, runs=12, seed=5)


def rows(given: tf.Answer, posture: str, nation: str, figure: str) -> pd.Series:
    table = given.table
    chosen = table[(table.posture == posture) & (table.nation == nation) & (table.figure == figure)]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_one_row_a_posture_nation_and_figure(low: tf.Answer) -> None:
    assert len(low.table) == len(CASES) * 3 * 2
    assert not low.table.duplicated(["kind", "posture", "nation", "figure"]).any()


@pytest.mark.parametrize("posture", ["drawn", "full", "none"])
def test_the_table_is_that_of_a_comparison(low: tf.Answer, posture: str) -> None:
    compared = tf.compare(LOW["low flight"], ["bilateral", "trilateral"], runs=12, seed=5, posture=posture)
    by_run = {(each.nation, each.figure): each.by_run for each in compared.values()}
    for nation in ("JPN", "ROK", "USA"):
        near = by_run[nation, "impact_error_60s_km"] <= KNOWN_KM
        row = rows(low, posture, nation, KNOWN)
        assert [row.before, row.after] == list(near.mean(axis=1))
        assert (row.better, row.worse) == ((near[1] & ~near[0]).mean(), (near[0] & ~near[1]).mean())
        assert row.before_low <= row.before <= row.before_high
        gains = by_run[nation, "first_track_s"][0] - by_run[nation, "first_track_s"][1]
        assert rows(low, posture, nation, TRACK).gain == np.median(gains[np.isfinite(gains)])


def test_away_sends_japanese_and_us_ships_away_and_leaves_the_others(low: tf.Answer) -> None:
    scenario = tf.load_scenario(LOW["low flight"])
    presence = tuple(
        replace(p, probability=0.0) if p.sensor_id in ("JP-AEGIS-A", "JP-AEGIS-B", "US-AEGIS-YOK") else p
        for p in scenario.presence
    )
    scenario = replace(scenario, presence=presence, posture="drawn")
    compared = tf.compare(scenario, ["bilateral", "trilateral"], runs=12, seed=5)
    near = next(e.by_run for e in compared.values() if (e.nation, e.figure) == ("JPN", "impact_error_60s_km"))
    row = rows(low, "away", "JPN", KNOWN)
    assert [row.before, row.after] == list((near <= KNOWN_KM).mean(axis=1))


def test_sharing_helps_japan_most_where_its_and_us_ships_are_away(low: tf.Answer) -> None:
    """With 12 paired runs: without sharing Japan alone has no sensor that sees the pull-up of this flight."""
    away, full = rows(low, "away", "JPN", KNOWN), rows(low, "full", "JPN", KNOWN)
    assert away.after - away.before > 0.5
    assert full.after == full.before == 1.0


def test_sentences_say_what_the_table_says() -> None:
    def made(kind: str, posture: str, nation: str, shares: tuple[float, float], gain: float) -> list[dict[str, object]]:
        where = {"kind": kind, "posture": posture, "nation": nation}
        ends = {"before_low": 0.2, "before_high": 0.4, "after_low": 0.8, "after_high": 0.9}
        ends |= {"better": 0.6, "worse": 0.04}
        return [
            where | {"figure": KNOWN, "before": shares[0], "after": shares[1]} | ends,
            where | {"figure": TRACK, "before": 90.0, "after": 90.0 - gain, "gain": gain},
        ]

    cases = ("drawn", (0.31, 0.87), 11), ("away", (0.02, 0.93), 33), ("full", (1.0, 1.0), 7), ("none", (0.1, 0.2), 9)
    table = pd.DataFrame([
        row
        for posture, low, high in cases
        for kind, shares, gain in (("low flight", low, high), ("high flight", (1.0, 1.0), 21.0))
        for row in [*made(kind, posture, "JPN", shares, gain), *made(kind, posture, "ROK", (1.0, 1.0), 0.0)]
    ])  # fmt: skip
    known, ships, sooner, others = sentences(table, 20.0)
    assert "in 31 % of the runs without the sharing (95 % interval 20 % to 40 %)" in known
    assert "and in 87 % with it (80 % to 90 %)." in known
    assert known.endswith("in 60 % of them it knows only with the sharing, in 4 % only without.")
    assert "With no Japanese or US ship at sea Japan knows the place in 2 % (20 % to 40 %) without and 93 %" in ships
    assert "; with every ship at sea in 100 % (20 % to 40 %)" in ships
    assert "in 10 % (20 % to 40 %) without and 20 % (80 % to 90 %) with the sharing." in ships
    assert "11 to 21 s sooner" in sooner and "21 to 33 s sooner if no Japanese or US ship is at sea" in sooner
    assert sooner.endswith("that come down Japan knows the place in time without the sharing, too.")
    assert others.startswith("For South Korea it changes less: no track comes sooner, and the place of impact is")
    poorer = table.assign(before=np.where((table.nation == "ROK") & (table.figure == KNOWN), 0.8, table.before))
    others = sentences(poorer, 20.0)[3]
    assert "except for South Korea and a low flight: in 80 % of the runs without and in 100 % with" in others


def test_what_helps_with_ships_away_alone_is_not_said_to_help_as_ships_lie(low: tf.Answer) -> None:
    """Few runs may all have ships at sea: "helps most" would then stand beside the same share twice."""
    ships = low.table["posture"].eq("drawn") & low.table["figure"].eq(KNOWN)
    few = low.table.assign(**{name: low.table[name].mask(ships, 1.0) for name in ("before", "after")})
    known, by_ships, *_ = sentences(few, 20.0)
    assert "helps" not in known and "in 100 % of the runs without the sharing" in known and "in 100 % with it" in known
    assert by_ships.startswith("That depends most on which ships are at sea.")


def test_readme_begins_with_the_answer_as_it_is_computed() -> None:
    text = " ".join(README.read_text(encoding="utf-8").split())
    for sentence in tf.answer().sentences:
        assert sentence in text


def test_the_figure_names_both_arrangements_and_the_nation(low: tf.Answer) -> None:
    figure = tf.plots.answer(low, "ROK")
    legend = figure.legends[0]
    assert legend.get_title().get_text() == "South Korea, without and with the sharing of December 2023 (simulated)"
    assert [text.get_text().split(":")[0] for text in legend.get_texts()] == ["without the sharing", "with it"]
    with pytest.raises(SettingsError, match="did you mean 'JPN'"):
        tf.plots.answer(low, "JPM")
