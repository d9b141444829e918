"""Values of the face show themselves: one short line, a table with names and units, and examples that are true."""

import doctest
import inspect
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trackfuse as tf
from trackfuse.core.display import heading, readable, significant

NAME = "kn25_2023_02_20"
LONGEST = 200
CASES = {
    "scenario": lambda: tf.load_scenario(NAME),
    "policy": lambda: tf.load_scenario(NAME).policies[0],
    "link": lambda: tf.load_scenario(NAME).policies[2].links[0],
    "node": lambda: tf.load_scenario(NAME).nodes[0],
    "radar": lambda: next(each for each in tf.load_scenario(NAME).sensors if isinstance(each, tf.Radar)),
    "infrared": lambda: next(each for each in tf.load_scenario(NAME).sensors if isinstance(each, tf.Infrared)),
    "place": lambda: tf.load_scenario(NAME).places[0],
    "launch": lambda: tf.load_scenario(NAME).launch,
    "missile": lambda: tf.missile("Hwasong-12"),
    "rule": tf.WarningRule,
    "tracker": tf.TrackerSettings,
    "run": lambda: tf.simulate(NAME, seed=7),
    "comparison": lambda: tf.compare(NAME, ["bilateral", "trilateral"], runs=3, seed=7),
    "filter study": lambda: tf.filter_study("hwasong12_2022_10_04", filters=("ekf",), runs=2),
    "exercise": lambda: tf.load_exercise("three_launches"),
    "trade-off": lambda: tf.tradeoff(NAME, runs=2),
}
EXAMPLES = [
    name for name in tf.__all__
    if callable(getattr(tf, name)) and "Examples\n---" in (inspect.getdoc(getattr(tf, name)) or "")
]  # fmt: skip


@pytest.mark.parametrize("make", CASES.values(), ids=CASES.keys())
def test_a_value_is_one_short_line_and_a_table(make) -> None:
    value = make()
    assert repr(value).startswith(f"<{type(value).__name__} ") and repr(value).endswith(">")
    assert "\n" not in repr(value) and len(repr(value)) <= LONGEST
    html = value._repr_html_()
    assert "<table" in html
    cells = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", html)
    assert len(cells) > 3
    assert not [cell for cell in cells if cell in ("JPN", "ROK", "USA", "nan", "inf")]
    assert not [cell for cell in cells if re.search(r"[+-]0(?:\.0+)?(?![.\d])", cell)]


def test_a_study_is_one_short_line_and_a_table(tmp_path: Path) -> None:
    study = tf.sweep(NAME, {"policy.latency_s": [1, 5]}, ["bilateral", "trilateral"], runs=1, out=tmp_path / "sweep")
    assert "latency" in repr(study) and "policy.latency (s)" in study._repr_html_()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1682.4, "1,680"), (57.321, "57.3"), (0.04213, "0.0421"), (9.999, "10.0"), (999.6, "1,000"), (-12.34, "-12.3"),
        (0.0, "0"), (-0.0, "0"), (np.inf, "–"), (np.nan, "–"), (1.5e-9, "1.50e-09"), (100, "100"),
    ],
)  # fmt: skip
def test_three_significant_digits(value: float, text: str) -> None:
    assert significant(value) == text


def test_three_significant_digits_are_within_half_a_percent() -> None:
    for value in np.random.default_rng(3).lognormal(0.0, 5.0, 500):
        assert float(significant(value).replace(",", "")) == pytest.approx(value, rel=0.005)


def test_headings_have_units_and_cells_names() -> None:
    assert heading("position_rms_m") == "position rms (m)" and heading("nation") == "nation"
    assert heading("s") == "s"  # a name of one part is no unit
    shown = readable(pd.DataFrame({"nation": ["JPN"], "first_track_s": [77.7777], "runs": [12], "inside": [True]}))
    assert list(shown.columns) == ["first track (s)", "runs", "inside"]
    assert shown.reset_index().iloc[0].to_list() == ["Japan", "77.8", "12", "yes"]


def test_the_functions_met_first_have_examples() -> None:
    first = {"load_scenario", "scenarios", "missile", "simulate", "compare", "change", "figures_of_merit", "validate"}
    assert first <= set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_what_it_says(name: str) -> None:
    found = doctest.DocTestFinder(recurse=False).find(getattr(tf, name), name, globs={"tf": tf})
    (test,) = (each for each in found if each.examples)
    runner = doctest.DocTestRunner(verbose=False)
    said: list[str] = []
    runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)


# ---- mistakes that are often made: a sentence that says what to do ---------------------------------------------------


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda: tf.plots.gains(tf.simulate(NAME)), "takes a Comparison, not a Run; give what tf.compare returns"),
        (lambda: tf.plots.timeline(tf.load_scenario(NAME)), "give what tf.simulate returns"),
        (lambda: tf.plots.curves("results", "x", whom="JPN"), "takes a Study, not a str; give what tf.sweep returns"),
        (lambda: tf.compare(NAME, policies="trilateral"), "'trilateral' is one policy; give a list"),
        (lambda: tf.load_scenario(NAME).policy("trilateral", latency_s="5"), "leave out the quotation marks"),
        (lambda: tf.simulate(NAME, seed="7"), "'7' is not a non-negative integer"),
        (lambda: tf.load_scenario("hwasong12"), "'hwasong12_2017_08_29' or 'hwasong12_2022_10_04'"),
        (lambda: tf.load_scenario("hwasong12_2023_07_12"), "did you mean 'hwasong12_"),
        (lambda: tf.load_scenario("hwason12_2022_10_04"), "did you mean 'hwasong12_2022_10_04'"),
        (lambda: tf.missile("hwasong-12"), "did you mean 'Hwasong-12'"),
    ],
)
def test_a_mistake_is_answered_by_a_sentence(mistake, sentence: str) -> None:
    with pytest.raises(tf.TrackfuseError) as said:
        mistake()
    assert sentence in str(said.value)


def test_a_figure_is_saved_under_the_name_given(tmp_path: Path) -> None:
    figure = tf.plots.timeline(tf.simulate(NAME, seed=7))
    assert tf.plots.save(figure, tmp_path / "fig.png") == [tmp_path / "fig.png"]
    assert [path.name for path in tf.plots.save(figure, tmp_path / "v1.2", ("svg",))] == ["v1.2.svg"]
    assert [path.name for path in tf.plots.save(figure, tmp_path / "one", "svg")] == ["one.svg"]
    assert (tmp_path / "fig.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(tf.TrackfuseError, match="no format of a figure 'pgn'; did you mean 'png'"):
        tf.plots.save(figure, tmp_path / "fig", ("pgn",))
