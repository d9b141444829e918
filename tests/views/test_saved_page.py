"""A run or a comparison as one page: small, of itself, escaped, written whole, and true to the playback."""

import json
import re
from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.simulation.run import Run
from trackfuse.studies.compare import Comparison
from trackfuse.views.figures import playback_state
from trackfuse.views.figures.gain_cards import Change, answer_of
from trackfuse.views.figures.map import predicted_regions
from trackfuse.views.report.saved_map import WIDTH, sheet_of
from trackfuse.views.report.saved_page import LARGEST_BYTES, page_text
from trackfuse.views.style.ellipse import geodetic, outline
from trackfuse.views.widgets.playback import announced_cells, decided_cells, known_cells

EVIL = "</script><script>alert('x')</script>&\"<b>"


def state(text: str) -> dict:
    """What the page's script reads."""
    (found,) = re.findall(r'<script type="application/json" id="state">(.*?)</script>', text, re.S)
    return json.loads(found)


def test_the_page_is_small_and_of_itself(run: Run, comparison: Comparison, tmp_path: Path) -> None:
    for shown in (run, comparison, tf.simulate("hwasong17_2023_03_16", policy="trilateral")):
        path = tf.save_page(shown, tmp_path / "page.html")
        assert list(tmp_path.iterdir()) == [path] and path.stat().st_size <= LARGEST_BYTES == 3_000_000
        text = path.read_text(encoding="utf-8")
        # The name of SVG's vocabulary is an address that nothing is loaded from.
        assert "://" not in text.replace('"http://www.w3.org/2000/svg"', "")
        assert not re.search(r"<(link|img|iframe|object|embed|base)\b|\ssrc=|@import|url\(|href=\"(?!#)", text)
        assert "default-src 'none'" in text and text.count("<script") == 2


def test_the_same_run_gives_the_same_page(run: Run) -> None:
    assert page_text(run) == page_text(run)


def test_names_of_users_are_text(run: Run) -> None:
    """Title, sensors, places and the policy have signs of HTML in them: none becomes a part of the page."""
    scenario = run.scenario
    places = (replace(scenario.places[0], name=f"Town {EVIL}"), *scenario.places[1:])
    sensors = (replace(scenario.sensors[0], name=f"Radar {EVIL}"), *scenario.sensors[1:])
    evil = replace(scenario, title=f"Launch {EVIL}", places=places, sensors=sensors)
    policy = replace(scenario.policy("trilateral"), name=f"own {EVIL}")
    text = page_text(tf.simulate(replace(evil, policies=(policy, *scenario.policies)), policy, seed=3))
    assert "<b>" not in text and "alert('x')</script>" not in text and text.count("<script") == 2
    for name in ("Launch ", "Town ", "Radar ", "own "):
        assert f"{name}{escape(EVIL)}".replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in text, name
    assert EVIL in state(text)["runs"][0]["label"]


@pytest.mark.parametrize("at_s", [0.0, 61.0, 73.4, 130.0, 300.0])
def test_the_page_shows_what_the_playback_shows(run: Run, at_s: float) -> None:
    played = state(page_text(run))["runs"][0]
    k = int(np.searchsorted(played["instants"], at_s, side="right")) - 1
    expected = known_cells(run, playback_state.known(run, at_s).to_dict("records"))
    assert [tuple(cells) for cells in played["known"][k]] == [cells[1:] for cells in expected]
    for name, cells in (("announced", announced_cells), ("decided", decided_cells)):
        shown = [tuple(row) for row in played[name]["tables"][played[name]["at"][k]]]
        assert shown == cells(run.notices, at_s)
    sheet, regions = sheet_of(run), predicted_regions(run, at_s)
    for nation, drawn in zip(run.scenario.nations, played["nations"], strict=True):
        assert bool(drawn["region"][k]) == (nation in regions)
        if nation in regions:
            a, b, c, d, e, f = drawn["region"][k]
            turn = np.linspace(0.0, 2.0 * np.pi, 49)
            x, y = a * np.cos(turn) + c * np.sin(turn) + e, b * np.cos(turn) + d * np.sin(turn) + f
            region = regions[nation]
            (ring,) = outline(*([v] for v in (region.lat_deg, region.lon_deg, region.major_km, region.minor_km,
                                              region.orientation_deg)))  # fmt: skip
            np.testing.assert_allclose(np.stack([x, y], 1), np.stack([sheet.x(ring[:, 0]), sheet.y(ring[:, 1])], 1),
                                       atol=0.05)  # fmt: skip


def test_the_track_ends_at_the_instant(run: Run) -> None:
    """The part of each track that is shown has as many points as the centre has had cycles with a track."""
    played = state(page_text(run))["runs"][0]
    from trackfuse.views.figures.map import nation_centre

    for nation, drawn in zip(run.scenario.nations, played["nations"], strict=True):
        held = run.fused.status[nation_centre(run, nation)] == 1
        for k in range(0, len(played["instants"]), 23):
            cycles = run.prepared.cycle_s <= played["instants"][k]
            shown = drawn["track"][: drawn["upto"][k]]
            assert len(re.findall(r"[ML]", shown)) == int((held & cycles).sum())


