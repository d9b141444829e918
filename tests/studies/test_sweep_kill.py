"""Sweeps that are killed or interrupted, and clusters that lose workers: nothing finished is lost, no bit changes."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import trackfuse as tf
from tests.signals import AFTER_CTRL_C
from trackfuse.core.errors import SettingsError
from trackfuse.studies.sweeps import store

NAME, SEED = "hwasong12_2022_10_04", 5
ASKED: dict[str, Any] = {"over": {"policy.latency_s": [1, 20, 40, 60]}, "policies": ["trilateral"], "runs": 15,
                         "seed": SEED, "block": 4}  # fmt: skip
ENDLESS = f"""scenario = "{NAME}"
runs = 100000
[over]
"policy.latency_s" = [1, 60]
"""
COMMAND = [sys.executable, "-c", "import sys; from trackfuse.cli import main; sys.exit(main())", "sweep"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tf.Study:
    return tf.sweep(NAME, out=tmp_path_factory.mktemp("sweep") / "whole", **ASKED)


def same_files(a: tf.Study, folder: Path) -> bool:
    """The names hold the hashes of the bytes, and `load_sweep` has looked."""
    tf.load_sweep(folder)
    return [path.name for path in files(a.folder)] == [path.name for path in files(folder)]


def files(folder: Path) -> list[Path]:
    return sorted((folder / "rows").glob("*.parquet"))


def wait_for_blocks(folder: Path, count: int) -> list[Path]:
    until = time.monotonic() + 120.0
    while len(files(folder)) < count:
        assert time.monotonic() < until, "no block was ever written"
        time.sleep(0.01)
    return files(folder)


def test_a_killed_process_is_resumed_with_the_same_bits(study: tf.Study, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    call = f"import trackfuse as tf; tf.sweep({NAME!r}, out={str(folder)!r}, **{ASKED!r}, threads=2)"
    process = subprocess.Popen([sys.executable, "-c", call])
    there = wait_for_blocks(folder, 3)
    process.kill()
    process.wait()
    left = files(folder)
    assert len(left) < len(files(study.folder)) and not tf.load_sweep(folder).complete
    flown: list[str] = []
    before = {path: path.stat().st_ino for path in left}
    tf.sweep(NAME, out=folder, **ASKED)
    after = {path: path.stat().st_ino for path in files(folder)}
    flown = [path.name for path in after if path not in before]
    assert {path: after[path] for path in left} == before and set(there) <= set(before)
    assert len(flown) == len(after) - len(left)
    assert same_files(study, folder)


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    (tmp_path / "endless.toml").write_text(ENDLESS)
    out = tmp_path / "out"
    process = subprocess.Popen([*COMMAND, str(tmp_path / "endless.toml"), "--out", str(out)], start_new_session=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    until = time.monotonic() + 120.0
    while not (out / "manifest.json").exists():
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.01)
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)
    assert process.returncode in AFTER_CTRL_C and said[0] == "" and said[1] == "trackfuse: interrupted\n"
    assert not list((out / "partial").glob("*"))
    assert not tf.load_sweep(out).complete


# ---- a cluster ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers on this machine, heard on its loopback interface only."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as made:
        yield made


def test_the_cluster_listens_on_the_loopback_interface_only(cluster: Any) -> None:
    import psutil

    pids = [os.getpid(), *(worker.pid for worker in cluster.workers.values())]
    heard = [c.laddr.ip for pid in pids for c in psutil.Process(pid).net_connections("tcp") if c.status == "LISTEN"]
    assert heard and set(heard) == {"127.0.0.1"}


def test_a_cluster_gives_the_same_bits_also_when_a_worker_is_killed(
    study: tf.Study, cluster: Any, tmp_path: Path
) -> None:
    folder, victim = tmp_path / "cluster", next(iter(cluster.workers.values())).pid
    killed = []

    def kill() -> None:
        wait_for_blocks(folder, 2)
        os.kill(victim, signal.SIGKILL)
        killed.append(len(files(folder)))

    killer = threading.Thread(target=kill, daemon=True)
    (folder / "rows").mkdir(parents=True)
    killer.start()
    tf.sweep(NAME, out=folder, client=cluster.scheduler_address, **ASKED)
    killer.join()
    assert killed[0] < len(files(folder))
    assert same_files(study, folder)


def test_a_client_can_be_given(study: tf.Study, cluster: Any, tmp_path: Path) -> None:
    from distributed import Client

    with Client(cluster, set_as_default=False) as client:
        made = tf.sweep(NAME, out=tmp_path / "client", client=client, **ASKED)
        assert client.status == "running"
    assert same_files(study, made.folder)


def test_a_scheduler_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trackfuse.studies.sweeps import engine

    assert engine.ANSWER_WITHIN_S < 10.0
    monkeypatch.setattr(engine, "ANSWER_WITHIN_S", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        listening = silent.getsockname()[1]
        with pytest.raises(SettingsError, match="does not answer"):
            tf.sweep(NAME, out=tmp_path / "x", client=f"tcp://127.0.0.1:{listening}", **ASKED)
    with pytest.raises(SettingsError, match="does not answer"):
        tf.sweep(NAME, out=tmp_path / "x", client=f"tcp://127.0.0.1:{listening}", **ASKED)
    with pytest.raises(SettingsError, match="scheduler"):
        tf.sweep(NAME, out=tmp_path / "x", client="127.0.0.1", **ASKED)
    assert not (tmp_path / "x").exists()


def test_no_half_written_block_is_trusted(study: tf.Study, tmp_path: Path) -> None:
    block, key = store.blocks(study.folder)[0], store.key_of(study.folder)
    half = tmp_path / block.path.name
    half.write_bytes(block.path.read_bytes()[:-1])
    assert store.content_of(block, key) == block.path.read_bytes()
    assert store.content_of(store.Block(first=block.first, last=block.last, path=half), key) is None
