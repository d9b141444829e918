"""Sweeps: the same bits whatever flies them, tidy rows, and nothing trusted that was not written whole."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import trackfuse as tf
from trackfuse.core.errors import DataError, SettingsError
from trackfuse.simulation.figures import FIGURES, nation_figures
from trackfuse.studies.sweeps import store

NAME, POLICIES, RUNS, SEED = "hwasong12_2022_10_04", ("bilateral", "trilateral"), 4, 11
OVER = {"policy.latency_s": [1, 40.0], "launch.range_km": [4600.0, 19000.0]}
"""Nothing of the class reaches the last range."""

Sweep = Callable[..., tf.Study]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tf.Study:
    folder = tmp_path_factory.mktemp("sweep") / "whole"
    return tf.sweep(NAME, OVER, POLICIES, runs=RUNS, seed=SEED, out=folder, threads=1)


@pytest.fixture(scope="module")
def small_blocks(tmp_path_factory: pytest.TempPathFactory) -> tf.Study:
    folder = tmp_path_factory.mktemp("sweep") / "small"
    return tf.sweep(NAME, OVER, POLICIES, runs=RUNS, seed=SEED, out=folder, block=3)


@pytest.fixture
def begun(small_blocks: tf.Study, tmp_path: Path) -> Path:
    """A copy of the sweep, in small blocks, to be harmed."""
    return Path(shutil.copytree(small_blocks.folder, tmp_path / "begun"))


def again(folder: Path, **changes: Any) -> tf.Study:
    asked: dict[str, Any] = {"over": OVER, "policies": POLICIES, "runs": RUNS, "seed": SEED, "out": folder}
    return tf.sweep(changes.pop("base", NAME), **(asked | changes))


def same_bits(a: tf.Study, b: tf.Study) -> bool:
    one, other = a.rows, b.rows
    texts = [name for name in one if one[name].dtype == object or str(one[name].dtype).startswith("str")]
    numbers = [name for name in one if name not in texts]
    return bool((one[texts] == other[texts]).all(axis=None)) and all(
        one[name].to_numpy().tobytes() == other[name].to_numpy().tobytes() for name in numbers
    )


@pytest.mark.parametrize(("threads", "block"), [(2, None), (2, 1), (1, 5), (3, 16)])
def test_neither_threads_nor_blocks_change_a_bit(study: tf.Study, tmp_path: Path, threads: int, block: int) -> None:
    assert same_bits(study, again(tmp_path / "other", threads=threads, block=block))


def test_rows_are_those_of_the_single_runs(study: tf.Study) -> None:
    rows = study.rows
    assert len(rows) == 2 * RUNS * len(POLICIES) * (3 + 2)  # two points flown; Aomori and Hachinohe
    assert not rows.duplicated(["point", "policy", "run", "nation", "place"]).any()
    scenario = tf.load_scenario(NAME).in_posture(None, "drawn")
    one = tf.simulate(scenario, scenario.policy("trilateral", latency_s=40.0), seed=SEED, run=3)
    mine = rows[(rows["policy.latency_s"] == 40.0) & (rows["policy"] == "trilateral") & (rows["run"] == 3)]
    nations = mine[mine["place"] == ""].set_index("nation").loc[list(scenario.nations), [each.name for each in FIGURES]]
    np.testing.assert_array_equal(nations.to_numpy(), nation_figures(one)[0])
    arrived = {p.name: w for p, w in zip(scenario.places, one.launch_notices[0].notices.warning_time_s, strict=True)}
    for place in mine[mine["place"] != ""].itertuples():
        assert place.warning_time_s == arrived[place.place] and np.isnan(place.first_notice_s)


def test_a_point_that_cannot_be_flown_is_told_and_stops_no_other(study: tf.Study) -> None:
    assert list(study.not_flown) == [1, 3] and "range_km 19000" in study.not_flown[1]
    assert set(study.rows["point"]) == {0, 2} and study.complete
    on_disk = pd.read_parquet(study.folder / "points.parquet")
    pd.testing.assert_frame_equal(on_disk, study.points)


def test_the_folder_opens_in_pandas_duckdb_and_polars(study: tf.Study) -> None:
    folder, rows = study.folder / "rows", study.rows
    wanted = rows.groupby("policy")["warning_time_s"].mean().to_dict()
    by_pandas = pd.read_parquet(folder).groupby("policy")["warning_time_s"].mean().to_dict()
    ask = f"select policy, avg(warning_time_s), count(*) from '{folder}/*.parquet' group by policy"
    by_duckdb = {policy: (mean, n) for policy, mean, n in duckdb.sql(ask).fetchall()}
    by_polars = pl.read_parquet(folder).group_by("policy").agg(pl.col("warning_time_s").mean()).rows()
    for policy, mean in wanted.items():
        assert by_pandas[policy] == pytest.approx(mean)
        assert by_duckdb[policy] == (pytest.approx(mean), len(rows) // 2)
        assert dict(by_polars)[policy] == pytest.approx(mean)


def test_the_manifest_says_what_was_asked_for(study: tf.Study) -> None:
    manifest = json.loads((study.folder / "manifest.json").read_text())
    assert manifest["trackfuse"] == tf.__version__ and len(manifest["data"]) >= 32
    assert (manifest["seed"], manifest["runs"], manifest["policies"]) == (SEED, RUNS, list(POLICIES))
    assert manifest["design"] == {"kind": "grid", "points": 4, "over": {k: list(v) for k, v in OVER.items()}}
    assert list(manifest["columns"]) == list(study.rows)
    assert str(SEED) in study.caption() and tf.__version__ in study.caption()


def test_gains_are_those_of_compare(study: tf.Study) -> None:
    scenario = tf.load_scenario(NAME)
    policies = ["bilateral", scenario.policy("trilateral", latency_s=40.0)]
    wanted = tf.compare(scenario, policies, runs=RUNS, seed=SEED).gains
    found = tf.gains(study, baseline="bilateral")
    assert list(found)[:4] == ["point", *OVER, "varied"]
    columns = [name for name in wanted if name not in ("scenario", "posture")]
    index = ["policy", "object", "nation", "place", "figure"]
    wanted = wanted[wanted["figure"].isin(found["figure"])].set_index(index)
    mine = found[found["point"] == 2][columns].set_index(index).loc[wanted.index]
    pd.testing.assert_frame_equal(mine, wanted[list(mine)], check_dtype=False)
    medians = study.summary.set_index(["point", "policy", "nation", "place", "figure"])["median"]
    nodes = tf.compare(scenario, policies, runs=RUNS, seed=SEED).nodes
    nodes = nodes.set_index(["policy", "nation", "figure"])["median"]
    assert medians[2, "trilateral", "JPN", "", "first_notice_s"] == nodes["trilateral", "JPN", "first_notice_s"]


def test_gains_want_a_baseline_that_was_flown(study: tf.Study) -> None:
    with pytest.raises(SettingsError, match="bilateral"):
        tf.gains(study, baseline="bilatral")


def test_calling_again_flies_nothing(study: tf.Study, begun: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (begun / "rows").iterdir()}
    assert same_bits(study, again(begun, block=7))
    assert before == {path: path.stat().st_mtime_ns for path in (begun / "rows").iterdir()}


def test_what_is_torn_altered_or_lost_is_flown_again(
    study: tf.Study, begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = sorted((begun / "rows").iterdir())
    files[0].write_bytes(files[0].read_bytes()[:-100])
    altered = bytearray(files[1].read_bytes())
    altered[len(altered) // 2] ^= 1
    files[1].write_bytes(bytes(altered))
    files[2].unlink()
    shutil.copy(files[3], files[3].with_name(files[3].name.replace("0000000000", "0000000001", 1)))
    (begun / "partial").mkdir()
    (begun / "partial" / "half.parquet").write_bytes(b"half")
    with pytest.raises(DataError, match="torn or altered"):
        tf.load_sweep(begun)
    assert same_bits(study, again(begun))
    assert "3 torn or altered" in capsys.readouterr().err
    assert not (begun / "partial").exists()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"seed": SEED + 1}, "seed 11, this one has 12"),
        ({"runs": RUNS + 1}, "runs"),
        ({"over": OVER | {"policy.latency_s": [1, 41.0]}}, "design"),
        ({"policies": ("bilateral", "ideal")}, "policies"),
        ({"base": "nodong_2016_08_03"}, "scenario"),
    ],
)
def test_another_sweep_is_not_mixed_in(study: tf.Study, changes: dict[str, Any], word: str) -> None:
    before = sorted(path.name for path in study.folder.rglob("*"))
    with pytest.raises(SettingsError, match=word):
        again(study.folder, **changes)
    assert sorted(path.name for path in study.folder.rglob("*")) == before


@pytest.mark.parametrize("key", ["trackfuse", "data", "format"])
def test_another_version_or_data_is_not_mixed_in(begun: Path, key: str) -> None:
    manifest = json.loads((begun / "manifest.json").read_text())
    (begun / "manifest.json").write_text(json.dumps(manifest | {key: "another"}))
    with pytest.raises(SettingsError, match=f"{key} another"):
        again(begun)


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path, begun: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SettingsError, match="holds no sweep"):
        again(tmp_path)
    with pytest.raises(SettingsError, match="is a file"):
        again(tmp_path / "notes.txt")
    (begun / "rows" / "mine.parquet").write_bytes(b"")
    with pytest.raises(DataError, match="no part of this sweep"):
        again(begun)
    with pytest.raises(DataError, match="holds no sweep"):
        tf.load_sweep(tmp_path)
    (begun / "manifest.json").write_text("{")
    with pytest.raises(DataError, match="damaged"):
        tf.load_sweep(begun)


def test_two_sweeps_do_not_write_to_one_folder(begun: Path) -> None:
    with store.locked(begun), pytest.raises(SettingsError, match="another sweep is being written"):
        again(begun)


def test_a_full_disk_is_told_and_costs_nothing_finished(
    study: tf.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, real = [], os.fsync

    def full_after_four(handle: int) -> None:
        written.append(handle)
        if len(written) > 12:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", full_after_four)
    with pytest.raises(OSError, match=r"No space left on device; finished blocks are kept"):
        again(tmp_path / "full", block=1)
    monkeypatch.undo()
    kept, key = store.blocks(tmp_path / "full"), store.key_of(tmp_path / "full")
    assert kept and all(store.content_of(block, key) for block in kept)
    assert not list((tmp_path / "full" / "partial").iterdir())
    assert not tf.load_sweep(tmp_path / "full").complete
    assert same_bits(study, again(tmp_path / "full", block=1))


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"over": {"policy.latncy_s": [1]}}, "latency_s"),
        ({"over": {"policy.loss": [2.0]}}, "2.0"),
        ({"over": {}}, "nothing to vary"),
        ({"policies": ()}, "no policy"),
        ({"policies": ("mesh", "mesh")}, "one name"),
        ({"runs": 0}, "runs"),
        ({"threads": 0}, "threads"),
        ({"block": 1.5}, "block"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_requests_are_refused_before_anything_is_written(tmp_path: Path, changes: dict, hint: str) -> None:
    with pytest.raises(tf.TrackfuseError, match=hint):
        again(tmp_path / "bad", **changes)
    assert not (tmp_path / "bad").exists()


def test_a_changed_scenario_can_be_swept(tmp_path: Path) -> None:
    base = tf.load_scenario(NAME)
    changed = replace(base, sensors=base.sensors[:6], name="six")
    made = tf.sweep(changed, {"rule.decision_s": [0.0, 60.0]}, ["ideal"], runs=1, out=tmp_path / "six")
    assert made.manifest["scenario"] == "six" and "rule.decision_s" in repr(made)
    with pytest.raises(SettingsError, match="only policy"):
        tf.gains(made, baseline="ideal")


def test_missing_ranges_fill_the_gaps_at_multiples_of_the_size() -> None:
    def block(first: int, last: int) -> store.Block:
        return store.Block(first=first, last=last, path=Path())

    assert list(store.missing([block(3, 5), block(9, 10)], 14, 4)) == [(0, 3), (5, 8), (8, 9), (10, 12), (12, 14)]
    assert list(store.missing([], 5, 2)) == [(0, 2), (2, 4), (4, 5)]
    assert list(store.missing([block(0, 5)], 5, 2)) == []
