"""A live run in processes of its own: what nodes did, what becomes of it when one is killed, nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import trackfuse as tf
from tests.realtime.conftest import same_bits
from tests.signals import AFTER_CTRL_C
from trackfuse.core.errors import DataError, ScenarioError, SettingsError
from trackfuse.realtime.admission import Admission, Refusal
from trackfuse.realtime.bodies import TRACK, Message, Report
from trackfuse.realtime.live_run import LiveResult
from trackfuse.realtime.log import records
from trackfuse.realtime.node import LiveNode
from trackfuse.realtime.recovery import recover
from trackfuse.realtime.replay import received_by
from trackfuse.realtime.setup import setups_of
from trackfuse.realtime.wire import decode
from trackfuse.simulation.prepare import draw_noise
from trackfuse.simulation.run import Run

NAME, HUB, KILLED_S = "kn25_2023_02_20", "INDOPACOM", 60.0
NODES = ("JPN", "ROK", "USFJ", "USFK", HUB)
CLOCKS_APART = 0.001
"""The wall's clock is brought to the right time by up to 0.0005 of itself, a thread's is not."""
ONE_NODE = {"cycles", "step_ms", "cpu_ms", "received", "refused", "first_track_s", "first_item_s"}


def workers() -> set[int]:
    """Processes of live runs on this machine that this user may look at."""
    found = set()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if b"trackfuse.realtime.worker" in (place / "cmdline").read_bytes():
                found.add(int(place.name))
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> LiveResult:
    """A run in which the hub is killed while missiles fly."""
    log = tmp_path_factory.mktemp("live") / "log"
    return tf.live(NAME, "trilateral", speed=10.0, log=log, events=[(KILLED_S, "kill", HUB)])


@pytest.fixture(scope="module")
def replayed(done: LiveResult) -> Run:
    return tf.replay(done.log)


@pytest.fixture(scope="module")
def fed(done: LiveResult, replayed: Run) -> dict[str, LiveNode]:
    """Nodes that never died, to be fed with what those of the run received."""
    noise = draw_noise(replayed.scenario, replayed.prepared, seed=replayed.seed, run=replayed.run)
    nodes = [LiveNode(setup) for setup in setups_of(replayed.scenario, replayed.prepared, noise)]
    for node in nodes:
        for at_s, message in received_by(done.log, node.name):
            node.receive(message, at_s)
    return {node.name: node for node in nodes}


def test_the_document_has_what_it_promises(done: LiveResult) -> None:
    assert done.document.keys() == {"scenario", "policy", "speed", "nodes", "bus_ms", "log"}
    assert (done.document["scenario"], done.document["policy"], done.document["speed"]) == (NAME, "trilateral", 10.0)
    assert tuple(done.document["nodes"]) == NODES
    for name, node in done.document["nodes"].items():
        assert node.keys() == ONE_NODE
        assert node["cycles"] == 64 or name == HUB
        assert node["refused"] == 0
        assert node["received"] > 50
        assert 0.0 < node["step_ms"]["median"] <= node["step_ms"]["p95"]
        assert 0.0 < node["cpu_ms"]["median"] <= node["step_ms"]["median"] * (1.0 + CLOCKS_APART)
        assert 0.0 < node["first_item_s"] < 320.0
    assert 0.0 < done.document["bus_ms"]["median"] <= done.document["bus_ms"]["p95"]
    assert json.loads(json.dumps(done.document)) == done.document


def test_the_hub_is_back_and_nations_never_stopped(done: LiveResult) -> None:
    fates = [record[:3] for record in records(done.log / "links.log") if record[0] in ("down", "up")]
    assert [(what, whom) for what, _, whom in fates] == [("down", HUB), ("up", HUB)]
    assert KILLED_S <= fates[0][1] < fates[1][1]
    cycles = {name: [r[2] for r in records(done.log / f"{name}.log") if r[0] == "step"] for name in NODES}
    for name in NODES[:-1]:
        assert cycles[name] == list(range(64))
    before = int(KILLED_S // 5.0) - 1
    assert set(range(before)) <= set(cycles[HUB])
    assert cycles[HUB][-1] == 63
    assert len(set(cycles[HUB])) == len(cycles[HUB])  # none twice; those while it was down it may have missed


def test_a_replayed_run_has_the_tracks_that_were_sent(done: LiveResult, replayed: Run) -> None:
    sent = 0
    for i, name in enumerate(NODES):
        rows = replayed.local.of(i)
        for what, _, *values in records(done.log / f"{name}.log"):
            body = decode(values[0]).body if what == "sent" else None
            if isinstance(body, Report) and body.level == TRACK:
                for stated in body.tracks:
                    assert same_bits(stated.mean, replayed.local.mean[rows[stated.track], body.cycle])
                    assert same_bits(stated.covariance, replayed.local.covariance[rows[stated.track], body.cycle])
                    sent += 1
    assert sent > 100


def test_the_same_log_gives_the_same_bits(replayed: Run, fed: dict[str, LiveNode]) -> None:
    for i, name in enumerate(NODES):
        node, (row,) = fed[name], replayed.fused.of(i)
        for cycle in range(len(replayed.prepared.cycle_s)):
            held, _ = node.step()
            for one, other in zip(held.fused[0].arrays(), replayed.fused.arrays(), strict=True):
                assert same_bits(one[0, 0], other[row, cycle]), (name, cycle)
        (launch,) = replayed.launch_notices
        assert same_bits(node.decider.standing[0].place_met_s[i], launch.notices.place_met_s[i])
        assert node.knowledge.known_by == replayed.knowledge[0].known_by[i]


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_node_that_was_stopped_is_as_one_that_never_was(
    done: LiveResult, replayed: Run, tmp_path: Path, share: float
) -> None:
    """Its log is cut off somewhere, in the middle of a record as likely as not; then it gets the rest."""
    whole = (done.log / "JPN.log").read_bytes()
    cut = tmp_path / "JPN.log"
    cut.write_bytes(whole[: int(share * len(whole))])
    noise = draw_noise(replayed.scenario, replayed.prepared, seed=replayed.seed, run=replayed.run)
    setup = setups_of(replayed.scenario, replayed.prepared, noise)[0]
    node, door = LiveNode(setup), Admission(setup)
    sent = recover(node, door, cut)
    assert sent == sum(record[0] == "sent" for record in records(cut)) > 0
    again = 0
    for what, at_s, *values in records(done.log / "JPN.log"):
        if what == "received":
            admitted = door.admit(values[1], values[0], at_s)
            again += isinstance(admitted, Refusal)  # it has had it before
            if isinstance(admitted, Message):
                node.receive(admitted, at_s)
    assert door.refused == {"repeated": again}
    assert again == sum(record[0] == "received" for record in records(cut))
    (row,) = replayed.fused.of(0)
    for cycle in range(node.cycle + 1, len(replayed.prepared.cycle_s)):
        held, _ = node.step()
        for one, other in zip(held.fused[0].arrays(), replayed.fused.arrays(), strict=True):
            assert same_bits(one[0, 0], other[row, cycle]), cycle


def test_tables_and_figures_work_on_a_replayed_run(replayed: Run) -> None:
    assert len(replayed.tracks) > 100
    assert len(replayed.notices) > 0
    assert tf.plots.timeline(replayed).axes


def test_links_are_as_slow_as_the_data_say(done: LiveResult, replayed: Run) -> None:
    """What the transport adds is not in the emulated delay: nothing comes before the data let it."""
    scripted = tf.simulate(NAME, "trilateral").deliveries.received_s
    live = replayed.deliveries.received_s
    both = np.isfinite(scripted) & np.isfinite(live)
    assert both.sum() > 500
    assert (live[both] >= scripted[both]).all()


def test_no_process_is_left(done: LiveResult) -> None:
    mine = {pid for pid in workers() if _parent(pid) == os.getpid()}
    assert mine == set()


def _parent(pid: int) -> int:
    try:
        return int((Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return -1


def test_the_command_prints_one_document(tmp_path: Path) -> None:
    words = ["live", NAME, "--policy", "bilateral", "--speed", "20", "--until", "60", "--at", "10", "kill", "ROK"]
    done = subprocess.run(
        [sys.executable, "-m", "trackfuse", *words, "--log", str(tmp_path / "log"), "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    document = json.loads(done.stdout)
    assert document.keys() == {"scenario", "policy", "speed", "nodes", "bus_ms", "log"}
    assert document["policy"] == "bilateral"
    assert all(0 < node["cycles"] < 64 for node in document["nodes"].values())


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "trackfuse", "live", NAME, "--json", "--log", str(tmp_path / "log")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    yield process
    process.kill()
    process.wait()


def test_control_c_ends_all(command: subprocess.Popen[str], tmp_path: Path) -> None:
    until = time.monotonic() + 600.0
    while not (tmp_path / "log" / "JPN.log").exists():
        assert command.poll() is None
        assert time.monotonic() < until
        time.sleep(0.1)
    os.killpg(command.pid, signal.SIGINT)  # as the terminal does it: to all of them
    assert command.wait(timeout=120) in AFTER_CTRL_C
    assert command.stderr is not None
    assert command.stderr.read().splitlines()[-1] == "trackfuse: interrupted"
    assert not [pid for pid in workers() if os.getpgid(pid) == command.pid]


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"speed": 0.0}, SettingsError, "speed"),
        ({"events": [(1.0, "halt", "JPN")]}, SettingsError, "no command 'halt'"),
        ({"events": [(1.0, "kill", "JPM")]}, SettingsError, "did you mean 'JPN'"),
        ({"policy": "trilatral"}, ScenarioError, "did you mean 'trilateral'"),
    ],
)
def test_bad_input_is_refused_before_anything_starts(
    tmp_path: Path, wrong: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        tf.live(NAME, **({"log": tmp_path / "log"} | wrong))  # type: ignore[arg-type]
    assert not (tmp_path / "log").exists()


def test_a_log_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(DataError, match="is there already"):
        tf.live(NAME, log=tmp_path)


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no log of a live run"):
        tf.replay(tmp_path)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fusion", "tracklet"), ("memory", "with"), ("feedback", "full"), ("association", "known"),
        ("registration", "estimate"),
    ],
)  # fmt: skip
def test_what_does_not_run_live_is_said(tmp_path: Path, setting: str, value: str) -> None:
    from dataclasses import replace

    base = tf.load_scenario("kn25_2024_05_30")
    with pytest.raises(SettingsError, match=f"live: tracker {setting}"):
        tracker = replace(base.tracker, hub="INDOPACOM", **{setting: value})  # type: ignore
        tf.live(replace(base, tracker=tracker), log=tmp_path / "log")
