"""Detections that somebody brings, through the processes of a live run: what centres hold and announce of them."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import trackfuse as tf
from tests.realtime.conftest import same_bits
from trackfuse.core.errors import DataError, SettingsError
from trackfuse.realtime.bodies import TRACK, Report
from trackfuse.realtime.live_run import LiveResult
from trackfuse.realtime.log import records
from trackfuse.realtime.replay import replayed
from trackfuse.realtime.wire import decode

NAME = "kn25_2024_05_30"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Of four missiles."""
    return tf.simulate(NAME, "national", seed=5).detections


@pytest.fixture(scope="module")
def done(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> LiveResult:
    folder = tmp_path_factory.mktemp("given")
    table.to_csv(folder / "own.csv", index=False)
    words = ["live", NAME, "--detections", str(folder / "own.csv"), "--speed", "20", "--log", str(folder / "log")]
    command = [sys.executable, "-m", "trackfuse", *words, "--json"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    return LiveResult(document=json.loads(said.stdout))


def test_centres_of_three_nations_hold_several_objects(done: LiveResult) -> None:
    nation = {node.node_id: node.nation for node in tf.load_scenario(NAME).nodes}
    tracks = done.tracks
    held = tracks.groupby("node")["track"].nunique()
    assert {nation[node] for node in held.index[held >= 4]} == {"JPN", "ROK", "USA"}
    announced = pd.DataFrame(tracks.attrs["notices"])
    assert {"JPN", "ROK", "USA"} <= set(announced["nation"])
    assert all(node["refused"] == 0 for node in done.document["nodes"].values())


def test_the_log_gives_the_tracks_that_were_sent(done: LiveResult) -> None:
    run, sent = replayed(done.log), 0
    for i, node in enumerate(run.scenario.nodes):
        rows = run.local.of(i)
        for what, _, *values in records(done.log / f"{node.node_id}.log"):
            body = decode(values[0]).body if what == "sent" else None
            if isinstance(body, Report) and body.level == TRACK:
                for stated in body.tracks:
                    assert same_bits(stated.mean, run.local.mean[rows[stated.track], body.cycle])
                    assert same_bits(stated.covariance, run.local.covariance[rows[stated.track], body.cycle])
                    sent += 1
    assert sent > 300


def test_a_run_without_a_truth_is_not_replayed_as_one_with_it(done: LiveResult) -> None:
    with pytest.raises(DataError, match="given detections has no truth"):
        tf.replay(done.log)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"sensor": "KR-GP-C9"}, DataError, "did you mean 'KR-GP-C"),
        ({"t_s": -1.0}, DataError, "t_s -1 is before 0 s"),
        ({"elevation_deg": 91.0}, DataError, "row 1 elevation_deg: 91.0 is not in"),
        ({}, SettingsError, "given ones are not drawn"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_starts(
    table: pd.DataFrame, tmp_path: Path, change: dict[str, object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        own = table.assign(**change)  # type: ignore[arg-type]
        tf.live(NAME, detections=own, log=tmp_path / "log", seed=0 if change else 3)
    assert not (tmp_path / "log").exists()
