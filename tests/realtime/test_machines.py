"""A live run on several machines: here two, of which the second has another address of the loopback interface."""

import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zmq

import trackfuse as tf
from tests.realtime.conftest import same_bits
from trackfuse.core.errors import DataError, TrackfuseError
from trackfuse.realtime.bodies import TRACK, Report
from trackfuse.realtime.crew import Crew
from trackfuse.realtime.live_run import LiveResult
from trackfuse.realtime.log import records
from trackfuse.realtime.machines import Machines, read_machines, write_keys
from trackfuse.realtime.pack import packed
from trackfuse.realtime.remote import Remote, said_of, setup_of
from trackfuse.realtime.setup import setups_of
from trackfuse.realtime.transport import Client, new_keys
from trackfuse.realtime.wire import decode
from trackfuse.simulation.prepare import draw_noise, prepare

NAME, HERE = "kn25_2023_02_20", "127.0.0.1"
AWAY = ("JPN", "INDOPACOM")


def free_port(host: str) -> int:
    with socket.socket() as one:
        one.bind((host, 0))
        return one.getsockname()[1]


def second() -> str:
    """An address of this machine's own beside `HERE`; `HERE` itself where a system has no second one."""
    try:
        free_port("127.0.0.2")
    except OSError:
        return HERE
    return "127.0.0.2"


THERE = second()


