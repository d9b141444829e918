"""A sweep read back from its folder, and the gains in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from trackfuse.core.errors import DataError, SettingsError, unknown
from trackfuse.scoring.gains import paired_gain, summary
from trackfuse.simulation.figures import METRICS
from trackfuse.studies.sweeps import store
from trackfuse.studies.sweeps.rows import FIGURES, not_flown_in

LARGER_IS_BETTER = METRICS | {"warning_time_s": True}
"""Figure -> whether larger is better."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """What is in a sweep's folder. Rows are read when asked for, so that a large one costs nothing to hold.

    Parameters
    ----------
    folder : Path
    manifest : dict
        What was asked for: version, data, seed, runs, policies, design.
    points : DataFrame
        One row a design point: point, the fields by their dotted names, the field varied, and why the point could not
        be flown ("" if it could).
    """

    folder: Path
    manifest: dict[str, Any]
    points: pd.DataFrame

    @property
    def fields(self) -> list[str]:
        """Dotted names of the fields that were varied."""
        return [str(name) for name in self.points.columns if name not in ("point", "varied", "not_flown")]

    @property
    def policies(self) -> list[str]:
        """Names of the policies, in the order asked for."""
        return list(self.manifest["policies"])

    @property
    def not_flown(self) -> dict[int, str]:
        """Points that could not be flown, and why."""
        told = zip(self.points["point"], self.points["not_flown"], strict=True)
        return {int(point): reason for point, reason in told if reason}

    @property
    def rows(self) -> pd.DataFrame:
        """All rows: one a design point, policy, nation or place, and run. Large for a large sweep."""
        tables = [pq.read_table(block.path) for block in store.blocks(self.folder)]
        return pa.concat_tables([table.replace_schema_metadata() for table in tables]).to_pandas()

    @property
    def complete(self) -> bool:
        """Whether every run of every point is there."""
        told = sum(block.last - block.first for block in store.blocks(self.folder))
        return told == self.manifest["design"]["points"] * self.manifest["runs"]

    @property
    def summary(self) -> pd.DataFrame:
        """One row a point, policy, nation or place, and figure: median, p05, p95 over the n runs in which it was."""
        found = []
        for point, whom, figures in by_point(self):
            for i, who in enumerate(whom):
                for k in _told(who):
                    for p, policy in enumerate(self.policies):
                        values = summary(figures[p, :, i, k])
                        label = {"point": point, "policy": policy, **who, "metric": FIGURES[k]}
                        found.append(label | (values or _NEVER))
        return self._with_fields(pd.DataFrame(found))

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        asked = self.manifest
        return (
            f"{asked['title']}; {asked['design']['points']} design points of {asked['runs']} runs on the same noise, "
            f"seed {asked['seed']}; sensor parameters {asked['assumptions']} unless varied (assumed where not "
            f"published); trackfuse {asked['trackfuse']}, data {asked['data'][:10]}"
        )

    def _with_fields(self, table: pd.DataFrame) -> pd.DataFrame:
        return self.points.drop(columns="not_flown").merge(table, on="point") if len(table) else table

    def __repr__(self) -> str:
        kind, points = self.manifest["design"]["kind"], self.manifest["design"]["points"]
        state = "" if self.complete else ", not complete"
        flown = f"{points} points ({kind}) of {self.manifest['runs']} runs{state}"
        return f"<Study {self.folder}: {', '.join(self.fields)}; {flown}>"


_NEVER: dict[str, float | int] = {"median": np.nan, "p05": np.nan, "p95": np.nan, "n": 0}
_NOTHING: dict[str, float | int] = dict.fromkeys(("median", "low", "high", "p05", "p95"), np.nan) | {
    "n": 0, "only_with": 0, "only_without": 0,
}  # fmt: skip


def load_sweep(folder: str | Path) -> Study:
    """Read a sweep back, also one that is not finished.

    Parameters
    ----------
    folder : str or Path
        What was given as `out`.

    Returns
    -------
    Study

    Raises
    ------
    DataError
        If there is no sweep, or a file in it is torn or altered (the same call of `sweep` mends it).
    """
    where = Path(folder)
    manifest = store.read_manifest(where)
    not_flown: dict[int, str] = {}
    for block in store.blocks(where):
        if not store.sound(block):
            raise DataError(f"{block.path}: is torn or altered; the same sweep into the same folder flies it again")
        not_flown |= not_flown_in(pq.read_schema(block.path))
    points = pd.read_parquet(where / store.POINTS)
    points["not_flown"] = [not_flown.get(point, "") for point in points["point"]]
    return Study(folder=where, manifest=manifest, points=points)


def by_point(study: Study) -> Iterator[tuple[int, list[dict[str, str]], np.ndarray]]:
    """The figures of a study point after point, so that no more than one has to be held.

    Parameters
    ----------
    study : Study

    Yields
    ------
    point : int
    whom : list of dict
        Nation and place of each of the W rows that a policy and run has.
    figures : ndarray, shape (P, runs, W, 7)
        By policy, run, nation or place, and figure; nan where it never happened.
    """
    rest: list[pa.Table] = []
    policies = len(study.policies)
    for block in store.blocks(study.folder):
        table = pq.read_table(block.path, columns=["point", "policy", "run", "nation", "place", *FIGURES])
        for point, part in _split(table.replace_schema_metadata()):
            if rest and rest[0]["point"][0].as_py() != point:
                yield _figures(pa.concat_tables(rest), policies)
                rest = []
            rest.append(part)
    if rest:
        yield _figures(pa.concat_tables(rest), policies)


def _split(table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    at = table["point"].to_numpy()
    begins = np.flatnonzero(np.diff(at, prepend=-1)) if len(at) else []
    for begin, end in zip(begins, [*begins[1:], len(at)], strict=False):
        yield int(at[begin]), table.slice(begin, end - begin)


def _figures(table: pa.Table, policies: int) -> tuple[int, list[dict[str, str]], np.ndarray]:
    runs = len(np.unique(table["run"].to_numpy()))
    told = table.num_rows // (runs * policies)
    values = np.stack([table[name].to_numpy(zero_copy_only=False).astype(float) for name in FIGURES], axis=-1)
    first = table.slice(0, told)
    whom = [{"nation": n, "place": p} for n, p in zip(first["nation"].to_pylist(), first["place"].to_pylist(),
                                                     strict=True)]  # fmt: skip
    figures = values.reshape(runs, policies, told, len(FIGURES)).swapaxes(0, 1)
    return table["point"][0].as_py(), whom, figures


def _told(who: dict[str, str]) -> range:
    """Figures that a nation's row tells, or a place's."""
    return range(len(METRICS), len(FIGURES)) if who["place"] else range(len(METRICS))


def gains(study: Study | str | Path, baseline: str = "bilateral") -> pd.DataFrame:
    """What every policy gains over another at every design point, run by run on the same noise.

    Parameters
    ----------
    study : Study, str or Path
        A sweep, or its folder.
    baseline : str
        Policy that gains are measured against, flown at the same point: a field that changes both changes both.

    Returns
    -------
    DataFrame
        One row a point, other policy, nation or place, and figure: point, the fields, varied, policy, baseline, nation,
        place, metric, median gain (positive is better), its 95 % interval low to high, p05 and p95 over runs, the n
        pairs used, and the runs in which the figure is there under one policy alone.

    Raises
    ------
    SettingsError
        If the baseline was not flown, or nothing else was.
    """
    read = study if isinstance(study, Study) else load_sweep(study)
    if baseline not in read.policies:
        raise SettingsError(f"baseline: {unknown('policy in this sweep', baseline, read.policies)}")
    if len(read.policies) == 1:
        raise SettingsError(f"baseline: {baseline!r} is the only policy in this sweep; there is nothing to compare")
    base = read.policies.index(baseline)
    found = []
    for point, whom, figures in by_point(read):
        for i, who in enumerate(whom):
            for k in _told(who):
                larger = LARGER_IS_BETTER[FIGURES[k]]
                for p, policy in enumerate(read.policies):
                    if p == base:
                        continue
                    gain = paired_gain(figures[p, :, i, k], figures[base, :, i, k], larger_is_better=larger)
                    label = {"point": point, "policy": policy, "baseline": baseline, **who, "metric": FIGURES[k]}
                    found.append(label | (gain or _NOTHING))
    return read._with_fields(pd.DataFrame(found))
