"""The report: whole or not at all, the same to the byte, and nothing from outside."""

import hashlib
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.text import TextPath
from PIL import Image
from pypdf import PdfReader

import trackfuse as tf
from tests.views.in_this_process import in_this_process
from trackfuse.catalog.catalog import scenario_names
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.studies.processes import workers
from trackfuse.views.figures.headline import headline, readable
from trackfuse.views.report.booklet import A4_PT, LARGE, MARGIN_PT, heading_points
from trackfuse.views.report.chapters import SHOWN_PX
from trackfuse.views.report.folder import atomic_folder
from trackfuse.views.report.report import telling
from trackfuse.views.style.fonts import FONTS

ENDS = ("png", "svg", "pdf")
SHEETS = ("backtest", "headline", "ascents", "validation", "coverage", "detectability")
LAUNCHES = ("hwasong12_2017_08_29", "kn25_2023_02_20")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "reports"
    tf.report(out, runs=4, seed=1, scenarios=LAUNCHES)
    return out


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes most of the time."""
    monkeypatch.setattr("trackfuse.views.report.report.of_launch", lambda *_: ())
    monkeypatch.setattr("trackfuse.views.report.report._general", lambda *_: [])
    monkeypatch.setattr("trackfuse.views.report.report.workers", in_this_process)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, without_figures: None) -> None:
    """Without the answer's picture, the booklet and the page that plays, either."""
    monkeypatch.setattr("trackfuse.views.report.report.of_answer", lambda *_: ())
    monkeypatch.setattr("trackfuse.views.report.report.booklet", lambda _: b"")
    monkeypatch.setattr("trackfuse.views.report.report.save_page", lambda *_, **__: None)


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_has_page_figures_and_tables(written: Path) -> None:
    names = set(hashes(written))
    assert {
        "index.html",
        "play.html",
        "report.pdf",
        "study.json",
        "tables/headline.csv",
        "tables/headline_trilateral.tex",
        "tables/gains.csv",
        "tables/nodes.csv",
        "tables/warnings.csv",
    } <= names
    figures = {name for name in names if name.startswith("figures/")}
    kinds = ("overview", "coverage", "accuracy", "policies", "gains")
    assert figures == {f"figures/{name}_{kind}.{end}" for name in LAUNCHES for kind in kinds for end in ENDS} | {
        f"figures/{name}.{end}" for name in (*SHEETS, "answer") for end in ENDS
    }
    assert not [path for path in written.parent.iterdir() if path != written]


