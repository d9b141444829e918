"""The report in Japanese and Korean: page, PDF and figures hold no English but what is listed here and in the docs."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from matplotlib.figure import Figure
from pypdf import PdfReader

import trackfuse as tf
from tests.languages.catalogues import TRANSLATED
from tests.languages.texts import english_in, texts_of_figure, texts_of_html
from tests.views.in_this_process import in_this_process
from trackfuse.catalog.catalog import alerts, launches, load_scenario
from trackfuse.core.errors import SettingsError
from trackfuse.core.language import in_language, language, translate
from trackfuse.studies.processes import workers
from trackfuse.views.report.booklet import TITLE
from trackfuse.views.style.style import save

LAUNCH = "kn23_2022_09_25"
IN_ENGLISH = ("validation",)
"""Figures of the report that are not translated: docs/languages.md says so too."""


class Made(NamedTuple):
    """A report: its language, its folder, and by figure the texts that are drawn."""

    code: str
    folder: Path
    figures: dict[str, list[str]]


@pytest.fixture(scope="module", params=TRANSLATED)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """With the chapters on all launches in the first language: their figures take a minute."""
    folder, figures = tmp_path_factory.mktemp(request.param) / "reports", {}

    def kept(figure: Figure, stem: Path, **_: Any) -> list[Path]:
        """A coarse picture for the page, a PDF for the booklet; what they say is read from the figure."""
        figures[stem.name] = texts_of_figure(figure)
        picture, booklet = save(figure, stem, ("png", "pdf"), dpi=50.0)
        return [picture, picture, booklet]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trackfuse.views.report.chapters.save", kept)
        patch.setattr("trackfuse.views.report.report.workers", in_this_process)
        if request.param != TRANSLATED[0]:
            patch.setattr("trackfuse.views.report.report._general", lambda *_: [])
        tf.report(folder, runs=2, seed=1, scenarios=[LAUNCH], lang=request.param)
    return Made(request.param, folder, figures)


def test_the_page(made: Made) -> None:
    page = (made.folder / "index.html").read_text(encoding="utf-8")
    assert f'<html lang="{made.code}">' in page
    source = load_scenario(LAUNCH).source
    assert source in page, "sources are cited as they are"
    words = re.sub(r"<code>.*?</code>", "", page.replace(source, ""))
    assert english_in(texts_of_html(words), ("LaTeX", "UTC", "T21", "Z")) == []
    assert f'<html lang="{made.code}">' in (made.folder / "play.html").read_text(encoding="utf-8")


def test_the_figures(made: Made) -> None:
    assert len(made.figures) >= 6
    cited = [*alerts()["system"], *launches()["source_country"]]
    systems = [word for name in cited for word in re.findall(r"[A-Za-z]+", str(name))]
    for name, texts in made.figures.items():
        if name not in IN_ENGLISH:
            assert english_in(texts, ("Pd", "dB", *systems)) == [], name


def test_what_is_left_in_english_is_listed_and_nothing_else() -> None:
    """A figure that has been translated leaves the list."""
    table = tf.validate()
    with in_language("ja"):
        assert english_in(texts_of_figure(tf.plots.validation(table)))
    text = (Path(__file__).parents[2] / "docs" / "languages.md").read_text(encoding="utf-8")
    assert "the figure of flight times" in text


def test_the_booklet(made: Made) -> None:
    reader = PdfReader(made.folder / "report.pdf")
    with in_language(made.code):
        title, answer = translate(TITLE), translate("The answer")
    assert title.split("\n")[0] in reader.pages[0].extract_text()
    assert reader.outline[0].title == answer


def test_tables_for_programs_are_in_english(made: Made) -> None:
    head = (made.folder / "tables" / "headline.csv").read_text(encoding="utf-8")
    assert head.startswith("scenario,nation,policy,baseline") and head.isascii()
    assert "Median gain of Trilateral" in (made.folder / "tables" / "headline_trilateral.tex").read_text("utf-8")


def test_processes_that_draw_have_the_language_of_who_asks() -> None:
    with in_language("ko"), workers(1) as submit:
        assert submit(language).result() == "ko"


def test_an_unknown_language_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"report lang: .*'kr'.*ko"):
        tf.report(tmp_path / "reports", lang="kr")
    assert not list(tmp_path.iterdir())
