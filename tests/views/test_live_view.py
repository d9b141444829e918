"""What nodes of a live run hold is drawn by nation, and stands in a table in the terminal."""

import io

import numpy as np

import trackfuse as tf
from trackfuse.realtime.bodies import Notice
from trackfuse.views.live_table import LiveTable, live_text
from trackfuse.views.widgets import live_maps, live_view

NAME = "kn25_2023_02_20"


def status(t_s: float, *tracks: tuple[int, float, float, float, float, float]) -> dict[str, object]:
    notice = Notice(what="place", track=0, place="Akita", met_s=40.0, notice_s=90.0)
    return {"cycle": 3, "t_s": t_s, "tracks": list(tracks), "own": 1, "notices": [notice], "received": 12, "refused": 2}


def test_each_nation_sees_its_surest_track() -> None:
    view = tf.live_view(NAME)
    maps = view.maps
    assert maps is not None
    empty = np.asarray(maps.live.picture(), dtype=float)
    third = empty.shape[1] // 3
    view("JPN", status(50.0, (0, 39.0, 130.0, 90.0, 1500.0, 2.0)))
    first = np.asarray(maps.live.picture(), dtype=float)
    assert np.abs(first - empty)[:, :third].max() > 50.0
    np.testing.assert_array_equal(first[:, third + 10 :], empty[:, third + 10 :])  # the others have reported nothing
    maps._drawn_s = 0.0
    view("USFK", status(55.0, (0, 39.1, 130.5, 90.0, 1500.0, 2000.0)))  # too uncertain to be drawn
    maps._drawn_s = 0.0
    view("USFJ", status(55.0, (0, 39.1, 130.5, 90.0, 1500.0, 1.0)))
    words = [text.get_text() for axes in maps.live.figure.axes for text in axes.texts]
    assert [word for word in words if word.startswith("USFJ, 55 s: 12 messages in, 2 refused")]
    assert not [word for word in words if "2000.0" in word]
    assert maps.held() == "Japan 1 track, South Korea no tracks, United States 1 track"


def test_it_is_redrawn_five_times_a_second_at_most() -> None:
    view, drawn = tf.live_view(NAME), []
    assert view.maps is not None
    view.maps.live.show = drawn.append  # type: ignore[method-assign]
    for _ in range(100):
        view("JPN", status(50.0))
    assert len(drawn) <= 2
    assert live_maps.REDRAWN_S <= 0.25 and live_view.TOLD_S <= 0.25


def test_where_there_is_no_terminal_notices_are_printed() -> None:
    out = io.StringIO()
    LiveTable(out)("JPN", status(50.0))
    assert out.getvalue() == "JPN: place Akita at 40 s, out at 90 s\n"


def test_a_terminal_has_a_line_a_node() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    LiveTable(out)("JPN", status(50.0, (0, 39.0, 130.0, 90.0, 1500.0, 2.25)))
    head, line = out.getvalue().replace("\x1b[2K", "").splitlines()
    assert line.split()[:7] == ["JPN", "50", "1", "1", "2.25", "12", "2"]
    assert len(head.split()) >= 8


def test_the_text_says_what_the_document_does() -> None:
    spread = {"median": 1.23, "p95": None}
    node = {"cycles": 3, "step_ms": spread, "cpu_ms": spread, "received": 5, "refused": 0, "first_track_s": None}
    node["first_item_s"] = 7.0
    document = {"scenario": "s", "policy": "p", "speed": 2.0, "nodes": {"JPN": node}, "bus_ms": spread, "log": "here"}
    text = live_text(document).splitlines()
    assert text[-3].split() == ["JPN", "1.2", "-", "-", "3", "5", "0", "-", "7.0"]
    assert text[-1] == "log: here"