def test_same_seed_same_bytes(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in one process in place of two, and when other launches are in the report, or not."""
    monkeypatch.setattr("trackfuse.views.report.report._general", lambda *_: [])
    tf.report(tmp_path / "again", runs=4, seed=1, scenarios=LAUNCHES[1:], processes=1)
    before, again = hashes(written), hashes(tmp_path / "again")
    figures = {name for name in again if name.startswith("figures/") and "answer" not in name}
    assert len(figures) == 15 and all(again[name] == before[name] for name in figures)


def test_a_picture_of_the_page_is_as_wide_as_it_is_shown_and_the_page_can_be_sent(written: Path) -> None:
    page = (written / "index.html").read_text(encoding="utf-8")
    pictures = [b64decode(found) for found in re.findall(r'data:image/webp;base64,([^"]+)', page)]
    assert len(pictures) == 5 * len(LAUNCHES) + len(SHEETS) + 1
    assert {Image.open(BytesIO(each)).width for each in pictures} == {SHOWN_PX}
    # With all shipped launches a page of 3 MB, in base64 and with 0.2 MB of tables.
    launches = sum(map(len, pictures[1 : 1 + 5 * len(LAUNCHES)])) / len(LAUNCHES)
    others = sum(map(len, pictures)) - len(LAUNCHES) * launches
    assert others + len(scenario_names(several=False)) * launches < 0.75 * 2.8e6


def test_launches_come_in_the_order_of_what_sharing_changes() -> None:
    """First what pulls up, whose impact Japan knows only then; last a satellite, which comes down nowhere."""
    names = ["unha3_2012_12_12", "hwasong12_2022_10_04", "kn23_2022_09_25"]
    policies = ["bilateral", "trilateral"]
    compared = [tf.compare(name, policies, runs=12, seed=2023) for name in names]
    assert [each.scenario.name for each in sorted(compared, key=telling)] == names[::-1]


def test_work_of_workers_knows_registered_parts_and_is_ended_with_its_error() -> None:
    def rule(first: object, second: object) -> object:
        return first

    tf.register("fusion", "mine", rule)

    def name_of_it(part: object) -> tuple[str, int]:
        from trackfuse.core.plugins import name_of

        return name_of("fusion", part), os.getpid()

    def fails() -> None:
        raise SettingsError("wrong")

    with workers(1) as submit:
        name, process = submit(name_of_it, rule).result()
        assert name == "mine" and process != os.getpid()
        assert submit(threading.Lock().acquire).result()  # cannot leave this process
    with pytest.raises(SettingsError, match="wrong"), workers(1) as submit:
        submit(fails).result()
    assert multiprocessing.active_children() == []
    with pytest.raises(SettingsError, match="workers: 0"), workers(0):
        pass


SCRIPT = r"""
import os
from trackfuse.studies.processes import workers
print("once", flush=True)
def slow():
    import os, time
    os.write(1, b"begun\n")
    time.sleep(600)
with workers(2) as submit:
    submit(slow)
    submit(slow).result()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_ends_all_processes_and_a_script_needs_no_guard(tmp_path: Path) -> None:
    """One KeyboardInterrupt, said by one process, though all of them get the signal, as in a terminal."""
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    asked = subprocess.Popen(
        [sys.executable, str(tmp_path / "script.py")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert asked.stdout is not None
    assert [asked.stdout.readline().strip() for _ in range(3)] == ["once", "begun", "begun"]
    os.killpg(asked.pid, signal.SIGINT)
    _, said = asked.communicate(timeout=60)
    assert said.count("KeyboardInterrupt") == 1
    with pytest.raises(ProcessLookupError):  # soon: what tracks their resources ends after them
        for _ in range(300):
            os.killpg(asked.pid, 0)
            time.sleep(0.1)


def fonts_of(resources: dict) -> list[dict]:
    """All fonts of a page, also of the drawings in its drawings."""
    inside = [form.get_object().get("/Resources", {}) for form in resources.get("/XObject", {}).values()]
    return [font.get_object() for font in resources.get("/Font", {}).values()] + [
        font for each in inside for font in fonts_of(each)
    ]


def test_the_booklet_has_every_figure_as_vectors_with_its_letters(written: Path) -> None:
    """A cover, then two figures a page at most; every font embedded as outlines, none as a bitmap or by name only."""
    reader = PdfReader(written / "report.pdf")
    text = "\n".join(page.extract_text() for page in reader.pages)
    titles = [tf.load_scenario(name).title for name in LAUNCHES]
    assert [entry.title for entry in reader.outline] == [
        "The answer",
        "All launches",
        *titles,
        "Real alerts, and how surely sharing gains",
        "Flights",
        "Sensors",
    ]
    assert len(reader.pages) >= 9 and text.count("first knowledge") >= 4
    fonts = [font for page in reader.pages for font in fonts_of(page["/Resources"])]
    assert len(fonts) > 20
    assert {font["/Subtype"] for font in fonts} == {"/Type0"}
    assert all("/FontFile2" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts)
    assert {tuple(round(float(side)) for side in page.mediabox[2:]) for page in reader.pages} == {(595, 842)}


def test_every_heading_of_the_booklet_fits_its_page() -> None:
    """As matplotlib measures it; a short one is of full size."""
    assert heading_points("Flights") == LARGE
    for name in tf.scenarios()["name"]:
        title = f"{tf.load_scenario(name).title} (continued)"
        words = TextPath((0.0, 0.0), title, size=heading_points(title), prop={"family": FONTS, "weight": "bold"})
        assert MARGIN_PT + words.get_extents().x1 < A4_PT[0] - 0.98 * MARGIN_PT, title


def test_latex_tables_name_what_was_assumed(written: Path) -> None:
    table = (written / "tables" / "headline_trilateral.tex").read_text(encoding="utf-8")
    assert table.startswith("\\begin{table}") and table.count("\\toprule") == table.count("\\bottomrule") == 1
    body = table.split("\\toprule")[1]
    assert r"seed 1" in table and r"95 \%" in table and "assumed" in table
    assert not re.search(r"(?<!\\)[%_#]", body.replace("\\multirow[t]", ""))


@pytest.mark.usefixtures("without_figures")
def test_same_seed_same_page_and_tables(tmp_path: Path) -> None:
    for name in ("one", "two"):
        tf.report(tmp_path / name, runs=3, seed=1, scenarios=LAUNCHES)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")


def test_page_needs_nothing_from_outside(written: Path) -> None:
    page = (written / "index.html").read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href)="([^"]{0,60})', page)
    inside = ("data:image/webp;base64,", "#", "figures/", "tables/", "report.pdf", "play.html")
    assert all(source.startswith(inside) for source in sources)
    assert not re.findall(r"<script|@import|url\(|<link", page)
    linked = [source for source in sources if source.startswith(("figures/", "tables/", "play.html"))]
    assert linked and all((written / source).is_file() for source in linked)


