"""A run in a folder, and back: Parquet for arrays and tables, JSON for everything else, nothing that runs code."""

import dataclasses
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from trackfuse.catalog.datafiles import reading_parquet
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.scenario_validation import stored_fault
from trackfuse.core.errors import DataError
from trackfuse.core.plugins import check_registered
from trackfuse.sharing import Policy
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.prepare import Prepared, prepare
from trackfuse.simulation.provenance import own_parts, parts_asked_for

FORM = 2
"""Of the folder; a later one is refused, and so is what is no number."""
RUN, ARRAYS = "run.json", "arrays.parquet"
KEPT = (
    "present", "measurements", "deliveries", "knowledge", "local_tracks", "clusters", "fused", "objects", "follows",
    "launch_notices",
)  # fmt: skip
"""Fields of a run that are stored; its flights are solved anew, and compared."""


def save(run: Outcome, folder: str | os.PathLike[str], tables: Mapping[str, pd.DataFrame]) -> Path:
    """Write a run into a folder: `run.json`, `arrays.parquet`, and each table by its name, for other programs.

    Parameters
    ----------
    run : Outcome
    folder : str or path
        Is made. A run that is there already is replaced once the new one is whole.
    tables : mapping of str to DataFrame

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DataError
        If the folder holds something that is not a saved run.
    SettingsError
        If the run used a part of the user's own that has no registered name: nothing could read it back.
    """
    place = Path(folder)
    for role, part in parts_asked_for(run.scenario, (run.policy, *run.scenario.policies)):
        check_registered(role, part, f"{place}")
    if place.exists() and not (place.is_dir() and ((place / RUN).is_file() or not any(place.iterdir()))):
        raise DataError(f"{place}: is there already, and is no saved run; choose another folder")
    place.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray] = {}
    form = {name: _taken_apart(getattr(run, name), name, arrays) for name in KEPT}
    said = {
        "form": FORM, "version": run.version, "data_hash": run.data_hash, "seed": run.seed, "run": run.run,
        "scenario": TypeAdapter(Scenario).dump_python(run.scenario), "values": form,
        "policy": TypeAdapter(Policy).dump_python(run.policy), "prepared": _digest(run.prepared),
        "parts": own_parts(run.scenario, (run.policy,)),
    }  # fmt: skip
    new = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    old = new.with_name(f"{new.name}-old")
    try:
        _write_arrays(arrays, new / ARRAYS)
        for name, table in tables.items():
            table.to_parquet(new / f"{name}.parquet")
        said["arrays"] = _hash(new / ARRAYS)
        (new / RUN).write_text(json.dumps(said | {"hash": hash_of_words(said)}, indent=1), encoding="utf-8")
        if place.exists():  # set aside, so that one of the two is whole whenever the program is stopped
            place.replace(old)
        new.replace(place)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return place


