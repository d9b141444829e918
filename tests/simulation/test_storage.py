"""A run comes back from its folder to the bit; what is damaged or foreign is refused, and nothing is half written."""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.core.errors import DataError
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.run import Run, load_run
from trackfuse.simulation.storage import hash_of_words


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal to the bit, with equal types of arrays."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if is_dataclass(one):
        return type(one) is type(other) and all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (one != one and other != other)


@pytest.fixture(scope="module")
def run() -> Run:
    return tf.simulate("kn23_2022_09_25", "bilateral", seed=4, run=1)


@pytest.mark.parametrize("name", ["kn23_2022_09_25", "kn25_2024_05_30"])
def test_to_the_bit(name: str, tmp_path: Path) -> None:
    """One object, and a salvo whose detections have to be associated."""
    run = tf.simulate(name, "trilateral", seed=3)
    back = load_run(run.save(tmp_path / "mine" / "run"))
    assert all(same(getattr(run, f), getattr(back, f)) for f in Outcome.__dataclass_fields__)
    assert back.notices.equals(run.notices)
    assert back.caption() == run.caption()


def test_a_changed_policy_and_scenario(tmp_path: Path) -> None:
    base = tf.load_scenario("kn23_2022_09_25")
    scenario = tf.change(base, tracker=tf.change(base.tracker, fusion="ici"))
    run = tf.simulate(scenario, base.policy("trilateral", latency_s=7.5), seed=1)
    back = load_run(run.save(tmp_path / "run"))
    assert back.scenario == run.scenario == scenario.in_posture(None, "full")
    assert back.policy == run.policy


def test_a_saved_run_is_replaced_and_anything_else_is_not(run: Run, tmp_path: Path) -> None:
    run.save(tmp_path / "run")
    other = tf.simulate("kn23_2022_09_25", "national", seed=4)
    other.save(tmp_path / "run")
    assert load_run(tmp_path / "run").policy.name == "national"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(DataError, match="is no saved run"):
        run.save(tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "run"]


def test_nothing_is_left_of_a_save_that_fails(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run.save(tmp_path / "run")
    before = (tmp_path / "run" / "run.json").read_text()
    monkeypatch.setattr(json, "dumps", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run.save(tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run" / "run.json").read_text() == before


def test_the_old_run_stays_until_the_new_one_is_whole(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one file operation after which only the old run could be missing fails: it is still there, beside."""
    run.save(tmp_path / "run")
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, to: replace(self, to) if self.name == "run" else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run.save(tmp_path / "run")
    monkeypatch.undo()
    (kept,) = tmp_path.iterdir()
    assert load_run(kept).notices.equals(run.notices)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda folder: (folder / "run.json").unlink(), "run.json: cannot be read"),
        (lambda folder: (folder / "run.json").write_text("[" * 100_000), "run.json: cannot be read"),
        (lambda folder: (folder / "run.json").write_text("null"), "no description of a run"),
        (lambda folder: (folder / "run.json").write_text('{"form": 99}'), "form: 99 is not 2"),
        (lambda folder: (folder / "arrays.parquet").unlink(), "arrays.parquet: is missing"),
        (lambda folder: (folder / "arrays.parquet").write_bytes(b"PAR1"), "arrays.parquet: is missing"),
        (lambda folder: change(folder, lambda said: said.update(seed=1), hashed=False), "run.json: was altered"),
        (lambda folder: change(folder, lambda said: said.pop("hash"), hashed=False), "run.json: was altered"),
        (lambda folder: change(folder, lambda said: said["scenario"].pop("launch")), "run: is damaged"),
        (lambda folder: change(folder, lambda said: said["values"].pop("fused")), "run: is damaged"),
        (lambda folder: change(folder, lambda said: said.update(prepared="0")), "computes otherwise"),
    ],
)
def test_damage_is_named(run: Run, tmp_path: Path, damage: Any, says: str) -> None:
    folder = run.save(tmp_path / "run")
    damage(folder)
    with pytest.raises(DataError, match=says):
        load_run(folder)


def change(folder: Path, how: Any, *, hashed: bool = True) -> None:
    """Change what `run.json` says; by default as a program does that knows of the hash."""
    said = json.loads((folder / "run.json").read_text())
    how(said)
    if hashed:
        said["hash"] = hash_of_words({name: each for name, each in said.items() if name != "hash"})
    (folder / "run.json").write_text(json.dumps(said))