def test_the_missile_is_where_it_flies(run: Run) -> None:
    spots = np.array(state(page_text(run))["runs"][0]["missile"]).reshape(-1, 2)
    sheet, flight = sheet_of(run), run.flight
    lat, lon = geodetic(flight.position_m[[0, -1]])
    np.testing.assert_allclose(spots[[0, -1]], np.stack([sheet.x(lon), sheet.y(lat)], axis=1), atol=0.06)
    assert len(spots) == int(np.ceil(flight.t_s[-1])) + 1
    assert (spots >= 0.0).all() and (spots[:, 0] <= WIDTH).all() and (spots[:, 1] <= sheet.height).all()


def test_a_run_is_compared_with_the_status_quo_on_the_same_noise(run: Run, base: Run) -> None:
    text = page_text(run)
    first, second = state(text)["runs"]
    assert (first["label"], second["label"]) == ("Trilateral (Dec 2023)", "Bilateral (Nov 2023)")
    expected = known_cells(base, playback_state.known(base, 300.0).to_dict("records"))
    k = int(np.searchsorted(second["instants"], 300.0, side="right")) - 1
    assert [tuple(cells) for cells in second["known"][k]] == [cells[1:] for cells in expected]
    assert state(page_text(base))["runs"][1]["label"] == "National only"


def test_what_simulate_does_not_give_again_is_played_alone() -> None:
    several = tf.simulate("unha3_2016_02_07")
    assert len(state(page_text(several))["runs"]) == 2
    alone = page_text(several.main)
    assert len(state(alone)["runs"]) == 1 and 'class="answer"' not in alone


def test_a_comparison_has_its_gains_and_those_of_no_other_policy(comparison: Comparison) -> None:
    text = page_text(comparison)
    assert "4 runs, each compared with itself" in text and "Median of 4 runs" in text
    assert [run["label"] for run in state(text)["runs"]] == ["Trilateral (Dec 2023)", "Bilateral (Nov 2023)"]


@pytest.mark.parametrize("name", ["page.txt", "page", "missing/page.html"])
def test_a_wrong_path_is_refused_before_any_work(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackfuse.views.report.saved_page.page_text", lambda _: pytest.fail("work has begun"))
    with pytest.raises(SettingsError, match="save_page"):
        tf.save_page(None, tmp_path / name)  # type: ignore[arg-type]


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="save_page: str is not a run"):
        tf.save_page("hwasong12_2017_08_29", tmp_path / "page.html")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_page_that_is_too_large_is_not_written(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackfuse.views.report.saved_page.LARGEST_BYTES", 100_000)
    with pytest.raises(SettingsError, match="cycle_s makes it smaller"):
        tf.save_page(run, tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


NAN = float("nan")
CHANGES = [
    ([], "Under “A” nothing changes for anybody, compared with “B”.", [["Nothing changes."]] * 3),
    (
        [("JPN", "", "first_track_s", 10.4, 1, 1), ("ROK", "", "first_notice_s", 0.4, 1, 1)],
        "Japan has its first track 10 s sooner under “A” than under “B”. "
        "For South Korea and the United States nothing changes.",
        [["First track 10 s sooner."], ["Nothing changes."], ["Nothing changes."]],
    ),
    (
        [("JPN", "", "impact_known_s", NAN, 1, 0), ("USA", "", "first_track_s", -3.0, 1, 1)],
        "Japan has this only under “A”: impact known. For South Korea nothing changes.",
        [["Impact known: only under “A”."], ["Nothing changes."], ["First track 3 s later."]],
    ),
    (
        [("USA", "", "first_track_s", -3.0, 1, 1)],
        "The United States has its first track 3 s later under “A” than under “B”. "
        "For Japan and South Korea nothing changes.",
        [["Nothing changes."], ["Nothing changes."], ["First track 3 s later."]],
    ),
    (
        [("JPN", "Aomori", "warning_time_s", NAN, 0.5, 0.25)],
        "Japan has this in 50% of the runs under “A”, in 25% under “B”: warning time. "
        "For South Korea and the United States nothing changes.",
        [["Aomori 青森, warning time: in 50% of the runs, under “B” in 25%."], *[["Nothing changes."]] * 2],
    ),
]


@pytest.mark.parametrize(("changes", "sentence", "cards"), CHANGES)
def test_the_answer_says_what_changes(changes: list, sentence: str, cards: list) -> None:
    answer = answer_of(("JPN", "ROK", "USA"), [Change(*each) for each in changes], "A", "B")
    assert (answer.sentence, [list(card.lines) for card in answer.cards]) == (sentence, cards)
