"""How far a gain can be believed: its spread by noise, by assumed sensor parameters, and by unknown sharing delays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from trackfuse.catalog.catalog import data_hash, load_scenario
from trackfuse.catalog.datafiles import rows_of
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.sensors import sensors
from trackfuse.core.version import __version__
from trackfuse.sensing.sensor import Infrared, Sensor
from trackfuse.sharing import Policy
from trackfuse.simulation.figures import METRICS, NATIONS
from trackfuse.simulation.progress import progress
from trackfuse.simulation.provenance import made_with
from trackfuse.studies.compare import STATUS_QUO, Comparison, compare

if TYPE_CHECKING:
    import pandas as pd

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """The gains of one policy over another in one scenario, and what their spread comes from.

    Parameters
    ----------
    scenario : str
    title : str
    policy, baseline : str
    table : DataFrame
        One row a nation, place and metric: gain (median), and noise_low, noise_high (5 and 95 % of the runs),
        parameters_low, parameters_high, latency_low, latency_high (least and greatest median over the ends), dominates,
        and n of runs with a gain; positive is better.
    groups : DataFrame
        One row a nation, place, metric and group of parameters: low and high (medians with that group alone at its
        weakest and best).
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
    version: str
    data_hash: str

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
    import pandas as pd

    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    cases = _cases(chosen, policy, baseline, groups)
    found: dict[str, dict[tuple[str, str, str], np.ndarray]] = {}
    with progress(len(cases), f"uncertainty {chosen.name}") as bar:
        for varied, pairs in cases:
            found |= _compared(varied, pairs, runs, seed)
            bar.update()
    rows, parts = [], []
    for key in found["noise"]:
        label = dict(zip(("nation", "place", "metric"), key, strict=True))
        rows.append(label | _row(key, found))
        parts += [label | {"group": group} | {end: _median(found[f"{group} {end}"].get(key)) for end in ENDS}
                  for group in GROUPS if groups]  # fmt: skip
    return Uncertainty(scenario=chosen.name, title=chosen.title, policy=policy, baseline=baseline,
                       table=pd.DataFrame(rows), groups=pd.DataFrame(parts), runs=runs, seed=seed, version=__version__,
                       data_hash=data_hash())  # fmt: skip


def headline_spread(
    kinds: Mapping[str, Scenario | str] = KINDS, *, runs: int = 12, seed: int = 0
) -> pd.DataFrame:
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
    import pandas as pd

    wanted = ("confirmation_s", "notice_s", "impact_error_km", "warning_time_s")
    parts = []
    for kind, scenario in kinds.items():
        done = uncertainty(scenario, runs=runs, seed=seed, groups=False)
        chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
        floor = _gains(compare(chosen, ["national", STATUS_QUO], runs=runs, seed=seed, baseline="national"))
        table = done.table[done.table["metric"].isin(wanted)]
        keys = zip(table["nation"], table["place"], table["metric"], strict=True)
        parts.append(table.assign(kind=kind, scenario=done.scenario, national=[_median(floor.get(k)) for k in keys]))
    whole = pd.concat(parts, ignore_index=True)
    first = ["kind", "scenario", "nation", "place", "metric", "gain", "national"]
    return whole[[*first, *(name for name in whole.columns if name not in first)]]


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
) -> dict[str, dict[tuple[str, str, str], np.ndarray]]:
    """Gains of every case of one scenario, all its policies on the same noise and none of them run twice."""
    distinct = list(dict.fromkeys(policy for pair in pairs.values() for policy in pair))
    named = [replace(policy, name=f"{policy.name} {k}") for k, policy in enumerate(distinct)]
    done = compare(scenario, named, runs=runs, seed=seed, baseline=named[0].name)
    return {name: _gains(done, *(distinct.index(policy) for policy in pair)) for name, pair in pairs.items()}


def _varied(scenario: Scenario, end: str, groups: tuple[str, ...]) -> Scenario:
    """The scenario with groups of parameters of its catalogued sensors at one end."""
    ends = {sensor.sensor_id: sensor for sensor in sensors(assumptions=end)} | {
        sensor.sensor_id: sensor for sensor in sensors(assumptions=end, on=_day(scenario))
    }
    names = {name for group in groups for name in GROUPS[group]}
    made: list[Sensor] = []
    for sensor in scenario.sensors:
        other = ends.get(sensor.sensor_id)
        if other is None or type(other) is not type(sensor):
            made.append(sensor)
            continue
        taken: dict[str, Any] = {
            field.name: getattr(other, field.name) for field in fields(sensor)
            if (field.name in names if not isinstance(sensor, Infrared) else "satellites" in groups)
        }  # fmt: skip
        made.append(replace(sensor, **taken))
    return replace(scenario, sensors=tuple(made))


def _day(scenario: Scenario) -> Any:
    from datetime import date

    return date.fromisoformat(scenario.launch.time_utc[:10]) if scenario.launch.time_utc else None


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


def _gains(comparison: Comparison, first: int = 0, second: int = 1) -> dict[tuple[str, str, str], np.ndarray]:
    """Paired gain of the second policy over the first, run by run, by nation, place and metric; nan where none."""
    base, better = comparison.nation_figures[first], comparison.nation_figures[second]
    gains = {}
    with np.errstate(invalid="ignore"):
        for i, nation in enumerate(NATIONS):
            for k, metric in enumerate(METRICS):
                gains[nation, "", metric] = _finite(base[:, i, k] - better[:, i, k])
        for p, (name, nation) in enumerate(comparison.places):
            there, here = comparison.warning_time_s[first, :, p], comparison.warning_time_s[second, :, p]
            gains[nation, name, "warning_time_s"] = _finite(here - there)
    return gains


def _finite(gain: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(gain), gain, np.nan)


def _median(gain: np.ndarray | None) -> float:
    if gain is None or not np.isfinite(gain).any():
        return math.nan
    return float(np.nanmedian(gain))


def _row(key: tuple[str, str, str], found: dict[str, dict[tuple[str, str, str], np.ndarray]]) -> dict[str, Any]:
    noise = found["noise"][key]
    middle = _median(noise)
    row: dict[str, Any] = {"gain": middle, "n": int(np.isfinite(noise).sum())}
    spread = np.nanquantile(noise, [0.05, 0.95]) if np.isfinite(noise).any() else (math.nan, math.nan)
    ranges = {"noise": (float(spread[0]), float(spread[1]))}
    for source in ("parameters", "latency"):
        medians = [middle, *(_median(gains.get(key)) for name, gains in found.items() if name.startswith(source))]
        known = [value for value in medians if not math.isnan(value)]
        ranges[source] = (min(known), max(known)) if known else (math.nan, math.nan)
    widths = {source: high - low for source, (low, high) in ranges.items() if not math.isnan(high - low)}
    for source, (low, high) in ranges.items():
        row |= {f"{source}_low": low, f"{source}_high": high}
    widest = max(widths, key=lambda name: widths[name], default="")
    return row | {"dominates": widest if widest and widths[widest] > 0.0 else "none"}

