"""Golden results: what the workbench computed for a set of cases, kept so that nobody changes a number unknowingly.

`python -m tests.golden.golden` writes the file anew; with names of cases, it writes these anew and keeps the others.
Do so only where a number is meant to change, and say in the commit which and why.
"""

import hashlib
import json
import math
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numba.core import config

import trackfuse as tf

FILE = Path(__file__).with_name("golden.parquet")
LIBRARIES = ("numpy", "scipy", "numba", "llvmlite", "pandas")
TABLES = ("detections", "tracks", "predictions", "notices", "nodes", "received")
SAMPLES = 6
"""At most so many values of a column are kept as they are."""
TOLERANCE = 1e-7
"""Relative, between machines. Processors round a last bit differently, and filters and errors (small differences of
large numbers) make more of it: of 9,639 columns on two processors the farthest were 3e-8 apart."""
GOLDEN_RATIO = 0.5 * (math.sqrt(5.0) - 1.0)

Tables = dict[str, pd.DataFrame]
Key = tuple[str, str, str]
"""Run, table and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is kept of one column.

    Parameters
    ----------
    rows : int
        Of the table.
    kind : str
        "number", "whole" (also true and false), "list" (of numbers in every row) or "text".
    digest : str
        16 hexadecimal digits, of the exact bits.
    count : int
        Values: rows, or all numbers of all lists.
    nan, above, below : int
        How many are NaN, +inf and -inf.
    distinct : int
        How many texts differ.
    size, weighted : float
        Sum of the absolute finite values, and sum of the finite values with weights that go by the row.
    at : tuple of float
        Evenly spaced values, the first and the last among them.
    words : tuple of str
        The same of texts.
    """

    rows: int
    kind: str
    digest: str
    count: int
    nan: int = 0
    above: int = 0
    below: int = 0
    distinct: int = 0
    size: float = 0.0
    weighted: float = 0.0
    at: tuple[float, ...] = ()
    words: tuple[str, ...] = ()


Summaries = dict[Key, Summary]


