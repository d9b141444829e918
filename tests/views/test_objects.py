"""The figure of all objects shows every nation's tracks beside the truth."""

from dataclasses import replace

import trackfuse as tf


def test_figure_of_several_objects() -> None:
    whole = tf.load_scenario("kn25_2024_05_30")
    run = tf.simulate(replace(whole, salvo=whole.salvo[:1]), seed=1)
    figure = tf.plots.objects(run)
    titles = [axes.get_title() or axes.get_title(loc="left") for axes in figure.axes]
    assert [title.split(" (")[0] for title in titles if title] == ["Japan", "South Korea", "United States"]
    drawn = [line for axes in figure.axes[-3:] for line in axes.get_lines()]
    assert len(drawn) >= 3 * 4
    assert any("seed 1" in text.get_text().replace("\n", " ") for text in figure.texts)


def test_of_one_object_there_is_one_track_a_nation() -> None:
    run = tf.simulate("kn25_2023_02_20", seed=1)
    figure = tf.plots.objects(run)
    titles = [axes.get_title(loc="left") for axes in figure.axes[-3:]]
    assert all(": 1 track\n" in title and "false 0%" in title for title in titles)
    assert all(len(axes.get_lines()) == 3 for axes in figure.axes[-3:])  # the truth, the track, and where it is wrong
    assert run.main is run
