"""What is drawn in Japanese and Korean holds no English, a control changes the language, and English is as before."""

from pathlib import Path

import numpy as np
import pytest

import trackfuse as tf
from tests.languages.catalogues import TRANSLATED
from tests.languages.texts import english_in, texts_of_figure, texts_of_html, texts_of_widgets
from trackfuse.core.errors import SettingsError
from trackfuse.core.language import LANGUAGES, in_language, language
from trackfuse.simulation.run import Run
from trackfuse.views.report.saved_page import LARGEST_BYTES
from trackfuse.views.style.fonts import length_pt
from trackfuse.views.widgets.explorer import Explorer

LAUNCH = "hwasong12_2022_10_04"
_SELVES = [word for name in LANGUAGES.values() for word in name.split() if word.isascii()]


@pytest.fixture(scope="module")
def run() -> Run:
    return tf.simulate(LAUNCH, "trilateral", seed=7)


@pytest.fixture(scope="module")
def base() -> Run:
    return tf.simulate(LAUNCH, "bilateral", seed=7)


def shown_by(explorer: Explorer) -> list[str]:
    """All that a person can read in an explorer; a shared text is for machines."""
    texts = [*texts_of_widgets(explorer.box), *texts_of_figure(explorer._panels._figure)]
    reasons = explorer._accessibility.impossible
    return [*texts, *reasons, *(words for each in reasons.values() for pair in each.items() for words in pair)]


def test_the_reader_of_texts_finds_english(run: Run, tmp_path: Path) -> None:
    """What the tests below look for is there in English."""
    page = tf.save_page(run, tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page and len(english_in(texts_of_html(page))) > 100
    assert len(english_in(shown_by(tf.explore(LAUNCH)))) > 500


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_saved_page(code: str, run: Run, tmp_path: Path) -> None:
    path = tf.save_page(run, tmp_path / "page.html", lang=code)
    page = path.read_text(encoding="utf-8")
    assert f'<html lang="{code}">' in page
    assert path.stat().st_size <= LARGEST_BYTES and "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert english_in(texts_of_html(page)) == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_saved_page_of_a_comparison(code: str, tmp_path: Path) -> None:
    compared = tf.compare("unha3_2012_04_13", ["bilateral", "trilateral"], runs=3, seed=2)
    page = tf.save_page(compared, tmp_path / "page.html", lang=code).read_text(encoding="utf-8")
    assert english_in(texts_of_html(page)) == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_explorer(code: str) -> None:
    explorer = tf.explore(LAUNCH, lang=code)
    assert english_in(shown_by(explorer), _SELVES) == []
    explorer.controls.maps.value = "two"
    explorer.controls.coverage_km.value = 100
    explorer.controls.latency_s.value = 30
    explorer.controls.loss.value = 0.1
    explorer.controls.content.value = "track"
    explorer.controls.filter.value = "ukf"
    explorer.controls.runs.value = 10
    explorer.controls.many.click()
    assert english_in(shown_by(explorer), _SELVES) == []


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize("at_s", [0.0, 70.0, 300.0])
def test_the_playback(code: str, at_s: float, run: Run) -> None:
    playback = tf.playback(run, lang=code)
    playback.show(at_s)
    texts = [*texts_of_widgets(playback.box), *texts_of_figure(playback._figure)]
    assert english_in([*texts, *playback._accessibility.clock.values()]) == []
    assert playback._accessibility.lang == code, "a screen reader and the breaking of lines need it"


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize("figure", ["overview", "map", "timeline", "accuracy"])
def test_figures_of_a_run(code: str, figure: str, run: Run, base: Run) -> None:
    with in_language(code):
        drawn = getattr(tf.plots, figure)(run, base)
    assert english_in(texts_of_figure(drawn)) == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_names_of_controls_are_no_longer_than_in_english(code: str) -> None:
    """The page leaves the same room for them in every language."""

    def widest(lang: str) -> float:
        controls = tf.explore(LAUNCH, lang=lang).controls
        named = [*controls.named.values(), controls.language, controls.page, controls.share]
        return max(length_pt(each.description, 13.0) for each in named if each.description)

    assert widest(code) <= widest("en")


def test_a_control_changes_the_language_and_nothing_else() -> None:
    explorer = tf.explore(LAUNCH)
    other = tf.explore(LAUNCH)
    explorer.controls.policy.value = "mesh"
    explorer.controls.latency_s.value = 60
    explorer.controls.seed.value = 5
    explorer.controls.fusion.value = "ici"
    explorer.controls.own.apogee_km.value = 750.0
    explorer.controls.launch.value = LAUNCH
    explorer.controls.sensors["satellites"].value = False
    explorer.controls.runs.value = 10
    explorer.controls.many.click()
    before = {name: control.value for name, control in explorer.controls.named.items()}
    english, runs, gains = shown_by(explorer), explorer.runs, explorer.gains.value
    for code in (*TRANSLATED, "en"):
        explorer.controls.language.value = code
        assert {name: control.value for name, control in explorer.controls.named.items()} == before
        np.testing.assert_array_equal(explorer.runs[0].fused.mean, runs[0].fused.mean)
        if code != "en":
            assert english_in(shown_by(explorer), _SELVES) == []
    assert explorer.gains.value == gains
    assert _without_times(shown_by(explorer)) == _without_times(english)
    assert len(english_in(shown_by(other))) > 500 and language() == "en"


def _without_times(texts: list[str]) -> list[str]:
    return [text for text in texts if "Answered in" not in text]


def test_two_explorers_speak_their_own_languages() -> None:
    first, second = tf.explore(LAUNCH, lang="ja"), tf.explore(LAUNCH, lang="ko")
    first.controls.seed.value = 3
    second.controls.seed.value = 3
    assert "航跡" in first.answer.value and "항적" in second.answer.value


def test_an_unknown_language_is_refused(run: Run, tmp_path: Path) -> None:
    for wrong in (
        lambda: tf.explore(LAUNCH, lang="jp"),
        lambda: tf.playback(run, lang="jp"),
        lambda: tf.save_page(run, tmp_path / "page.html", lang="jp"),
    ):
        with pytest.raises(SettingsError, match=r"'jp'.*ja"):
            wrong()
    assert not list(tmp_path.iterdir())
