"""The answer: for each kind of flight and posture, whether nations know in time where it comes down, and since when
they have a track, before and after real-time sharing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from trackfuse.catalog.catalog import as_scenario, data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError, is_kind
from trackfuse.core.language import message, translate
from trackfuse.core.version import __version__
from trackfuse.scoring.gains import share_interval
from trackfuse.sensing.presence import POSTURES
from trackfuse.simulation.progress import progress
from trackfuse.simulation.provenance import made_with
from trackfuse.studies.answer_words import KNOWN, TRACK, sentences
from trackfuse.studies.compare import STATUS_QUO, Comparison, compare

if TYPE_CHECKING:
    import pandas as pd

KINDS = {
    message("low flight that pulls up (KN-23)"): "kn23_2022_09_25",
    message("short flight (KN-25)"): "kn25_2023_02_20",
    message("medium-range flight (Nodong)"): "nodong_2016_08_03",
    message("flight over Japan (Hwasong-12)"): "hwasong12_2022_10_04",
    message("lofted flight (Hwasong-18)"): "hwasong18_2023_07_12",
}
"""Kind of flight -> a launch of that kind."""
AWAY = "away"
CASES = ("drawn", "full", AWAY, "none")
"""Postures that are shown: as drawn; every ship there; Japanese and US ships away, all else drawn; no ship at all."""
SHIPS_AWAY = ("JPN", "USA")
"""Whose ships "away" sends away."""
KNOWN_KM = 20.0
"""Impact is known if the predicted point held is so near to the true one ..."""
KNOWN_FROM = "impact_error_60s_km"
"""... a minute before impact."""


@displayed(lambda value: f"{value.policy} over {value.baseline}: {value.runs} runs a case, seed {value.seed}")
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What sharing is worth, by kind of flight, posture and nation.

    Parameters
    ----------
    table : DataFrame
        One row a kind, posture, nation and figure, see `answer`.
    policy, baseline : str
    runs, seed : int
    version, data_hash : str
        Of the package and of its data.
    """

    table: pd.DataFrame
    policy: str
    baseline: str
    runs: int
    seed: int
    version: str
    data_hash: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """The answer in words: for whom, how much and when; then what decides it."""
        return sentences(self.table, KNOWN_KM)

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        return translate(
            "Simulated: {runs} runs a case, without and with the sharing on the same noise ({baseline}, {policy}; seed "
            "{seed}); presence of ships and sensor parameters are assumed where not published; {made}"
        ).format(
            runs=self.runs, baseline=self.baseline, policy=self.policy, seed=self.seed,
            made=made_with(self.version, self.data_hash),
        )  # fmt: skip

    def __str__(self) -> str:
        return "\n".join([*self.sentences, f"({self.caption()}.)"])

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(each)}</p>" for each in self.sentences)


def answer(
    kinds: Mapping[str, Scenario | str] = KINDS, *, policy: str = "trilateral", baseline: str = STATUS_QUO,
    runs: int = 60, seed: int = 0,
) -> Answer:  # fmt: skip
    """Say what sharing is worth: for whom, how much, when.

    Parameters
    ----------
    kinds : mapping of str to Scenario or str
        Kind of flight -> a launch of it.
    policy, baseline : str
        After and before.
    runs : int
        Paired runs of each kind and posture, 1 or more.
    seed : int

    Returns
    -------
    Answer
        Its table has one row a kind, posture ("drawn", "full", "away", "none"), nation and figure
        ("impact_known_in_time": share of runs in which the impact point held a minute before is right to 20 km;
        "first_track_s": first track, s after lift-off): before, after (shares, or medians), and of each its 95 %
        interval as before_low to before_high, after_low to after_high; for shares better and worse, of the runs in
        which it is known only after and only before; for times gain, gain_low and gain_high, the median of the paired
        gain with its interval.

    Raises
    ------
    ScenarioError, SettingsError, FlightError
        If a scenario or a policy is not known, or runs is not a positive whole number.
    """
    import pandas as pd

    if not is_kind(kinds, Mapping) or not kinds:
        raise SettingsError(f"answer kinds: {kinds!r} is no mapping of a kind of flight to a launch of it")
    rows = []
    with progress(len(kinds) * len(CASES), "answer") as bar:
        for kind, scenario in kinds.items():
            base = as_scenario(scenario)
            for case in CASES:
                compared = compare(_in_case(base, case), [baseline, policy], runs=runs, seed=seed, baseline=baseline)
                rows += [{"kind": str(kind), "scenario": base.name, "posture": case} | row for row in _rows(compared)]
                bar.update()
    return Answer(
        table=pd.DataFrame(rows), policy=policy, baseline=baseline, runs=runs, seed=seed,
        version=__version__, data_hash=data_hash(),
    )  # fmt: skip


def _in_case(scenario: Scenario, case: str) -> Scenario:
    """The scenario in a posture of `CASES`."""
    if case in POSTURES:
        return replace(scenario, posture=case)
    nation = {sensor.sensor_id: sensor.nation for sensor in scenario.sensors}
    presence = tuple(
        replace(each, probability=0.0, if_absent=())
        if each.ship and nation.get(each.sensor_id) in SHIPS_AWAY else each
        for each in scenario.presence
    )  # fmt: skip
    return replace(scenario, presence=presence, posture="drawn")


def _rows(compared: Comparison) -> list[dict[str, object]]:
    """Both figures of every nation for the first launch, before and after."""
    rows: list[dict[str, object]] = []
    for each in compared.values():
        if each.place or each.object != compared.objects[0]:
            continue
        if each.figure == KNOWN_FROM:
            near = each.by_run <= KNOWN_KM
            rows.append({"nation": each.nation, "figure": KNOWN, **_shares(*near)})
        elif each.figure == TRACK:
            times, gain = _times(*each.by_run), _paired(each.gain_of(1, 0))
            rows.append({"nation": each.nation, "figure": TRACK, **times, **gain})
    return rows


def _shares(before: np.ndarray, after: np.ndarray) -> dict[str, float]:
    out = {}
    for name, known in (("before", before), ("after", after)):
        low, high = share_interval(int(known.sum()), len(known))
        out |= {name: float(known.mean()), f"{name}_low": low, f"{name}_high": high}
    return out | {"better": float((after & ~before).mean()), "worse": float((before & ~after).mean())}


def _times(before: np.ndarray, after: np.ndarray) -> dict[str, float]:
    out = {}
    for name, times in (("before", before), ("after", after)):
        low, middle, high = np.quantile(times, [0.05, 0.5, 0.95], method="closest_observation")
        out |= {name: float(middle), f"{name}_low": float(low), f"{name}_high": float(high)}
    return out


def _paired(gain: dict[str, float | int]) -> dict[str, float]:
    return {"gain": gain["median"], "gain_low": gain["low"], "gain_high": gain["high"]}
