"""How far a gain can be believed: everything that is assumed varied at once, and what moves the gain most."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError, check_known, is_whole, shortened
from trackfuse.core.language import message
from trackfuse.core.version import __version__
from trackfuse.scoring.gains import paired_gain
from trackfuse.simulation.figures import BY_NAME, FIGURES
from trackfuse.simulation.progress import progress
from trackfuse.simulation.provenance import made_with
from trackfuse.studies.compare import STATUS_QUO
from trackfuse.studies.runs import DRAWN, checked_scenario, distinct_policies
from trackfuse.studies.sweeps import engine, rows
from trackfuse.studies.sweeps.design import Design, grouped_design, make_design
from trackfuse.studies.sweeps.fields import Setting
from trackfuse.studies.sweeps.groups import chosen_groups
from trackfuse.studies.sweeps.shares import Shares, variance_shares
from trackfuse.studies.sweeps.sweep import check_names

SHOWN = ("first_track_s", "impact_error_60s_km", "impact_known_s", "first_notice_s")
"""Figures whose gain is taken unless others are asked for."""
DRAWS = "noise and posture"
"""What differs from run to run at one design point, beside the groups."""
GAIN, OCCURRENCE = "gain", "occurrence"
"""What is asked of a figure: its paired gain where it occurs under both policies; under which of them it occurs."""
KINDS = {
    message("short range"): "kn25_2023_02_20",
    message("over Japan"): "hwasong12_2022_10_04",
    message("lofted ICBM"): "hwasong18_2023_07_12",
    message("satellite"): "chollima1_2023_08_24",
}
"""One shipped launch of each kind of flight."""
_LABEL = ("object", "nation", "figure", "unit")
_ENDS = ("", "_low", "_high")
_INDEX = (*_LABEL, "answer", "group", *(f"{part}{end}" for part in ("first", "total") for end in _ENDS))


@displayed(table=lambda value: _spreads(value))
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uncertainty:
    """The gain of one policy over another when everything that is assumed is varied at once.

    Parameters
    ----------
    scenario, title : str
    policy, baseline : str
    table : DataFrame
        One row a launch, nation and figure: gain (median), p05 and p95 over noise, posture and assumptions; n pairs in
        which the figure occurs under both policies, only_policy and only_baseline, the shares of runs in which it does
        under one alone; of what the variance is taken (`GAIN`, or `OCCURRENCE` where the gain is always the same);
        dominates, the group with the greatest total index (`DRAWS` if no group moves it, "nothing" if it is the same in
        nearly all runs), total, total_low, total_high, then next_group and
        next_total; draws, the total index of noise and posture. Positive gains are better.
    indices : DataFrame
        One row a launch, nation, figure, answer and group, the last group being `DRAWS`: first, first_low, first_high
        (the group alone), total, total_low, total_high (with all that it does together with others): shares of the
        variance with 95 % bootstrap intervals. No rows where an answer is the same in nearly all runs.
    groups : dict of str to tuple of str
        Group -> dotted names of its fields.
    left_out : dict of str to str
        Group that is not varied -> why.
    design : DataFrame
        One row a design point: point, base (of the N base points), and the fields by their dotted names.
    rows : DataFrame
        One row a design point, run, policy, launch and nation, and the figures: those of `sweep` at that point and run.
    not_flown : dict of int to str
        Points that cannot be flown, and why; they count for nothing.
    points, runs, seed : int
    version, data_hash : str
    """

    scenario: str
    title: str
    policy: str
    baseline: str
    table: pd.DataFrame
    indices: pd.DataFrame
    groups: dict[str, tuple[str, ...]]
    left_out: dict[str, str]
    design: pd.DataFrame
    rows: pd.DataFrame
    not_flown: dict[int, str]
    points: int
    runs: int
    seed: int
    version: str = __version__
    data_hash: str = field(default_factory=data_hash)

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        left = f"; not varied: {', '.join(self.left_out)}" if self.left_out else ""
        lost = f"; {len(self.not_flown)} points cannot be flown" if self.not_flown else ""
        return (
            f"{self.title}; gain of {self.policy} over {self.baseline}; {len(self.design)} design points (Saltelli, "
            f"{self.points} base points, {len(self.groups)} groups) of {self.runs} runs, noise and posture drawn anew "
            f"for each base point, seed {self.seed}{left}{lost}; {made_with(self.version, self.data_hash)}"
        )

    def __str__(self) -> str:
        said = (_in_words(row, self.policy, self.baseline) for row in self.table.to_dict("records"))
        return "\n".join([self.caption(), *said])

    def __repr__(self) -> str:
        flown = f"{len(self.design)} points of {self.runs} runs"
        return f"<Uncertainty {self.scenario}: {self.policy} over {self.baseline}, {len(self.groups)} groups, {flown}>"


def _spreads(done: Uncertainty) -> pd.DataFrame:
    shown = done.table[["nation", "figure", "unit", "gain", "p05", "p95", "dominates"]]
    return shown.assign(figure=[BY_NAME[name].words for name in shown["figure"]])


def uncertainty(
    scenario: Scenario | str,
    policy: str = "trilateral",
    *,
    baseline: str = STATUS_QUO,
    groups: Sequence[str] | Mapping[str, Mapping[str, Any]] | None = None,
    figures: Sequence[str] = SHOWN,
    points: int = 16,
    runs: int = 4,
    seed: int = 0,
) -> Uncertainty:
    """Vary everything that is assumed at once, and say how wide a gain spreads and which group of assumptions moves it.

    Parameters
    ----------
    scenario : Scenario or str
    policy, baseline : str
        Policies of the scenario: whose gain, and over which.
    groups : sequence of str, or mapping of str to mapping, optional
        Names of groups of assumptions (`trackfuse.studies.sweeps.groups`); default: all that the scenario has. Or
        groups of your own: group -> `over` of its fields, as `sweep` takes it.
    figures : sequence of str
        Figures of a nation whose gain is taken.
    points : int
        Base points, a power of two, 4 or more; groups + 2 times as many are flown.
    runs : int
        Paired runs at each point, 2 or more.
    seed : int

    Returns
    -------
    Uncertainty

    Raises
    ------
    ScenarioError, SettingsError
        For an unknown policy, group or figure (the nearest is offered), a group that has no field in this scenario,
        points that are no power of two, or numbers out of range.

    Notes
    -----
    Base point j has runs j * runs to (j + 1) * runs - 1 of the seed, at all of its groups + 2 points: they are points
    of a `sweep` with `points` times `runs` runs, of which only these are flown. Sobol indices: see `variance_shares`.
    """
    chosen = checked_scenario(scenario, runs=runs, seed=seed, default=DRAWN)
    _check(figures, points, runs)
    setting = Setting(scenario=chosen, policies=distinct_policies(chosen, [baseline, policy]))
    varied, left_out = chosen_groups(setting, groups)
    design = grouped_design(setting, varied, points=points, seed=seed)
    check_names(setting, design)
    flown, not_flown = _fly(setting, design, len(varied) + 2, runs, seed)
    names = tuple(varied)
    answers = list(_answers(flown, figures, (points, len(names) + 2, runs)))
    return Uncertainty(
        scenario=chosen.name,
        title=chosen.title,
        policy=setting.policies[1].name,
        baseline=setting.policies[0].name,
        table=pd.DataFrame([label | _gained(pair) | _dominating(pair, names) for label, pair in answers]),
        indices=pd.DataFrame(
            [row for label, pair in answers for row in _index_rows(label, pair, names)], columns=list(_INDEX)
        ),
        groups={group: tuple(over) for group, over in varied.items()},
        left_out=left_out,
        design=_laid_out(design, len(names) + 2),
        rows=flown,
        not_flown=not_flown,
        points=points,
        runs=runs,
        seed=seed,
    )


def headline_spread(
    kinds: Mapping[str, Scenario | str] = KINDS, *, points: int = 32, runs: int = 1, seed: int = 0
) -> pd.DataFrame:
    """How wide the gain of real-time exchange over the status quo of 2023 spreads, by kind of flight and nation.

    Parameters
    ----------
    kinds : mapping of str to Scenario or str
        A launch of each kind.
    points : int
        Points at which all groups of assumptions of `uncertainty` are drawn at once, for each kind; a power of two.
    runs : int
        Paired runs at each point, on noise and posture of its own.
    seed : int

    Returns
    -------
    DataFrame
        kind, scenario, and the columns of `Uncertainty.table` up to only_baseline.

    Raises
    ------
    ScenarioError, SettingsError
        If a scenario is not known or cannot be flown, points are no power of two, or numbers are out of range.
    """
    found = []
    for kind, scenario in kinds.items():
        chosen = checked_scenario(scenario, runs=runs, seed=seed, default=DRAWN)
        setting = Setting(scenario=chosen, policies=distinct_policies(chosen, [STATUS_QUO, "trilateral"]))
        over = {name: given for group in chosen_groups(setting, None)[0].values() for name, given in group.items()}
        design = make_design(setting, over, kind="sobol", points=points, seed=seed)
        flown, _ = _fly(setting, design, 1, runs, seed)
        for label, pair in _answers(flown, SHOWN, (points, 1, runs)):
            found.append({"kind": kind, "scenario": chosen.name} | label | _gained(pair))
    return pd.DataFrame(found)


def _check(figures: Sequence[str], points: int, runs: int) -> None:
    if isinstance(figures, str) or not figures:
        raise SettingsError(f"figures: {figures!r} is no list of names such as {list(SHOWN)!r}")
    for name in figures:
        check_known(SettingsError, "figure of a nation", name, [each.name for each in FIGURES], where="figures")
    for name, value, least in (("points", points, 4), ("runs", runs, 2)):
        if not is_whole(value) or value < least:
            raise SettingsError(f"{name}: {shortened(value)} is not a whole number of {least} or more")


def _laid_out(design: Design, size: int) -> pd.DataFrame:
    """The design points as a table, `size` of one base point after one another."""
    values = pd.DataFrame(list(design.points), columns=list(design.names))
    point = np.arange(len(values))
    return pd.concat([pd.DataFrame({"point": point, "base": point // size}), values], axis=1)


# ---- flights ---------------------------------------------------------------------------------------------------------


def _fly(setting: Setting, design: Design, size: int, runs: int, seed: int) -> tuple[pd.DataFrame, dict[int, str]]:
    """Rows of nations at all points in order, every `size` points with runs of their own; and what cannot be flown."""
    count = len(design.points)
    plan = engine.Plan(
        base=setting,
        names=design.names,
        layout=rows.schema(design),
        points=design.points,
        first_point=0,
        runs=count // size * runs,
        seed=seed,
    )
    firsts = (point * plan.runs + point // size * runs for point in range(count))
    blocks: Iterator[engine.Block] = ((first, first + runs) for first in firsts)
    found: dict[int, pa.Table] = {}
    not_flown: dict[int, str] = {}
    named = ["point", "run", "policy", "object", "nation", "place", *(each.name for each in FIGURES)]
    with (
        progress(count * runs, f"uncertainty {setting.scenario.name}", unit="runs") as bar,
        closing(engine.on_threads(plan, blocks, os.cpu_count() or 1, bar.update)) as done,
    ):
        for (first, _), (content, lost) in done:
            found[first] = pq.read_table(BytesIO(content), columns=named, use_threads=False)  # small: threads cost more
            not_flown |= lost
    if len(not_flown) == count:
        raise SettingsError(f"uncertainty: no point can be flown; the first: {not_flown[0]}")
    flown = pa.concat_tables([found[first] for first in sorted(found)]).to_pandas(use_threads=False)
    return flown[flown["place"] == ""].drop(columns="place").reset_index(drop=True), not_flown


# ---- answers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """One figure of a nation under both policies.

    Parameters
    ----------
    baseline, policy : ndarray, shape (N, G + 2, R)
        By base point, point and run; inf where it never occurred, nan where the point could not be flown.
    larger_is_better : bool
    """

    baseline: np.ndarray
    policy: np.ndarray
    larger_is_better: bool

    def gain(self) -> np.ndarray:
        """Paired gain, shape (N, G + 2, R); nan where the figure does not occur under both."""
        with np.errstate(invalid="ignore"):
            gain = self.policy - self.baseline if self.larger_is_better else self.baseline - self.policy
        return np.where(np.isfinite(gain), gain, np.nan)

    def occurrence(self) -> np.ndarray:
        """1 where the figure occurs under the policy alone, -1 under the baseline alone, else 0; nan if not flown."""
        alone = np.isfinite(self.policy).astype(float) - np.isfinite(self.baseline)
        return np.where(np.isnan(self.policy) | np.isnan(self.baseline), np.nan, alone)


def _answers(
    flown: pd.DataFrame, figures: Sequence[str], shape: tuple[int, int, int]
) -> Iterator[tuple[dict[str, str], _Pair]]:
    """Figures that apply to a nation and a launch, with their labels; shape is (N, points with the same runs, R)."""
    every = pd.MultiIndex.from_product([range(shape[0] * shape[1]), range(shape[2])])
    flown = flown.assign(run=flown["run"] % shape[2])
    sides = flown["policy"].unique()
    for (launch, nation), mine in flown.groupby(["object", "nation"], sort=False):
        for name in dict.fromkeys(figures):
            by_side = (mine[mine["policy"] == side].set_index(["point", "run"])[name] for side in sides)
            old, new = (values.reindex(every).to_numpy(float).reshape(shape) for values in by_side)
            if not np.isnan(np.stack([old, new])).all():
                each = BY_NAME[name]
                label = {"object": str(launch), "nation": str(nation), "figure": name, "unit": each.unit}
                yield label, _Pair(baseline=old, policy=new, larger_is_better=each.larger_is_better)


def _shares(pair: _Pair) -> dict[str, Shares]:
    """Answer -> its indices; without those of which nothing can be told."""
    found = {GAIN: variance_shares(pair.gain()), OCCURRENCE: variance_shares(pair.occurrence())}
    return {answer: shares for answer, shares in found.items() if shares is not None}


def _index_rows(label: dict[str, str], pair: _Pair, groups: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for answer, shares in _shares(pair).items():
        for k, group in enumerate((*groups, DRAWS)):
            row = label | {"answer": answer, "group": group}
            for part, ends in (("first", shares.first[k]), ("total", shares.total[k])):
                row |= {f"{part}{end}": float(value) for end, value in zip(_ENDS, ends, strict=True)}
            yield row


def _gained(pair: _Pair) -> dict[str, float | int]:
    flown = ~np.isnan(pair.policy) & ~np.isnan(pair.baseline)
    policy, baseline = pair.policy[flown], pair.baseline[flown]
    found = paired_gain(policy, baseline, larger_is_better=pair.larger_is_better)
    here, there = np.isfinite(policy), np.isfinite(baseline)
    alone = {"only_policy": float((here & ~there).mean()), "only_baseline": float((there & ~here).mean())}
    return {"gain": found["median"], "p05": found["p05"], "p95": found["p95"], "n": found["n"]} | alone


def _dominating(pair: _Pair, groups: tuple[str, ...]) -> dict[str, Any]:
    """The two groups with the greatest total indices, and the index of the draws."""
    found = _shares(pair)
    if not found:
        numbers = dict.fromkeys(("total", "total_low", "total_high", "next_total", "draws"), np.nan)
        return {"of": "", "dominates": "nothing", "next_group": ""} | numbers
    answer, shares = next(iter(found.items()))
    totals = np.nan_to_num(shares.total, nan=0.0)
    most, second = np.argsort(-totals[:-1, 0], kind="stable")[:2]
    ends = {f"total{end}": float(value) for end, value in zip(_ENDS, totals[most], strict=True)}
    after = {"next_group": groups[second], "next_total": float(totals[second, 0])}
    dominates = groups[most] if totals[most, 0] > 0.0 else DRAWS
    return {"of": answer, "dominates": dominates} | ends | after | {"draws": float(totals[-1, 0])}


# ---- words -----------------------------------------------------------------------------------------------------------


def _in_words(row: Mapping[Any, Any], policy: str, baseline: str) -> str:
    """One line of a row of the table."""
    digits = 2 if row["unit"] == "km" else 1

    def said(value: float) -> str:
        return "0" if abs(value) < 0.5 * 10.0**-digits else f"{value:+.{digits}f}"

    what = f"{row['nation']} {BY_NAME[row['figure']].words}"
    if np.isfinite(row["gain"]):
        what += f": {said(row['gain'])} {row['unit']} (5 to 95 %: {said(row['p05'])} to {said(row['p95'])})"
    else:
        what += ": never under both"
    for side, name in (("only_policy", policy), ("only_baseline", baseline)):
        what += f"; under {name} alone in {row[side]:.0%}" if row[side] > 0.0 else ""
    if row["dominates"] == "nothing":
        return f"{what}; the same in nearly all runs"
    if row["dominates"] == DRAWS:
        return f"{what}; {row['of']} moved by {DRAWS} alone"
    then = "then" if row["next_total"] < row["total_low"] else "not told apart from"
    return (
        f"{what}; {row['of']} moved most by {row['dominates']}, total index {row['total']:.2f} "
        f"({row['total_low']:.2f} to {row['total_high']:.2f}), {then} {row['next_group']}, {row['next_total']:.2f}; "
        f"{DRAWS} {row['draws']:.2f}"
    )
