"""A sweep read back from its folder, and the gains in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from trackfuse.core.display import displayed
from trackfuse.core.errors import DataError, SettingsError, check_known
from trackfuse.simulation.figures import BY_NAME, USUAL, WARNING_TIME
from trackfuse.studies.compare import FigureValues
from trackfuse.studies.sweeps import store
from trackfuse.studies.sweeps.rows import COLUMNS, not_flown_in, points_hash, points_in

SHOWN = (*USUAL, WARNING_TIME.name)
"""Figures of summaries and gains unless others are asked for."""


@displayed(table=lambda value: value.points)
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
        reasons = zip(self.points["point"], self.points["not_flown"], strict=True)
        return {int(point): reason for point, reason in reasons if reason}

    @property
    def rows(self) -> pd.DataFrame:
        """All rows, with all figures: one a design point, policy, launch and nation or place, and run. Large for a
        large sweep.
        """
        tables = [pq.read_table(file) for file in _files(self.folder)]
        return pa.concat_tables([table.replace_schema_metadata() for table in tables]).to_pandas()

    @property
    def complete(self) -> bool:
        """Whether every run of every point is there."""
        done = sum(block.last - block.first for block in store.blocks(self.folder))
        return done == self.manifest["design"]["points"] * self.manifest["runs"]

    @property
    def summary(self) -> pd.DataFrame:
        """One row a point, policy, launch and nation or place, and figure of `SHOWN`: median, p05, p95 over the n runs
        in which it occurred, and p_never, the share of runs in which it did not, with its 95 % interval.
        """
        found = []
        for point, each in values(self, SHOWN):
            for p, policy in enumerate(self.policies):
                found.append({"point": point, "policy": policy} | each.label | each.summary_of(p))
        return _with_fields(self, pd.DataFrame(found))

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        manifest, points = self.manifest, self.manifest["design"]["points"]
        parts = "".join(f"{part}; " for part in manifest["parts"])
        return (
            f"{manifest['title']}; {parts}{points} design points of {manifest['runs']} runs on the same noise, "
            f"seed {manifest['seed']}; sensor parameters {manifest['assumptions']} unless varied (assumed where not "
            f"published); trackfuse {manifest['trackfuse']}, data {manifest['data'][:10]}"
        )

    def __repr__(self) -> str:
        kind, points = self.manifest["design"]["kind"], self.manifest["design"]["points"]
        state = "" if self.complete else ", not complete"
        flown = f"{points} points ({kind}) of {self.manifest['runs']} runs{state}"
        return f"<Study {self.folder}: {', '.join(self.fields)}; {flown}>"


def _with_fields(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """A table with a column "point", and before it what was varied there."""
    return study.points.drop(columns="not_flown").merge(table, on="point") if len(table) else table


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
    for file in _files(where):
        not_flown |= not_flown_in(pq.read_schema(file))
    if points_hash(where / store.POINTS) != manifest["hashes"].get("points"):
        what = f"{where / store.POINTS}: is missing or altered"
        raise DataError(f"{what}; the same sweep into the same folder writes it again")
    points = points_in(where / store.POINTS, manifest["columns"])
    points["not_flown"] = [not_flown.get(point, "") for point in points["point"]]
    return Study(folder=where, manifest=manifest, points=points)


def _files(folder: Path) -> Iterator[BytesIO]:
    """Content of the blocks of a sweep, in order; DataError for one that is torn or altered."""
    key = store.key_of(folder)
    for block in store.blocks(folder):
        content = store.content_of(block, key)
        if content is None:
            what = f"{block.path}: is torn or altered, or of another sweep"
            raise DataError(f"{what}; the same sweep into the same folder flies it again")
        yield BytesIO(content)


def values(study: Study, names: Sequence[str]) -> Iterator[tuple[int, FigureValues]]:
    """Figures of a study point after point, so that no more than one point has to be held.

    Parameters
    ----------
    study : Study
    names : sequence of str
        Of the figures: some of `COLUMNS`.

    Yields
    ------
    point : int
    values : FigureValues
        One figure of a nation or place at that point, under all policies of the study; of those that apply.
    """
    parts = (part for file in _files(study.folder) for part in _by_point(file, names))
    for point, of_point in groupby(parts, key=itemgetter(0)):
        table = pd.concat([part for _, part in of_point])  # blocks do not end where points do
        shape = table["run"].nunique(), len(study.policies), -1
        by_run = {name: table[name].to_numpy(float).reshape(shape).swapaxes(0, 1) for name in names}
        owners = table[["object", "nation", "place"]].head(table.shape[0] // (shape[0] * shape[1]))
        for i, (launch, nation, place) in enumerate(owners.itertuples(index=False)):
            for name, every in by_run.items():
                each, mine = BY_NAME[name], every[:, :, i]
                if not np.isnan(mine).all():
                    yield point, FigureValues(launch, nation, place, name, each.unit, each.larger_is_better, mine)


def _by_point(file: BytesIO, names: Sequence[str]) -> Iterator[tuple[int, pd.DataFrame]]:
    table = pq.read_table(file, columns=["point", "run", "object", "nation", "place", *names])
    return iter(table.to_pandas().groupby("point", sort=False))


def gains(
    study: Study | str | Path, baseline: str = "bilateral", *, figures: Sequence[str] | None = None
) -> pd.DataFrame:
    """What every policy gains over another at every design point, run by run on the same noise.

    Parameters
    ----------
    study : Study, str or Path
        A sweep, or its folder.
    baseline : str
        Policy that gains are measured against, flown at the same point: a field that changes both changes both.
    figures : sequence of str, optional
        Their names, columns of `Study.rows`; default: the ten that say most.

    Returns
    -------
    DataFrame
        One row a point, other policy, launch and nation or place, and figure: point, the fields, varied, policy,
        baseline, object, nation, place, figure, unit, and of the paired gain (positive is better) the columns of
        `Comparison.gains`.

    Raises
    ------
    SettingsError
        If the baseline was not flown, or nothing else was, or a figure is not known.
    """
    read = study if isinstance(study, Study) else load_sweep(study)
    check_known(SettingsError, "policy in this sweep", baseline, read.policies, where="baseline")
    if len(read.policies) == 1:
        raise SettingsError(f"baseline: {baseline!r} is the only policy in this sweep; there is nothing to compare")
    names = SHOWN if figures is None else tuple(figures)
    for name in names:
        check_known(SettingsError, "figure", name, COLUMNS, where="figures")
    base = read.policies.index(baseline)
    found = []
    for point, each in values(read, names):
        for p, policy in enumerate(read.policies):
            if p != base:
                label = {"point": point, "policy": policy, "baseline": baseline} | each.label
                found.append(label | each.gain_of(p, base))
    return _with_fields(read, pd.DataFrame(found))
