"""How far a gain can be believed: its spread by noise, by assumed sensor parameters, and by unknown sharing delays."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.datafiles import rows_of
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.sensors import sensors
from trackfuse.core.version import __version__
from trackfuse.scoring.gains import summary
from trackfuse.sensing.sensor import Infrared
from trackfuse.sharing import Policy
from trackfuse.simulation.progress import progress
from trackfuse.simulation.provenance import made_with
from trackfuse.studies.compare import STATUS_QUO, Comparison, compare
from trackfuse.studies.runs import DRAWN, checked_scenario

GROUPS: dict[str, tuple[str, ...]] = {
    "reach of radars": ("range_km", "search_loss_db"),
    "sectors of radars": ("sector_deg", "elevation_min_deg", "elevation_max_deg"),
    "accuracy of radars": ("beamwidth_deg", "bandwidth_mhz", "range_floor_m", "angle_floor_mrad"),
    "timing of radars": ("revisit_s", "report_delay_s"),
    "satellites": (),
}
"""Groups of sensor parameters and the fields of a radar in each; satellites are taken with all their fields."""
SOURCES = ("noise", "parameters", "latency")
KINDS = {
    "short range": "kn25_2023_02_20",
    "over Japan": "hwasong12_2022_10_04",
    "lofted ICBM": "hwasong18_2023_07_12",
    "satellite": "chollima1_2023_08_24",
}
"""One shipped launch of each kind of flight."""
ENDS = ("low", "high")
_COLUMNS = {
    "low": ("latency_p05_s", "period_low_s", "loss_low"),
    "nominal": ("latency_median_s", "period_nominal_s", "loss_nominal"),
    "high": ("latency_p95_s", "period_high_s", "loss_high"),
}
LABEL = ("object", "nation", "place", "figure")
Gains = dict[tuple[str, ...], np.ndarray]
"""Paired gains, shape (runs,), by LABEL; nan where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """The gains of one policy over another in one scenario, and what their spread comes from.

    Parameters
    ----------
    scenario : str
    title : str
    policy, baseline : str
    table : DataFrame
        One row a launch, nation, place and figure: gain (median), and noise_low, noise_high (5 and 95 % of the runs),
        parameters_low, parameters_high, latency_low, latency_high (least and greatest median over the ends), dominates,
        and n of runs with a gain; positive is better.
    groups : DataFrame
        One row a launch, nation, place, figure and group of parameters: low and high (medians with that group alone at
        its weakest and best).
    runs, seed : int
    version, data_hash : str
    """

    scenario: str
    title: str
    policy: str
    baseline: str
    table: pd.DataFrame
    groups: pd.DataFrame
    runs: int
    seed: int
    version: str = __version__
    data_hash: str = field(default_factory=data_hash)

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        return (
            f"{self.title}; gain of {self.policy} over {self.baseline}, {self.runs} paired runs a case, seed "
            f"{self.seed}; noise: 5 to 95 % of the runs; parameters: every assumed sensor parameter at its weakest "
            f"and best at once; latency: the links between Japan and South Korea at the 5 and 95 % ends of their "
            f"assumed delays; {made_with(self.version, self.data_hash)}"
        )

    def __repr__(self) -> str:
        return f"<Uncertainty {self.scenario}: {self.policy} over {self.baseline}, {self.runs} runs a case>"


