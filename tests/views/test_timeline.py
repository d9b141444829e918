"""The timeline's lanes against the tables they come from."""

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.simulation.run import Run
from trackfuse.views.figures.timeline import EVENTS
from trackfuse.views.figures.timeline_rows import Lane, gain_words, lanes_of, last_second

NEVER = dict.fromkeys(EVENTS, np.inf)


def lane(**times_s: float) -> Lane:
    return Lane(
        nation="JPN", known_by="", times_s=NEVER | {k.replace("_", " "): t for k, t in times_s.items()}, place="Aomori"
    )


def test_lanes_are_each_nations_earliest(run: Run) -> None:
    nodes, notices = run.nodes, run.notices
    for found in lanes_of(run):
        mine = nodes[nodes["nation"] == found.nation]
        said = notices[(notices["nation"] == found.nation) & (notices["kind"] == "launch")]
        assert found.times_s["known"] == mine["detection_s"].min()
        assert found.times_s["confirmed"] == mine["confirmation_s"].min()
        assert found.times_s["launch notice"] == said["notice_s"].min()
        assert found.known_by == mine.loc[mine["detection_s"].idxmin(), "known_by"]


def test_among_several_objects_nobody_has_a_track_before_it_knows() -> None:
    for found in lanes_of(tf.simulate("kn25_2024_05_30", seed=2).main):
        assert 0.0 < found.times_s["known"] <= found.times_s["confirmed"] < np.inf


def test_the_place_is_the_first_that_the_missile_reaches(run: Run) -> None:
    japan = lanes_of(run)[0]
    there = run.notices[
        (run.notices["kind"] == "place") & run.notices["arrival_s"].notna() & (run.notices["nation"] == "JPN")
    ]
    assert japan.times_s["arrival"] == there["arrival_s"].min()
    row = there[(there["place"] == japan.place)].iloc[0]
    assert japan.warning_time_s == pytest.approx(row["warning_time_s"])


def test_every_event_is_within_the_axis(run: Run, base: Run) -> None:
    shown = [lanes_of(run), lanes_of(base)]
    last = max(t for one in shown for lane in one for t in lane.times_s.values() if np.isfinite(t))
    assert last < last_second(run.flight, shown) <= 1.05 * max(run.flight.impact_s, last + 30.0)


@pytest.mark.parametrize(
    ("better", "base", "words"),
    [
        (lane(known=60.0), lane(known=60.2), "no change"),
        (lane(known=60.0, confirmed=80.0), lane(known=75.0, confirmed=122.0), "knows 15 s sooner\ntrack 42 s sooner"),
        (lane(known=80.0), lane(known=70.0), "knows 10 s later"),
        (lane(known=60.0, confirmed=80.0), lane(known=60.0), "track where there was none"),
        (lane(known=60.0), lane(known=60.0, confirmed=80.0), "track lost"),
        (
            lane(place_notice=200.0, arrival=400.0),
            lane(place_notice=240.0, arrival=400.0),
            "Aomori +40 s of warning",
        ),
        (lane(place_notice=200.0, arrival=400.0), lane(arrival=400.0), "Aomori warned, before not"),
        (lane(arrival=400.0), lane(place_notice=200.0, arrival=400.0), "Aomori not warned, before yes"),
    ],
)
def test_gain_in_words(better: Lane, base: Lane, words: str) -> None:
    assert gain_words(better, base) == words