def made_by() -> dict[str, str]:
    """Return what a number may depend on to its last bit: processor, system's mathematics, versions."""
    features = sorted(name for name, there in llvm.get_host_cpu_features().items() if there)
    return {
        "processor": _model(),
        "compiled for": config.CPU_NAME or llvm.get_host_cpu_name(),
        "features": _digest((config.CPU_FEATURES or ",".join(features)).encode()),
        "numpy uses": " ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])),
        "system": f"{platform.system()} {' '.join(platform.libc_ver())}",
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def differences_of_makers(kept: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """Tell how this machine differs from the one that made the file: only if in nothing, equality is to the bit."""
    return [f"{name} {kept.get(name)} there, {value} here" for name, value in here.items() if kept.get(name) != value]


def cases() -> dict[str, Callable[[], dict[str, Tables]]]:
    """Return name -> what computes the tables of every run of the case.

    Each scenario with one object flies under five policies with two seeds. Its messages, which take longer than all
    else, are kept with the first seed alone.
    """
    names = [name for name in tf.scenarios()["name"] if not tf.load_scenario(name).several]
    alone = {name: lambda name=name: _alone(_white(name)) for name in names}
    two = _white("kn25_2024_05_30")
    two = replace(two, salvo=two.salvo[:1])
    noisy = replace(_white("kn25_2023_02_20"), false_plots=True)
    shared = replace(two, tracker=replace(two.tracker, association="jpda"), false_plots=True)
    return alone | {
        "salvo": lambda: _several(two),
        "debris": lambda: _several(_white("unha3_2016_02_07")),
        "false_plots": lambda: _several(noisy),
        "jpda": lambda: _several(shared, ("bilateral",)),
        "sweep": _sweep,
        "exercise": _exercise,
    }


def _white(name: str) -> tf.Scenario:
    """A shipped scenario whose sensors draw all their errors anew at every look, as when the file was made."""
    return replace(tf.load_scenario(name), biases="white")


def _alone(scenario: tf.Scenario) -> dict[str, Tables]:
    found = {}
    for policy in ("national", "bilateral", "trilateral", "mesh", "ideal"):
        for seed in (1, 2):
            run = tf.simulate(scenario, policy, seed=seed)
            slow = ("messages",) if seed == 1 else ()
            found[f"{policy}, seed {seed}"] = _tables(run, TABLES + slow)
    return found


def _several(
    scenario: tf.Scenario, policies: tuple[str, ...] = ("bilateral", "trilateral", "ideal")
) -> dict[str, Tables]:
    runs = {policy: tf.simulate(scenario, policy, seed=7) for policy in policies}
    return {f"{policy}, seed 7": _tables(run, (*TABLES, "scores", "rates")) for policy, run in runs.items()}


def _tables(run: Any, names: tuple[str, ...]) -> Tables:
    return {name: getattr(run, name) for name in names}


def _sweep() -> dict[str, Tables]:
    over = {"policy.latency_s": [0.5, 2.0, 8.0, 30.0, 120.0], "rule.decision_s": [10.0, 30.0, 60.0, 90.0]}
    base = replace(_white("hwasong12_2022_10_04"), posture="full")
    with tempfile.TemporaryDirectory() as folder:
        study = tf.sweep(base, over, ("bilateral", "trilateral"), runs=3, seed=11, out=folder)
        return {"20 points": {"points": study.points, "rows": study.rows, "summary": study.summary}}


def _exercise() -> dict[str, Tables]:
    exercise = tf.load_exercise("three_launches")
    injects = tuple(
        each if each.scenario is None else replace(each, scenario=replace(each.scenario, biases="white"))
        for each in exercise.injects
    )
    played = tf.play(replace(exercise, injects=injects), seed=7, runs=2)
    times = pd.DataFrame({"times_s": played.times_s.ravel()})
    return {"three_launches, seed 7": {"report": played.report, "times": times}}


def summarised(found: Mapping[str, Tables], wanted: Summaries | None = None) -> Summaries:
    """Summarise every column of every table, or those wanted that are there."""
    return {
        (run, name, str(column)): summary(table[column])
        for run, tables in found.items()
        for name, table in tables.items()
        for column in table.columns
        if wanted is None or (run, name, str(column)) in wanted
    }


def summary(column: pd.Series) -> Summary:
    """Summarise one column, its values in the order of the table."""
    if pd.api.types.is_float_dtype(column.dtype):
        return _of_numbers(column.to_numpy(np.float64), len(column), "number")
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_integer_dtype(column.dtype):
        return _of_numbers(column.to_numpy(np.int64), len(column), "whole")
    values = column.tolist()
    if values and all(isinstance(value, tuple | list | np.ndarray) for value in values):
        return _of_lists([np.asarray(value, dtype=np.float64).ravel() for value in values])
    return _of_texts(values)


def _of_numbers(values: np.ndarray, rows: int, kind: str, before: bytes = b"") -> Summary:
    same_nan = np.where(np.isnan(values), np.nan, values) if kind != "whole" else values
    exact = np.ascontiguousarray(same_nan, dtype="<i8" if kind == "whole" else "<f8")
    numbers = values.astype(np.float64)
    finite = np.isfinite(numbers)
    weights = np.mod(np.arange(1, len(numbers) + 1) * GOLDEN_RATIO, 1.0)
    return Summary(
        rows=rows,
        kind=kind,
        digest=_digest(before + exact.tobytes()),
        count=len(numbers),
        nan=int(np.isnan(numbers).sum()),
        above=int(np.isposinf(numbers).sum()),
        below=int(np.isneginf(numbers).sum()),
        size=float(np.abs(numbers[finite]).sum()),
        weighted=float((weights * np.where(finite, numbers, 0.0)).sum()),
        at=tuple(float(numbers[k]) for k in sampled(len(numbers))),
    )


def _of_lists(values: list[np.ndarray]) -> Summary:
    lengths = np.array([len(value) for value in values], dtype="<i8")
    return _of_numbers(np.concatenate(values), len(values), "list", lengths.tobytes())


def _of_texts(values: list[Any]) -> Summary:
    texts = ["nothing" if value is None or value is pd.NA or value != value else repr(value) for value in values]
    return Summary(
        rows=len(texts),
        kind="text",
        digest=_digest("\n".join(texts).encode()),
        count=len(texts),
        distinct=len(set(texts)),
        words=tuple(texts[k] for k in sampled(len(texts))),
    )


def sampled(count: int) -> list[int]:
    """Return at most SAMPLES evenly spaced places in so many, the first and the last among them."""
    return sorted({round(k * (count - 1) / (SAMPLES - 1)) for k in range(SAMPLES)}) if count else []


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _model() -> str:
    """Return the processor's name, with family and model, for different processors share a name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    except OSError:
        return platform.processor()
    told = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    parts = [f"{name} {told[name]}" for name in ("cpu family", "model") if name in told]
    return ", ".join([told.get("model name", platform.processor()), *parts])


def compared(kept: Summaries, now: Summaries, *, to_the_bit: bool) -> list[str]:
    """Return a line for every column that is not what was kept, and for every one that is gone."""
    found = []
    for key, before in kept.items():
        after = now.get(key)
        wrong = "is not there" if after is None else mismatch(before, after, to_the_bit=to_the_bit)
        if wrong:
            found.append(f"{': '.join(key)}: {wrong}")
    return found


def mismatch(kept: Summary, now: Summary, *, to_the_bit: bool) -> str:
    """Say how a column differs from what was kept; "" if it does not."""
    for name in ("rows", "kind", "count"):
        before, after = getattr(kept, name), getattr(now, name)
        if before != after:
            return f"{name}: {before} kept, {after} now"
    return _bits(kept, now) if to_the_bit else _close(kept, now)


def _bits(kept: Summary, now: Summary) -> str:
    if kept.digest == now.digest:
        return ""
    for place, before, after in _samples(kept, now):
        if repr(before) != repr(after):
            return f"value {place}: {before!r} kept, {after!r} now"
    return f"only values that were not sampled differ (digest {kept.digest} kept, {now.digest} now)"


def _close(kept: Summary, now: Summary) -> str:
    for name in ("nan", "above", "below", "distinct"):
        before, after = getattr(kept, name), getattr(now, name)
        if before != after:
            return f"number of {name}: {before} kept, {after} now"
    for place, before, after in _samples(kept, now):
        if not (before == after or (isinstance(before, float) and _near(before, after, abs(before)))):
            return f"value {place}: {before!r} kept, {after!r} now"
    for name in ("size", "weighted"):
        before, after = getattr(kept, name), getattr(now, name)
        if not _near(before, after, kept.size):
            return f"sum ({name}): {before!r} kept, {after!r} now"
    return ""


def _samples(kept: Summary, now: Summary) -> Iterator[tuple[int, Any, Any]]:
    """Yield place, value kept and value now."""
    yield from zip(sampled(kept.count), kept.at + kept.words, now.at + now.words, strict=True)


def _near(before: float, after: float, size: float) -> bool:
    if before == after or (math.isnan(before) and math.isnan(after)):
        return True
    return math.isfinite(before) and abs(before - after) <= TOLERANCE * size


def read(file: Path = FILE) -> tuple[dict[str, str], dict[str, Summaries]]:
    """Read what made the file, and the summaries by case."""
    table = pq.read_table(file)
    found: dict[str, Summaries] = {}
    for row in table.to_pylist():
        place = row.pop("case"), (row.pop("run"), row.pop("table"), row.pop("column"))
        row |= {"digest": row["digest"].hex(), "at": tuple(row["at"]), "words": tuple(row["words"])}
        found.setdefault(place[0], {})[place[1]] = Summary(**row)
    return json.loads(table.schema.metadata[b"made by"]), found


def write(found: Mapping[str, Summaries], file: Path = FILE) -> None:
    """Write summaries by case, with what made them."""
    rows = []
    for case, summaries in found.items():
        for (run, table, column), kept in summaries.items():
            row = asdict(kept) | {"digest": bytes.fromhex(kept.digest)}
            rows.append({"case": case, "run": run, "table": table, "column": column} | row)
    whole = pa.Table.from_pylist(rows, schema=_schema())
    whole = whole.replace_schema_metadata({"made by": json.dumps(made_by())})
    pq.write_table(whole, file, compression="zstd", compression_level=19, write_statistics=False)


def _schema() -> pa.Schema:
    texts = {name: pa.string() for name in ("case", "run", "table", "column", "kind")}
    counts = {name: pa.int32() for name in ("rows", "count", "nan", "above", "below", "distinct")}
    sums = {name: pa.float64() for name in ("size", "weighted")}
    lists = {"at": pa.list_(pa.float64()), "words": pa.list_(pa.string())}
    return pa.schema(texts | counts | sums | lists | {"digest": pa.binary(8)})


def main(names: list[str]) -> None:
    """Compute all cases, or those named, and write the file."""
    known = cases()
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no such case: {', '.join(unknown)}; there are {', '.join(known)}")
    made, kept = read() if names else ({}, {})
    if names and (other := differences_of_makers(made, made_by())):
        sys.exit(f"only the whole file can be written here, for another machine made it: {'; '.join(other)}")
    write({name: summarised(run()) if name in names or not names else kept[name] for name, run in known.items()})
    print(f"{FILE.name}: {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