def test_page_says_what_was_assumed_and_how_to_repeat_it(written: Path) -> None:
    page = (written / "index.html").read_text(encoding="utf-8")
    study = json.loads((written / "study.json").read_text(encoding="utf-8"))
    for words in (
        f"tf.report(runs=4, seed=1, scenarios={json.dumps(LAUNCHES)})",
        study[0]["version"],
        study[0]["data"][:10],
        "assumed",
        "What was assumed",
    ):
        assert words in unescape(page)
    assert [one["scenario"] for one in study] == list(LAUNCHES)
    assert "$" not in re.sub(r"base64,[^\"]*", "", page)


def test_headline_is_the_paired_gain(written: Path) -> None:
    comparison = tf.compare(LAUNCHES[0], runs=4, seed=1)
    gains = comparison.gains
    mine = gains[(gains["policy"] == "trilateral") & (gains["nation"] == "JPN") & (gains["place"] == "")]
    shown = pd.read_csv(written / "tables" / "headline.csv")
    row = shown[
        (shown["scenario"] == LAUNCHES[0]) & (shown["nation"] == "JPN") & (shown["policy"] == "trilateral")
    ].iloc[0]
    for figure in ("first_knowledge_s", "first_track_s", "time_to_1km_s", "impact_known_s", "first_notice_s"):
        expected = mine.loc[mine["figure"] == figure, ["median", "low", "high"]].iloc[0]
        assert row[[f"{figure}_median", f"{figure}_low", f"{figure}_high"]].tolist() == pytest.approx(
            expected.tolist(), rel=1e-5
        )
    places = gains[(gains["policy"] == "trilateral") & (gains["nation"] == "JPN") & (gains["place"] != "")]
    assert row["warning_time_s_median"] == pytest.approx(places["median"].max(), rel=1e-5)


def test_readable_headline() -> None:
    table = headline([tf.compare(LAUNCHES[1], runs=3, seed=2)])
    wide = readable(table)
    assert list(wide.index.get_level_values("nation")) == ["Japan", "South Korea", "United States"]
    assert set(wide["warning time (s)"]) == {"n/a"}  # it came down at sea
    assert all(re.fullmatch(r"0|n/a|(0|[+-][\d.]+) \(-?[\d.]+ to -?[\d.]+\)", cell) for cell in wide.to_numpy().ravel())


@pytest.mark.usefixtures("bare")
def test_prints_the_headline(tmp_path: Path) -> None:
    text = str(tf.report(tmp_path / "r", runs=2, scenarios=[LAUNCHES[1]]))
    assert "Trilateral over bilateral: median gain" in text and "kn25_2023_02_20" in text
    assert str(tmp_path / "r" / "index.html") in text


@pytest.mark.usefixtures("bare")
def test_report_of_before_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "reports"
    out.mkdir()
    tf.report(out, runs=2, scenarios=[LAUNCHES[1]])
    tf.report(out, runs=3, scenarios=[LAUNCHES[1]])
    assert json.loads((out / "study.json").read_text(encoding="utf-8"))[0]["runs"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any run would raise: what is refused must be refused before the work."""

    def work(*_: object, **__: object) -> None:
        raise AssertionError("work was begun")

    monkeypatch.setattr("trackfuse.views.report.report.compare", work)


@pytest.mark.usefixtures("no_work")
def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("years of work", encoding="utf-8")
    with pytest.raises(SettingsError, match="holds other things than a report"):
        tf.report(tmp_path)
    assert (tmp_path / "thesis.doc").read_text(encoding="utf-8") == "years of work"


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("out", ["file", "file/reports", "\0"])
def test_unwritable_is_said_before_any_work(tmp_path: Path, out: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="report folder"):
        tf.report(tmp_path / out)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="runs: 0 is not a positive whole number"):
        tf.report(tmp_path / "reports", runs=0)
    assert not list(tmp_path.iterdir())


def test_failure_keeps_the_report_of_before(tmp_path: Path) -> None:
    def write() -> Iterator[None]:
        with atomic_folder(tmp_path / "reports") as folder:
            (folder / "study.json").write_text("one", encoding="utf-8")
            yield

    list(write())
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "reports") as folder:
        (folder / "study.json").write_text("two", encoding="utf-8")
        raise RuntimeError
    assert (tmp_path / "reports" / "study.json").read_text(encoding="utf-8") == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


@pytest.mark.usefixtures("no_work")
def test_unknown_scenario_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="did you mean 'kn25_2023_02_20'"):
        tf.report(tmp_path / "reports", scenarios=["kn25_2023_02_21"])
    assert not list(tmp_path.iterdir())
