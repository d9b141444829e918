"""The clock shows what was known, on its way and said at its instant, and nothing that came later."""

import io

import numpy as np
import pytest
from PIL import Image

import trackfuse as tf
from trackfuse.simulation.run import Run
from trackfuse.views.figures import playback_state as replay
from trackfuse.views.widgets.playback import SPEEDS, TICK_S, Playback, announced_cells, decided_cells, in_words


@pytest.fixture(scope="module")
def run() -> Run:
    return tf.simulate("hwasong12_2022_10_04", seed=7)


@pytest.fixture(scope="module")
def shown(run: Run) -> Playback:
    return tf.playback(run)


@pytest.mark.parametrize("at_s", [0.0, 30.0, 57.0, 71.0, 72.0, 200.0, 900.0])
def test_nothing_is_known_before_it_was_received(run: Run, at_s: float) -> None:
    known = replay.known(run, at_s)
    assert not (known["knows_since_s"] > at_s).any() and not (known["track_since_s"] > at_s).any()
    nodes = run.nodes
    for row in known.itertuples():
        first = nodes.loc[nodes["nation"] == row.nation, "detection_s"].min()
        assert (row.knows_since_s == first) if first <= at_s else np.isnan(row.knows_since_s)
    given, coming = (of(run.notices, at_s) for of in (replay.said, replay.decided))
    assert (given["notice_s"] <= at_s).all() and (coming["notice_s"] > at_s).all() and (coming["met_s"] <= at_s).all()
    assert len(given) + len(coming) == (run.notices["met_s"] <= at_s).sum()


def test_between_two_changes_everything_stays_as_it_is(run: Run) -> None:
    """The instants of `changes_s` have all that there is to see: half-way to the next one the tables say the same."""
    instants = replay.changes_s(run)
    assert instants[0] == 0.0 and len(instants) > len(run.prepared.cycle_s)
    every = replay.known_at_each(run, instants)
    for k in range(0, len(instants) - 1, 17):
        between = 0.5 * (instants[k] + instants[k + 1])
        as_text = [repr(rows) for rows in (every[k], replay.known_at_each(run, [between])[0])]  # nan is not itself
        assert as_text[0] == as_text[1]
        assert announced_cells(run.notices, instants[k]) == announced_cells(run.notices, between)
        assert decided_cells(run.notices, instants[k]) == decided_cells(run.notices, between)


@pytest.mark.parametrize("at_s", [66.0, 72.0, 200.0])
def test_what_is_on_its_way_was_sent_and_has_not_arrived(run: Run, at_s: float) -> None:
    moving = replay.underway(run, at_s)
    assert len(moving) and (moving["about_s"] <= at_s).all() and (moving["received_s"] > at_s).all()
    sent = run.received
    pairs = set(zip(moving["origin"], moving["node"], strict=True))
    late = sent[(sent["about_s"] <= at_s) & (sent["received_s"] > at_s)]
    assert pairs == set(zip(late["origin"], late["node"], strict=True))


def test_the_clock_changes_picture_and_tables(run: Run, shown: Playback) -> None:
    seen = set()
    for at_s in (0.0, 60.0, 72.0, 240.0):
        shown.clock.value = at_s
        seen.add((shown.image.value, shown.words.value))
        assert shown.words.value == in_words(run, at_s)
    assert len({image for image, _ in seen}) == len({words for _, words in seen}) == 4
    picture = np.asarray(Image.open(io.BytesIO(shown.image.value)), dtype=float)
    assert picture.std() > 20.0


def test_words_follow_the_launch(run: Run) -> None:
    assert in_words(run, 10.0).count("not yet") == 6 and "none so far" in in_words(run, 10.0)
    after = in_words(run, 240.0)
    assert "Aomori 青森" in after and "not yet" not in after


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_clock_runs_as_fast_as_it_says(run: Run, speed: int) -> None:
    """Four ticks of a quarter second are a second on the wall."""
    shown = tf.playback(run)
    shown.speed.value = speed
    for tick in range(1, 5):
        shown.play.value = tick
    assert shown.clock.value == pytest.approx(4 * TICK_S * speed)


def test_it_stops_at_the_end_and_starts_again(run: Run) -> None:
    shown = tf.playback(run)
    shown.speed.value, shown.clock.value = 60, shown.clock.max - 1.0
    shown.play.playing = True
    shown.play.value = 1
    assert shown.clock.value == shown.clock.max and not shown.play.playing
    shown.play.value = 0
    assert shown.clock.value == 0.0


def test_only_a_run_is_played() -> None:
    with pytest.raises(tf.TrackfuseError, match="give what tf"):
        tf.playback("hwasong12_2022_10_04")  # type: ignore[arg-type]


def test_every_control_says_what_it_is(shown: Playback) -> None:
    said = [control.tooltip for control in (shown.clock, shown.speed, shown.play)] + list(shown.speed.tooltips)
    assert all(len(words) > 20 for words in said) and "seconds" in shown.clock.tooltip.lower()
    assert len(shown.speed.tooltips) == len(SPEEDS)
