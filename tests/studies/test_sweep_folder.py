"""A sweep's folder knows what belongs to it, says what does not, and mends what it can by flying it again."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree

import numpy as np
import pandas as pd
import pytest

import trackfuse as tf
from trackfuse.core import version
from trackfuse.core.errors import DataError, SettingsError
from trackfuse.studies.sweeps import engine, store
from trackfuse.studies.sweeps.study import Study

BASE, OVER = "kn25_2023_02_20", {"policy.latency_s": [1.0, 5.0]}


def fly(out: Path, seed: int = 1, **changes: object) -> Study:
    asked = {"over": OVER, "policies": ["bilateral", "trilateral"], "runs": 1, "threads": 1, "block": 1}
    return tf.sweep(BASE, seed=seed, out=out, **(asked | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sweep") / "one"
    fly(folder)
    return folder


@pytest.fixture
def there(flown: Path, tmp_path: Path) -> Path:
    return Path(copytree(flown, tmp_path / "there"))


def alter_points(folder: Path) -> None:
    points = pd.read_parquet(folder / store.POINTS)
    points.loc[0, "policy.latency_s"] = 999.0
    points.to_parquet(folder / store.POINTS)


def other_seed(folder: Path) -> None:
    other = fly(folder.parent / "other", seed=2)
    for block in store.blocks(other.folder)[:1]:
        store.blocks(folder)[0].path.unlink()
        (folder / "rows" / block.path.name).write_bytes(block.path.read_bytes())


FAULTS: dict[str, Callable[[Path], object]] = {
    "points are missing": lambda folder: (folder / store.POINTS).unlink(),
    "points are empty": lambda folder: (folder / store.POINTS).write_bytes(b""),
    "points are altered": alter_points,
    "a block is altered": lambda folder: store.blocks(folder)[0].path.write_bytes(b"PAR1"),
    "a block of another seed": other_seed,
    "rows are missing": lambda folder: rmtree(folder / "rows"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_belong_is_said_and_mended(flown: Path, there: Path, fault: str) -> None:
    FAULTS[fault](there)
    with pytest.raises(DataError, match="the same sweep into the same folder"):
        tf.load_sweep(there)
    mended, wanted = fly(there), tf.load_sweep(flown)
    pd.testing.assert_frame_equal(mended.points, wanted.points)
    pd.testing.assert_frame_equal(mended.rows, wanted.rows)
    assert mended.complete


def test_points_that_another_program_wrote_again_are_the_same(flown: Path, there: Path) -> None:
    points = pd.read_parquet(there / store.POINTS)
    points.astype({"varied": "category", "point": "Int64"}).to_parquet(there / store.POINTS)
    again, good = tf.load_sweep(there), tf.load_sweep(flown)
    pd.testing.assert_frame_equal(again.points, good.points)
    pd.testing.assert_frame_equal(again.summary, good.summary)


def test_what_is_altered_while_a_sweep_is_open_is_said(there: Path) -> None:
    study = tf.load_sweep(there)
    store.blocks(there)[0].path.write_bytes(b"PAR1")
    for look in (lambda: study.rows, lambda: study.summary, lambda: tf.gains(study)):
        with pytest.raises(DataError, match="is torn or altered"):
            look()


def test_what_systems_leave_behind_is_passed_over(flown: Path, there: Path) -> None:
    for name in (".DS_Store", "Thumbs.db", "rows/.DS_Store", "rows/._tasks", "rows/desktop.ini"):
        (there / name).write_bytes(b"x")
    pd.testing.assert_frame_equal(tf.load_sweep(there).rows, tf.load_sweep(flown).rows)
    assert fly(there).complete
    empty = there.parent / "empty"
    empty.mkdir()
    (empty / ".DS_Store").write_bytes(b"x")
    assert fly(empty).complete


def test_what_a_person_put_there_is_named(there: Path) -> None:
    (there / "rows" / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match=r"notes\.txt: is no part of this sweep"):
        tf.load_sweep(there)
    assert (there / "rows" / "notes.txt").exists()


def test_other_code_of_the_same_version_does_not_go_on(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads((there / store.MANIFEST).read_text())["code"] == version.code_hash()
    plan = engine.Plan
    monkeypatch.setattr(engine, "Plan", lambda **given: plan(**given, code_hash="0" * 32))
    with pytest.raises(SettingsError, match="holds a sweep with code"):
        fly(there)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "null", "3", "{}", '"x"', "[" * 100_000, '{"format": 3}', "\x00", '{"a": 1e999}', "{" * 5000],
    ids=lambda content: content[:6] + str(len(content)),
)
def test_a_manifest_that_is_none(there: Path, content: str) -> None:
    (there / store.MANIFEST).write_text(content)
    for call in (tf.load_sweep, fly):
        with pytest.raises(DataError, match=r"manifest\.json: is damaged") as caught:
            call(there)
        assert len(str(caught.value)) < 400


def test_a_manifest_with_values_of_another_kind(there: Path) -> None:
    good = json.loads((there / store.MANIFEST).read_text())
    for key in good:
        (there / store.MANIFEST).write_text(json.dumps(good | {key: {"odd": [None]}}))
        if key not in ("columns", "hashes", "design"):
            with pytest.raises(DataError, match=r"manifest\.json: is damaged|is torn or altered, or of another sweep"):
                tf.load_sweep(there)


def test_a_cluster_may_be_given_instead_of_its_client() -> None:
    class Cluster:
        scheduler_address = "tcp://127.0.0.1:1"

    with pytest.raises(SettingsError, match=r"tcp://127\.0\.0\.1:1"), engine.connected(Cluster()):
        pass
    with pytest.raises(SettingsError, match="is no dask client"), engine.connected(3):
        pass


def test_numbers_as_numpy_and_pandas_have_them(flown: Path, tmp_path: Path) -> None:
    """The same bits for a list, an array, a Series and an Index, and for numpy's whole numbers."""
    wanted = tf.load_sweep(flown).rows
    for k, values in enumerate((np.array([1.0, 5.0]), pd.Series([1.0, 5.0]), pd.Index([1.0, 5.0]), (1.0, 5.0))):
        given = {"over": {"policy.latency_s": values}, "runs": np.int64(1), "threads": np.int32(1)}
        made = tf.sweep(BASE, policies=["bilateral", "trilateral"], seed=np.int64(1), out=tmp_path / str(k), **given)
        pd.testing.assert_frame_equal(made.rows, wanted)
    assert os.path.isdir(tmp_path / "3")