def load(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Fields of a saved run.

    Parameters
    ----------
    folder : str or path
        As `save` wrote it.

    Returns
    -------
    dict
        Name of each field of `Outcome` -> its value, to the bit what was saved.

    Raises
    ------
    DataError
        If the folder holds no run or a damaged one, the flights of this version are not those of the run, or a part of
        the user's own that it was made with is not what is registered under its name now.
    """
    place = Path(folder)
    said = _read(place / RUN)
    if said.get("form") != FORM:
        raise DataError(f"{place / RUN} form: {said.get('form')!r} is not {FORM}, the form that this version reads")
    if said.pop("hash", None) != hash_of_words(said):
        raise DataError(f"{place / RUN}: was altered since the run was saved; simulate it anew")
    if not (place / ARRAYS).is_file() or _hash(place / ARRAYS) != said.get("arrays"):
        raise DataError(f"{place / ARRAYS}: is missing, or is not the file that {RUN} was written with")
    arrays = _read_arrays(place / ARRAYS)
    try:
        scenario = TypeAdapter(Scenario).validate_python(said["scenario"])
        policy = TypeAdapter(Policy).validate_python(said["policy"])
        kinds = get_type_hints(Outcome)
        values = {name: _put_together(kinds[name], said["values"][name], arrays) for name in KEPT}
        drawn = {name: said[name] for name in ("seed", "run", "version", "data_hash")}
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{place}: is damaged: {stored_fault(error)}") from error
    # A name finds what is registered under it now: other code must not pass for that of the run.
    saved, now = said.get("parts", []), own_parts(scenario, (policy,))
    if saved != now:
        made, here = ("; ".join(map(str, each)) or "none" for each in (saved, now))
        raise DataError(f"{place}: was made with parts of one's own: {made}; registered now: {here}")
    prepared = prepare(scenario)
    if _digest(prepared) != said["prepared"]:
        raise DataError(
            f"{place}: trackfuse {said['version']} made this run with flights or looks that this version computes "
            f"otherwise; simulate it anew with seed {said['seed']}, run {said['run']}"
        )
    return {"scenario": scenario, "policy": policy, "prepared": prepared, **drawn, **values}


def _taken_apart(value: Any, at: str, arrays: dict[str, np.ndarray]) -> Any:
    """A value as JSON has it; its arrays go into `arrays` by where they stand."""
    if isinstance(value, np.ndarray):
        arrays[at] = value
        return at
    if dataclasses.is_dataclass(value):
        return {
            each.name: _taken_apart(getattr(value, each.name), f"{at}.{each.name}", arrays)
            for each in dataclasses.fields(value)
        }
    if isinstance(value, tuple):
        return [_taken_apart(each, f"{at}.{k}", arrays) for k, each in enumerate(value)]
    return value


def _put_together(kind: Any, form: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The value of a kind that was taken apart."""
    if form is None:
        return None
    kind = next((each for each in get_args(kind) if each is np.ndarray), kind)  # of an array or None
    if kind is np.ndarray:
        return arrays[form]
    if dataclasses.is_dataclass(kind):
        fields, make = get_type_hints(kind), cast(Any, kind)
        return make(**{name: _put_together(fields[name], part, arrays) for name, part in form.items()})
    if get_origin(kind) is tuple:
        return tuple(_put_together(get_args(kind)[0], part, arrays) for part in form)
    return kind(form)


def _write_arrays(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """One row an array: its name, its numpy type, its shape, and its values as bytes in C order."""
    # Here and below: only who saves or loads a run waits for the import.
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({
        "name": list(arrays),
        "dtype": [each.dtype.str for each in arrays.values()],
        "shape": pa.array([list(each.shape) for each in arrays.values()], pa.list_(pa.int64())),
        "values": pa.array([np.ascontiguousarray(each).tobytes() for each in arrays.values()], pa.large_binary()),
    }), path)  # fmt: skip


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    import pyarrow.parquet as pq

    with reading_parquet(str(path)):
        rows = pq.read_table(path).to_pylist()
        return {row["name"]: np.frombuffer(row["values"], row["dtype"]).reshape(row["shape"]).copy() for row in rows}


def _read(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if not isinstance(said, dict):
        raise DataError(f"{path}: is no description of a run")
    return said


def hash_of_words(said: Mapping[str, Any]) -> str:
    """Hash of what `run.json` says, however its words are spaced.

    Parameters
    ----------
    said : mapping of str
        Without the hash.

    Returns
    -------
    str
    """
    return blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).hexdigest()


def _hash(path: Path) -> str:
    return blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _digest(prepared: Prepared) -> str:
    """Hash of the true states and of every look, which all else of a run rests on."""
    looks = [(each.looks.t_s, each.looks.sensor, each.looks.pd) for each in prepared.targets]
    digest = blake2b(digest_size=16)
    for each in (prepared.truth, prepared.arrival_s, *(array for arrays in looks for array in arrays)):
        digest.update(np.ascontiguousarray(each).tobytes())
    return digest.hexdigest()
