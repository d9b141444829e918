"""Commands for a live run: each does what it says in a run of processes, and none that is impossible is taken."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.realtime.bodies import Message, Plot, Report
from trackfuse.realtime.clock import AHEAD_S, Clock
from trackfuse.realtime.commands import COMMANDS, Commands
from trackfuse.realtime.live_run import LiveResult, LiveRun
from trackfuse.realtime.log import records
from trackfuse.realtime.replay import received_by

NAME, HUB, SPEED = "kn25_2023_02_20", "INDOPACOM", 20.0


def commands() -> Commands:
    scenario = tf.load_scenario(NAME)
    return Commands(scenario, scenario.policy("trilateral"))


class Watching:
    """Keeps the newest instant of every node."""

    def __init__(self) -> None:
        self.at_s: dict[str, float] = {}

    def __call__(self, node: str, status: dict[str, Any]) -> None:
        self.at_s[node] = status["t_s"]

    def wait(self, run: LiveRun, is_so: Callable[[], bool]) -> None:
        while not is_so():
            assert not run.is_over
            time.sleep(0.02)


def words(done: LiveResult, *which: str) -> list[list[Any]]:
    return [record for record in records(done.log / "links.log") if record[0] in which]


def from_sensor(done: LiveResult, node: str, sensor: str) -> np.ndarray:
    got = [(at_s, message.body) for at_s, message in received_by(done.log, node)]
    return np.array([at_s for at_s, body in got if isinstance(body, Plot) and body.sensor == sensor])


def reports_from(done: LiveResult, node: str, origin: str) -> np.ndarray:
    got: list[tuple[float, Message]] = list(received_by(done.log, node))
    return np.array([at_s for at_s, each in got if isinstance(each.body, Report) and each.origin == origin])


@pytest.fixture(scope="module")
def paused(tmp_path_factory: pytest.TempPathFactory) -> tuple[LiveResult, dict[str, float], dict[str, float], float]:
    """A run that is paused by hand, and goes on; what nodes had done when it stood, a second later, and its length."""
    watching, log = Watching(), tmp_path_factory.mktemp("paused") / "log"
    run = tf.start_live(NAME, speed=SPEED, log=log, watch=watching)
    watching.wait(run, lambda: watching.at_s.get("JPN", 0.0) >= 50.0)
    began = time.monotonic()
    run.pause()
    time.sleep(5.0 * AHEAD_S)
    stood = dict(watching.at_s)
    time.sleep(1.0)
    later = dict(watching.at_s)
    with pytest.raises(SettingsError, match="paused already"):
        run.pause()
    run.resume()
    length_s = time.monotonic() - began
    done = run.result()
    with pytest.raises(SettingsError, match="the run is over"):
        run.pause()
    return done, stood, later, length_s


def test_nothing_happens_while_a_run_is_paused(paused: tuple[Any, ...]) -> None:
    """Without the pause a second would have been four cycles."""
    _, stood, later, _ = paused
    assert stood == later


def test_a_paused_run_goes_on_as_if_nothing_had_been(paused: tuple[Any, ...]) -> None:
    done, *_ = paused
    for name, node in done.document["nodes"].items():
        assert (node["cycles"], node["refused"]) == (64, 0), name
    assert done.document["bus_ms"]["p95"] < 1e3
    run, plain = tf.replay(done.log), tf.simulate(NAME, "trilateral")
    assert len(run.tracks) == pytest.approx(len(plain.tracks), rel=0.05)


def test_a_clock_stands_at_one_instant_for_all_and_never_goes_back() -> None:
    clock = Clock(start=time.monotonic() - 10.0, speed=60.0)
    stopped = clock.stopped()
    assert stopped.now_s() < stopped.until_s
    assert stopped.left(stopped.until_s + 1.0) == np.inf
    time.sleep(1.5 * AHEAD_S)
    assert stopped.now_s() == stopped.until_s
    resumed = stopped.resumed()
    assert resumed.now_s() == stopped.until_s
    assert AHEAD_S / 2 < resumed.left(stopped.until_s + 6.0) <= AHEAD_S + 0.1
    time.sleep(1.5 * AHEAD_S)
    assert stopped.until_s < resumed.now_s() < stopped.until_s + 60.0


@pytest.fixture(scope="module")
def handled(tmp_path_factory: pytest.TempPathFactory) -> LiveResult:
    """A run in which a radar, a link and the hub are out for a while; so slow that a hub may start in 15 s of ours."""
    return tf.live(
        NAME, speed=6.0, log=tmp_path_factory.mktemp("handled") / "log",
        events=[
            (60.0, "stop", "KR-GP-C1"), (120.0, "start", "KR-GP-C1"),
            (100.0, "stop", HUB), (180.0, "start", HUB), (200.0, "cut", "bi-jpn-usfj"), (260.0, "mend", "bi-jpn-usfj"),
        ],
    )  # fmt: skip


def test_a_sensor_is_stopped_and_started(handled: LiveResult) -> None:
    at_s = from_sensor(handled, "ROK", "KR-GP-C1")
    (_, stop_s, _), (_, start_s, _) = (each for each in words(handled, "silence", "hear"))
    assert 60.0 <= stop_s < 90.0 < 120.0 <= start_s < 150.0
    assert not ((at_s > stop_s + 5.0) & (at_s < start_s)).any()
    assert (at_s <= stop_s + 5.0).sum() > 3
    assert (at_s >= start_s).sum() > 3


def test_a_stopped_node_stays_down_until_it_is_started(handled: LiveResult) -> None:
    (_, down_s, _), (_, up_s, _) = words(handled, "down", "up")
    assert 100.0 <= down_s < 180.0 <= up_s
    steps = np.array([[at_s, cycle] for what, at_s, cycle, *_ in records(handled.log / f"{HUB}.log") if what == "step"])
    assert not ((steps[:, 0] > down_s) & (steps[:, 0] < up_s)).any()
    assert steps[-1, 1] == 63 and (steps[:, 0] > up_s).sum() > 5
    assert handled.document["nodes"]["JPN"]["cycles"] == 64


def test_nothing_crosses_a_link_that_is_cut(handled: LiveResult) -> None:
    (_, cut_s, _), (_, mend_s, _) = words(handled, "cut", "mend")
    at_s = reports_from(handled, "USFJ", "JPN")
    slack_s = 5.0
    assert (at_s < cut_s).any() and (at_s > mend_s).any()
    assert not ((at_s > cut_s + slack_s) & (at_s < mend_s)).any()


def test_typed_commands_are_obeyed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trackfuse", "live", NAME, "--commands", "--json", "--speed", "10"]
    process = subprocess.Popen(
        [*command, "--log", str(tmp_path / "log")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    out, said = process.communicate("pause\npause\nresume\nfly\nstop KR-GP-C9\nstop JPN\n\n", timeout=300)
    assert process.returncode == 0
    assert "the run is paused already" in said and "no command 'fly'" in said and "did you mean 'KR-GP-C" in said
    nodes = json.loads(out)["nodes"]
    assert nodes["ROK"]["cycles"] == 64 > nodes["JPN"]["cycles"]


def test_a_run_is_ended_by_hand(tmp_path: Path) -> None:
    run = tf.start_live(NAME, log=tmp_path / "log")
    assert isinstance(run, LiveRun)
    with pytest.raises(tf.TrackfuseError, match="ended before it began"):
        run.end()
    assert run.is_over


# ---- what cannot be done --------------------------------------------------------------------------------------------

LINK, RADAR = "bi-jpn-usfj", "KR-GP-C1"


@pytest.mark.parametrize(
    ("before", "what", "whom", "why"),
    [
        ([], "resume", "", "the run goes on"),
        ([("pause", "")], "pause", "", "paused already"),
        ([], "mend", LINK, "is in service"),
        ([("cut", LINK)], "cut", LINK, "is cut already"),
        ([], "start", RADAR, "works"),
        ([("stop", RADAR)], "stop", RADAR, "stopped already"),
        ([("stop", HUB)], "kill", HUB, "stopped already"),
        ([], "pause", HUB, "for the whole run"),
        ([], "kill", RADAR, "no node 'KR-GP-C1'"),
        ([], "cut", "bi-jpn-usfk", "did you mean 'bi-jpn-usfj'"),
        ([], "fly", HUB, "no command 'fly'"),
    ],
)
def test_what_is_impossible_is_refused_with_the_reason(
    before: list[tuple[str, str]], what: str, whom: str, why: str
) -> None:
    given = commands()
    for each in before:
        given.give(*each)
    with pytest.raises(SettingsError, match=why):
        given.give(what, whom)
    assert given.taken() == before


def test_what_is_possible_has_no_reason_against_it() -> None:
    given = commands()
    for what in ("pause", "cut", "stop", "kill"):
        whom = {"pause": "", "cut": LINK}.get(what, HUB)
        assert given.reason(what, whom) == ""
    given.end()
    assert {given.reason(what, "" if what in ("pause", "resume") else (given.names(what))[0]) for what in COMMANDS} == {
        "the run is over"
    }


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([(5.0, "mend", LINK)], "at 5 s: bi-jpn-usfj is in service"),
        ([(5.0, "pause", ""), (9.0, "resume", "")], "resume it by hand"),
        ([(5.0, "stop", HUB), (9.0, "kill", HUB)], "stopped already"),
    ],
)
def test_events_that_nothing_comes_of_are_refused_before_anything_starts(
    tmp_path: Path, events: list[tuple[float, str, str]], why: str
) -> None:
    with pytest.raises(SettingsError, match=why):
        tf.live(NAME, events=events, log=tmp_path / "log")
    assert not (tmp_path / "log").exists()
