"""A sweep read back from its folder, and the gains in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from trackfuse.core.errors import DataError, SettingsError, unknown
from trackfuse.simulation.figures import METRICS
from trackfuse.studies.compare import MetricValues
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
        reasons = zip(self.points["point"], self.points["not_flown"], strict=True)
        return {int(point): reason for point, reason in reasons if reason}

    @property
    def rows(self) -> pd.DataFrame:
        """All rows: one a design point, policy, nation or place, and run. Large for a large sweep."""
        tables = [pq.read_table(block.path) for block in store.blocks(self.folder)]
        return pa.concat_tables([table.replace_schema_metadata() for table in tables]).to_pandas()

    @property
    def complete(self) -> bool:
        """Whether every run of every point is there."""
        done = sum(block.last - block.first for block in store.blocks(self.folder))
        return done == self.manifest["design"]["points"] * self.manifest["runs"]

    @property
    def summary(self) -> pd.DataFrame:
        """One row a point, policy, nation or place, and figure: median, p05, p95 over the n runs in which it was."""
        found = []
        for point, each in metrics(self):
            label = {"nation": each.nation, "place": each.place, "metric": each.metric}
            for p, policy in enumerate(self.policies):
                found.append({"point": point, "policy": policy} | label | each.summary_of(p))
        return self._with_fields(pd.DataFrame(found))

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        manifest, points = self.manifest, self.manifest["design"]["points"]
        parts = "".join(f"{part}; " for part in manifest["parts"])
        return (
            f"{manifest['title']}; {parts}{points} design points of {manifest['runs']} runs on the same noise, "
            f"seed {manifest['seed']}; sensor parameters {manifest['assumptions']} unless varied (assumed where not "
            f"published); trackfuse {manifest['trackfuse']}, data {manifest['data'][:10]}"
        )

    def _with_fields(self, table: pd.DataFrame) -> pd.DataFrame:
        return self.points.drop(columns="not_flown").merge(table, on="point") if len(table) else table

    def __repr__(self) -> str:
        kind, points = self.manifest["design"]["kind"], self.manifest["design"]["points"]
        state = "" if self.complete else ", not complete"
        flown = f"{points} points ({kind}) of {self.manifest['runs']} runs{state}"
        return f"<Study {self.folder}: {', '.join(self.fields)}; {flown}>"


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


def metrics(study: Study) -> Iterator[tuple[int, MetricValues]]:
    """The metrics of a study point after point, so that no more than one point has to be held.

    Parameters
    ----------
    study : Study

    Yields
    ------
    point : int
    values : MetricValues
        One metric of a nation or place at that point, under all policies of the study.
    """
    parts = (part for block in store.blocks(study.folder) for part in _by_point(block))
    for point, of_point in groupby(parts, key=itemgetter(0)):
        table = pd.concat([part for _, part in of_point])  # blocks do not end where points do
        shape = table["run"].nunique(), len(study.policies), -1
        by_run = {name: table[name].to_numpy(float).reshape(shape).swapaxes(0, 1) for name in FIGURES}
        owners = table[["nation", "place"]].head(by_run[FIGURES[0]].shape[2])
        for i, (nation, place) in enumerate(owners.itertuples(index=False)):
            for name in FIGURES[len(METRICS) :] if place else FIGURES[: len(METRICS)]:
                yield point, MetricValues(nation, place, name, LARGER_IS_BETTER[name], by_run[name][:, :, i])


def _by_point(block: store.Block) -> Iterator[tuple[int, pd.DataFrame]]:
    table = pq.read_table(block.path, columns=["point", "run", "nation", "place", *FIGURES])
    return iter(table.to_pandas().groupby("point", sort=False))


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
    for point, each in metrics(read):
        label = {"baseline": baseline, "nation": each.nation, "place": each.place, "metric": each.metric}
        for p, policy in enumerate(read.policies):
            if p != base:
                found.append({"point": point, "policy": policy} | label | each.gain_of(p, base))
    return read._with_fields(pd.DataFrame(found))