def addresses(folder: Path) -> Path:
    """A file of addresses, with the keys that it names beside it."""
    lines = []
    for name in ("links", *AWAY):
        host, table = (HERE, "links") if name == "links" else (THERE, f"nodes.{name}")
        public = write_keys(folder / f"{name}.key")
        lines += [f"[{table}]", f'address = "{host}:{free_port(host)}"']
        lines += [f"public = '{public}'", f'secret = "{name}.key"']
    file = folder / "machines.toml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[subprocess.Popen[str]]]]:
    """The file, and the nodes of the second machine, which wait."""
    file = addresses(tmp_path_factory.mktemp("machines"))
    nodes = [
        subprocess.Popen([sys.executable, "-m", "trackfuse", "node", str(file), name], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
        for name in AWAY
    ]  # fmt: skip
    for node in nodes:
        assert node.stderr is not None and f"waits at {THERE}" in node.stderr.readline()
    yield file, nodes
    for node in nodes:
        node.kill()
        node.wait()


@pytest.fixture(scope="module")
def done(waiting: tuple[Path, list[subprocess.Popen[str]]], tmp_path_factory: pytest.TempPathFactory) -> LiveResult:
    """A run whose hub, on the other machine, is stopped and started, after a stranger has spoken to it."""
    stranger_speaks(read_machines(waiting[0]))
    return tf.live(
        NAME, speed=10.0, log=tmp_path_factory.mktemp("two") / "log", machines=waiting[0],
        events=[(100.0, "stop", "INDOPACOM"), (150.0, "start", "INDOPACOM")],
    )  # fmt: skip


def stranger_speaks(machines: Machines) -> None:
    for machine in machines.nodes.values():
        stranger = Client(f"tcp://{machine.host}:{machine.port}", machine.public, new_keys())
        stranger.send(packed(["stop", None]))
        time.sleep(0.5)
        assert not list(stranger.received())
        stranger.close()


class Slow:
    """A process that is ready when it has been asked a hundred times."""

    asked = 0

    def received(self) -> Iterator[tuple[str, object]]:
        self.asked += 1
        if self.asked == 100:
            yield "ready", "at last"


def test_a_machine_hears_of_the_run_while_others_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would give the run up: where many processes start at once, loading may take longer than it waits."""
    machines, said = read_machines(addresses(tmp_path)), list[object]()
    remote = Remote("JPN", machines.nodes["JPN"], machines.links.keys(), tmp_path / "log")
    monkeypatch.setattr(remote, "send", said.append)
    crew = Crew.__new__(Crew)
    crew._is_over, crew._remote, crew._channels = bool, {"JPN": remote}, {"JPN": remote, "ROK": Slow()}
    assert crew._ready("ROK") == "at last"
    assert said and set(said) == {("ping", 0.0)}


def test_nodes_on_another_machine_work_as_those_here(done: LiveResult) -> None:
    for name, node in done.document["nodes"].items():
        assert node["refused"] == 0 and node["received"] > 50
        assert node["cycles"] == 64 or name == "INDOPACOM"
    assert 0.0 < done.document["bus_ms"]["median"] < done.document["bus_ms"]["p95"] < 1e3
    words = [record[0] for record in records(done.log / "links.log") if record[0] in ("down", "up")]
    assert words == ["down", "up"]


def test_their_logs_give_the_tracks_that_they_sent(done: LiveResult) -> None:
    run, sent = tf.replay(done.log), dict.fromkeys(AWAY, 0)
    for i, node in enumerate(run.scenario.nodes):
        rows = run.local.of(i)
        for what, _, *values in records(done.log / f"{node.node_id}.log"):
            body = decode(values[0]).body if what == "sent" else None
            if node.node_id in AWAY and isinstance(body, Report) and body.level == TRACK:
                for stated in body.tracks:
                    assert same_bits(stated.mean, run.local.mean[rows[stated.track], body.cycle])
                    sent[node.node_id] += 1
    assert sent["JPN"] > 20
    assert len(run.tracks) > 200


def test_who_has_no_known_key_is_turned_away(
    done: LiveResult, waiting: tuple[Path, list[subprocess.Popen[str]]]
) -> None:
    """Also from ending a node: the stranger asked for that, and the run was whole all the same."""
    for name, node in zip(AWAY, waiting[1], strict=True):
        out, _ = node.communicate(timeout=60)
        assert node.returncode == 0
        assert f"{name}: the run is over" in out and "0 with unknown keys" not in out


def test_a_node_that_does_not_answer_is_said(tmp_path: Path) -> None:
    machines = read_machines(addresses(tmp_path))
    remote = Remote("JPN", machines.nodes["JPN"], machines.links.keys(), tmp_path / "log")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("trackfuse.realtime.remote.ANSWER_S", 0.3)
        with pytest.raises(TrackfuseError, match=rf"JPN does not answer at {THERE}:\d+: does `trackfuse node` run"):
            remote.begin(setups()[0], "tcp://127.0.0.1:1", machines.links.public)


def setups() -> tuple:
    scenario = tf.load_scenario(NAME)
    prepared = prepare(scenario)
    return setups_of(scenario, prepared, draw_noise(scenario, prepared, seed=0, run=0))


def test_what_a_node_works_by_comes_as_it_was_sent() -> None:
    import msgpack

    for setup in setups():
        got = setup_of(msgpack.unpackb(packed(said_of(setup))))
        assert replace(got, sources=setup.sources, cycle_s=setup.cycle_s, delay_s=setup.delay_s) == replace(setup)
        for name in ("cycle_s", "delay_s"):
            assert same_bits(getattr(got, name), getattr(setup, name))
        for name in ("home", "is_infrared", "angles_only", "report_delay_s"):
            one, other = getattr(got.sources, name), getattr(setup.sources, name)
            assert np.array_equal(one, other) and one.dtype == other.dtype and one.flags.writeable


# ---- the file -------------------------------------------------------------------------------------------------------


def test_a_secret_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    public = write_keys(tmp_path / "a.key")
    assert stat.S_IMODE(os.stat(tmp_path / "a.key").st_mode) == 0o600
    assert zmq.curve_public((tmp_path / "a.key").read_bytes()).decode() == public
    with pytest.raises(DataError, match="cannot be written"):
        write_keys(tmp_path / "a.key")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[links]", "[link]", "no table 'link'; did you mean 'links'"),
        ("[nodes.JPN]", "[nodes.JPM]", "no node 'JPM'; did you mean 'JPN'"),
        ("public", "publik", "no field 'publik'; did you mean 'public'"),
        ('address = "127.0.0.1:', 'address = "127.0.0.1', "is not host:port"),
        ("public = '", "public = '#", "is no key of 40 characters"),
    ],
)
def test_a_wrong_file_of_addresses_is_refused(tmp_path: Path, old: str, new: str, why: str) -> None:
    file = addresses(tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=why):
        tf.live(NAME, machines=file, log=tmp_path / "log")
    assert not (tmp_path / "log").exists()


def test_a_key_of_another_is_refused(tmp_path: Path) -> None:
    machines = read_machines(addresses(tmp_path))
    (tmp_path / "links.key").write_bytes((tmp_path / "JPN.key").read_bytes())
    with pytest.raises(DataError, match="is not the secret key of public key"):
        machines.links.keys()
    (tmp_path / "links.key").write_text("short")
    with pytest.raises(DataError, match="is no secret key"):
        machines.links.keys()
