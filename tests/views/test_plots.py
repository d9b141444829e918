"""Figures of runs and comparisons: with what they assume, the same each time, and nothing off the sheet."""

from collections.abc import Callable

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import trackfuse as tf
from trackfuse.catalog.catalog import scenario_names
from trackfuse.core.errors import SettingsError
from trackfuse.simulation.run import Run
from trackfuse.studies.compare import Comparison
from trackfuse.views.style.style import png

OF_RUNS = {
    "map": tf.plots.map,
    "timeline": tf.plots.timeline,
    "accuracy": tf.plots.accuracy,
    "overview": tf.plots.overview,
}
OF_COMPARISONS = {"policies": tf.plots.policies, "gains": tf.plots.gains}


def words(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]


def check(figure: Figure, source: Run | Comparison) -> None:
    text = " ".join(piece.get_text() for piece in words(figure)).replace("\n", " ")
    for piece in (f"seed {source.seed}", source.version, source.data_hash[:10], "assum"):
        assert piece in text
    figure.draw_without_rendering()
    width, height = figure.bbox.width, figure.bbox.height
    for piece in words(figure):
        assert piece.get_fontsize() >= 5.0, piece.get_text()  # as large as on paper
        # Words on a map or axis may be clipped with what they belong to; all others must be on the sheet.
        if piece.get_clip_on() or getattr(piece, "get_annotation_clip", bool)():
            continue
        box = piece.get_window_extent()
        assert box.x0 > -2.0 and box.y0 > -2.0 and box.x1 < width + 2.0 and box.y1 < height + 2.0, piece.get_text()


@pytest.mark.parametrize("draw", OF_RUNS.values(), ids=OF_RUNS)
def test_figure_of_two_runs(draw: Callable, run: Run, base: Run) -> None:
    figure = draw(run, base)
    check(figure, run)
    assert png(figure) == png(draw(run, base))


@pytest.mark.parametrize("name", ["map", "timeline", "accuracy"])
def test_figure_of_one_run(name: str, run: Run) -> None:
    check(OF_RUNS[name](run), run)


@pytest.mark.parametrize("draw", OF_COMPARISONS.values(), ids=OF_COMPARISONS)
def test_figure_of_a_comparison(draw: Callable, comparison: Comparison) -> None:
    check(draw(comparison), comparison)


@pytest.mark.parametrize("name", scenario_names(several=False))
def test_every_launch_can_be_drawn(name: str) -> None:
    run, base = (tf.simulate(name, policy=policy, seed=1) for policy in ("trilateral", "national"))
    check(tf.plots.overview(run, base), run)


def test_a_notebook_shows_a_figure(run: Run) -> None:
    assert tf.plots.timeline(run)._repr_png_().startswith(b"\x89PNG")


def test_nothing_later_than_asked_is_on_the_map(run: Run) -> None:
    """At lift-off nobody has a track: the map has the true flight and no prediction."""
    text = " ".join(piece.get_text() for piece in words(tf.plots.map(run, at_s=0.0)))
    assert text.count(": no prediction") == 3


def test_two_launches_are_not_compared(run: Run) -> None:
    other = tf.simulate("kn25_2023_02_20", seed=3)
    with pytest.raises(SettingsError, match="'kn25_2023_02_20' is another launch than 'hwasong12_2017_08_29'"):
        tf.plots.timeline(run, other)


def test_instant_must_be_a_time(run: Run) -> None:
    with pytest.raises(SettingsError, match="at_s"):
        tf.plots.map(run, at_s=float("nan"))


def test_of_several_objects_the_first_missile_is_shown() -> None:
    several = tf.simulate("kn25_2024_05_30", seed=1)
    for draw in (tf.plots.map, tf.plots.timeline, tf.plots.accuracy):
        words = " ".join(text.get_text() for text in draw(several).texts)
        assert "the first missile, tracked among 4 objects" in " ".join(words.split())


@pytest.mark.parametrize("show", [*OF_RUNS.values(), tf.plots.warnings, tf.plots.objects, tf.playback, tf.globe])
def test_what_is_no_run_is_refused(show: Callable) -> None:
    given = ("kn25_2024_05_30",) * (2 if show is tf.plots.overview else 1)
    with pytest.raises(SettingsError, match="str is not a run of one launch or of several; give"):
        show(*given)