def uncertainty(
    scenario: Scenario | str,
    policy: str = "trilateral",
    *,
    baseline: str = STATUS_QUO,
    runs: int = 24,
    seed: int = 0,
    groups: bool = True,
) -> Uncertainty:
    """Split the spread of a gain into noise, assumed sensor parameters, and unknown sharing delays.

    One thing at a time: noise with nominal sensors and delays; the medians with every sensor at its weakest or best;
    the medians with the delays, periods and losses of the real-time exchange, or of the relay by hand, at either end.

    Parameters
    ----------
    scenario : Scenario or str
    policy, baseline : str
        Policies of the scenario: whose gain, and over which.
    runs : int
        Paired runs a case, 1 or more.
    seed : int
    groups : bool
        Whether groups of sensor parameters are varied alone too.

    Returns
    -------
    Uncertainty

    Raises
    ------
    ScenarioError, SettingsError
        If the scenario or a policy is not known, or runs or seed are out of range.

    Notes
    -----
    Interactions between the three are not seen: their ranges are not to be added. A range over two ends and the middle
    is no probability.
    """
    chosen = checked_scenario(scenario, runs=runs, seed=seed, default=DRAWN)
    cases = _cases(chosen, policy, baseline, groups)
    found: dict[str, Gains] = {}
    with progress(len(cases), f"uncertainty {chosen.name}") as bar:
        for varied, pairs in cases:
            found |= _compared(varied, pairs, runs, seed)
            bar.update()
    rows, group_rows = [], []
    for key in found["noise"]:
        label = dict(zip(LABEL, key, strict=True))
        rows.append(label | _row(key, found))
        for group in GROUPS if groups else ():
            ends = {end: _median(found[f"{group} {end}"].get(key)) for end in ENDS}
            group_rows.append(label | {"group": group} | ends)
    return Uncertainty(
        scenario=chosen.name,
        title=chosen.title,
        policy=policy,
        baseline=baseline,
        table=pd.DataFrame(rows),
        groups=pd.DataFrame(group_rows),
        runs=runs,
        seed=seed,
    )


def headline_spread(kinds: Mapping[str, Scenario | str] = KINDS, *, runs: int = 12, seed: int = 0) -> pd.DataFrame:
    """Seconds and kilometres gained by real-time exchange over the status quo of 2023, by kind of flight and nation.

    Parameters
    ----------
    kinds : mapping of str to Scenario or str
        A launch of each kind.
    runs : int
        Paired runs a case.
    seed : int

    Returns
    -------
    DataFrame
        kind, scenario, and the columns of `Uncertainty.table` for first track, notice, impact error and warning time,
        with `national`: the median gain over national sensors alone of the status quo, for context.
    """
    wanted = ("first_track_s", "first_notice_s", "impact_error_burnout_km", "warning_time_s")
    tables = []
    for kind, scenario in kinds.items():
        done = uncertainty(scenario, runs=runs, seed=seed, groups=False)
        over_national = _gains(compare(scenario, ["national", STATUS_QUO], runs=runs, seed=seed, baseline="national"))
        table = done.table[done.table["figure"].isin(wanted)]
        keys = zip(*(table[name] for name in LABEL), strict=True)
        national = [_median(over_national.get(key)) for key in keys]
        tables.append(table.assign(kind=kind, scenario=done.scenario, national=national))
    table = pd.concat(tables, ignore_index=True)
    first = ["kind", "scenario", *LABEL, "gain", "national"]
    return table[[*first, *(name for name in table.columns if name not in first)]]


# ---- cases -----------------------------------------------------------------------------------------------------------


def _cases(
    scenario: Scenario, policy: str, baseline: str, groups: bool
) -> list[tuple[Scenario, dict[str, tuple[Policy, Policy]]]]:
    """Every scenario to run, and by name of the case its two policies, the baseline first."""

    def pair(**ends: str) -> tuple[Policy, Policy]:
        return _delayed(scenario.policy(baseline), ends), _delayed(scenario.policy(policy), ends)

    middle = pair()
    delays = {f"latency {kind} {end}": pair(**{kind: end}) for kind in ("relay", "real_time") for end in ENDS}
    cases = [(scenario, {"noise": middle} | delays)]
    for end in ENDS:
        cases.append((_varied(scenario, end, tuple(GROUPS)), {f"parameters {end}": middle}))
        cases += [(_varied(scenario, end, (group,)), {f"{group} {end}": middle}) for group in GROUPS if groups]
    return cases


def _compared(
    scenario: Scenario, pairs: Mapping[str, tuple[Policy, Policy]], runs: int, seed: int
) -> dict[str, Gains]:
    """Gains of every case of one scenario, all its policies on the same noise and none of them run twice."""
    distinct = list(dict.fromkeys(policy for pair in pairs.values() for policy in pair))
    named = [replace(policy, name=f"{policy.name} {k}") for k, policy in enumerate(distinct)]
    done = compare(scenario, named, runs=runs, seed=seed, baseline=named[0].name)
    return {name: _gains(done, *(distinct.index(policy) for policy in pair)) for name, pair in pairs.items()}


def _varied(scenario: Scenario, end: str, groups: tuple[str, ...]) -> Scenario:
    """The scenario with groups of parameters of its catalogued sensors at one end."""
    day = date.fromisoformat(scenario.launch.time_utc[:10]) if scenario.launch.time_utc else None
    of_day = (*sensors(assumptions=end), *sensors(assumptions=end, on=day))  # a sensor as it was that day comes last
    at_end = {sensor.sensor_id: sensor for sensor in of_day}
    names = {name for group in groups for name in GROUPS[group]}
    varied = []
    for sensor in scenario.sensors:
        other, infrared = at_end.get(sensor.sensor_id), isinstance(sensor, Infrared)
        changes: dict[str, Any] = {
            each.name: getattr(other, each.name)
            for each in (fields(sensor) if type(other) is type(sensor) else ())
            if ("satellites" in groups if infrared else each.name in names)
        }
        varied.append(replace(sensor, **changes))
    return replace(scenario, sensors=tuple(varied))


def _delayed(policy: Policy, ends: Mapping[str, str]) -> Policy:
    """The policy with the links between Japan and South Korea at given ends, constant: what is unknown is no noise."""
    rows = {row["link_id"]: row for row in rows_of("links.csv")}
    links = []
    for link in policy.links:
        row = rows.get(link.link_id)
        if not link.exchange or row is None:
            links.append(link)
            continue
        kind = "relay" if link.link_id.startswith("tisa") else "real_time"
        latency, period, loss = _COLUMNS[ends.get(kind, "nominal")]
        links.append(replace(link, latency_s=row[latency], latency_spread=0.0, period_s=row[period], loss=row[loss]))
    return replace(policy, links=tuple(links))


# ---- figures ---------------------------------------------------------------------------------------------------------


def _gains(comparison: Comparison, baseline: int = 0, policy: int = 1) -> Gains:
    """Paired gains of one policy over another."""
    gains = {}
    with np.errstate(invalid="ignore"):
        for each in comparison.values():
            better, worse = (policy, baseline) if each.larger_is_better else (baseline, policy)
            gain = each.by_run[better] - each.by_run[worse]
            gains[each.object, each.nation, each.place, each.figure] = np.where(np.isfinite(gain), gain, np.nan)
    return gains


def _median(gain: np.ndarray | None) -> float:
    if gain is None or not np.isfinite(gain).any():
        return math.nan
    return float(np.nanmedian(gain))


def _row(key: tuple[str, ...], found: dict[str, Gains]) -> dict[str, Any]:
    noise, middle = summary(found["noise"][key]), _median(found["noise"][key])
    ranges = {"noise": (noise["p05"], noise["p95"]) if noise else (math.nan, math.nan)}
    for source in ("parameters", "latency"):
        medians = [middle, *(_median(gains.get(key)) for name, gains in found.items() if name.startswith(source))]
        known = [value for value in medians if not math.isnan(value)]
        ranges[source] = (min(known), max(known)) if known else (math.nan, math.nan)
    widths = {source: high - low for source, (low, high) in ranges.items() if high > low}
    row: dict[str, Any] = {"gain": middle, "n": noise["n"] if noise else 0}
    for source, (low, high) in ranges.items():
        row |= {f"{source}_low": low, f"{source}_high": high}
    return row | {"dominates": max(widths, key=lambda source: widths[source], default="none")}
