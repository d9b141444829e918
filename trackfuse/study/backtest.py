"""Published minutes of real alerts against what the model says could have been known, plus the chain's delays."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import check_seed, generator
from trackfuse.core.version import __version__
from trackfuse.study.backtest_chain import Delay, learned
from trackfuse.study.backtest_launches import Event, event, variants
from trackfuse.study.backtest_minutes import (
    MINUTE_S,
    QUANTITIES,
    Published,
    Row,
    after,
    checked_alerts,
    clock,
    published,
)
from trackfuse.study.backtest_times import centre_times, passing_s
from trackfuse.study.catalog import alerts as published_alerts
from trackfuse.study.catalog import data_hash
from trackfuse.study.catalog import launches as published_launches
from trackfuse.study.figures import NATIONS
from trackfuse.study.progress import progress
from trackfuse.study.validate import checked_rows
from trackfuse.warning import WarningRule

if TYPE_CHECKING:
    import pandas as pd

COMPARED = "ok"
SPLIT = date(2022, 12, 31)
"""The chain's delays are learned from alerts up to this day. After the alerts of October and November 2022 Japan
announced (December 2022) that it would warn earlier and over wider areas: what follows is predicted across that change,
and the day leaves about half of the alerts to predict."""
DRAWS = 2000
COLUMNS = ("alert_id", "quantity", "published_s", "median_s", "p05_s", "p95_s", "inside", "used_for_calibration",
           "status", "date_local", "nation", "system", "event_id", "chain", "remark")  # fmt: skip
DOCUMENT = COLUMNS[:9]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """Published minutes beside predicted ones.

    Parameters
    ----------
    table : DataFrame
        One row an alert and quantity, see `backtest`.
    delays : tuple of Delay
        What was learned of each chain.
    split : date
    runs, seed : int
    version, data_hash : str
    """

    table: pd.DataFrame
    delays: tuple[Delay, ...]
    split: date
    runs: int
    seed: int
    version: str
    data_hash: str

    @property
    def predicted(self) -> pd.DataFrame:
        """The rows that were compared and not used for calibration."""
        return self.table[(self.table["status"] == COMPARED) & ~self.table["used_for_calibration"]]

    @property
    def score(self) -> pd.DataFrame:
        """One row a quantity, and all: minutes compared and not learned from, how many inside, median width (s).

        A minute that two alerts of a nation repeat counts once.
        """
        import pandas as pd

        rows = []
        once = self.predicted.drop_duplicates(["event_id", "nation", "quantity", "published_s", "chain"])
        for name in (*(name for name in QUANTITIES if name in set(once["quantity"])), "all"):
            part = once if name == "all" else once[once["quantity"] == name]
            width = part["p95_s"] - part["p05_s"]
            rows.append((name, len(part), int(part["inside"].sum()), part["inside"].mean(), width.median()))
        return pd.DataFrame(rows, columns=["quantity", "compared", "inside", "share", "median_width_s"])

    @property
    def calibration(self) -> pd.DataFrame:
        """One row a chain: how many minutes it was learned from, 5 %, 50 % and 95 % points of its delay (s)."""
        import pandas as pd

        rows = [(delay.chain, delay.used, *delay.quantiles_s()) for delay in self.delays]
        return pd.DataFrame(rows, columns=["chain", "minutes", "p05_s", "median_s", "p95_s"])

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        return (
            f"Chain delays learned from alerts up to {self.split.isoformat()} and from nothing else; {self.runs} runs "
            f"a launch, half with nominal and half with weakest or best sensor parameters; minutes as published; seed "
            f"{self.seed}; trackfuse {self.version}, data {self.data_hash[:10]}"
        )

    def document(self) -> list[dict[str, Any]]:
        """The table as a list for a JSON document: None where a row could not be compared."""
        rows = []
        for record in self.table[list(DOCUMENT)].to_dict("records"):
            row = {str(name): None if value != value else value for name, value in record.items()}
            row["inside"] = bool(row["inside"]) if row["status"] == COMPARED else None
            rows.append(row)
        return rows

    def __repr__(self) -> str:
        whole = self.score.iloc[-1]
        return f"<Backtest: {whole['inside']} of {whole['compared']} predicted minutes inside 5-95 %, {self.runs} runs>"


def backtest(
    alerts: pd.DataFrame | str | Path | None = None,
    launches: pd.DataFrame | str | Path | None = None,
    *,
    runs: int = 24,
    seed: int = 0,
    split: date = SPLIT,
) -> Backtest:
    """Hold the published minutes of alerts against simulated ones.

    For every alert whose launch can be flown, the launch is simulated with the sensors in service and the sharing
    arrangement of its day. A detection is the nation's first knowledge plus the delay until it is reported; a notice
    is the instant at which the centre's rule was met (for a place, where the flight concerns one of the nation's and
    the class is no satellite launcher, whose corridor is announced beforehand; else for the launch) plus the delay of
    the chain; overflight and impact are those of the flight. Delays are learned from the shipped alerts up to `split`
    and from nothing else; sensors are never fitted to alerts.

    Parameters
    ----------
    alerts, launches : DataFrame, str or Path, optional
        Tables, or CSV files, with the columns of data/alerts.csv and data/launches.csv; by default those.
    runs : int
        Runs a launch, 1 or more.
    seed : int
    split : date
        Last day from which delays are learned.

    Returns
    -------
    Backtest
        Its table has one row an alert and quantity (detection, notice, overflight, impact): published_s, median_s,
        p05_s, p95_s (seconds after the minute that the alert gives for the launch), inside, used_for_calibration,
        status ("ok", or why it is not compared), date_local, nation, system, event_id, chain and remark.

    Raises
    ------
    DataError
        If a file or a value is malformed: file, row, column, value and what is allowed.
    SettingsError
        If runs is not a positive whole number, or the seed is negative.

    Notes
    -----
    Notices. The chain of Japan's public has taught five minutes up to 2022, with delays of about 40, 290, 230, 150 and
    130 s after the simulated start (2009, 2012, 2016, 2017, 2022): a factor of seven. Were its median known, a spread
    of 0.5 would still give 275 s from 5 to 95 %, and the unknown second of the launch up to 60 s more; four minutes in
    all need a spread of 0.35. Other readings were tried on these alerts alone, each left out in turn: one spread shared
    by all chains, one chain for all notices, one an audience, satellite launches (announced beforehand) apart. None
    predicts what is left out better (log scores: -17.2 as it is, -17.3 to -20.9 otherwise; eight of nine inside by
    each). The last would give a median width of 240 s, from two alerts a chain that happen to agree; it is not used.

    Overflights of satellite launches whose apogee and range are not published (2009, 2012, 2016) are known to 120 s,
    all others to 60 s.

    Minutes. A published HH:MM stands for [HH:MM, HH:MM + 60 s). The launch happened in the earliest minute that any
    source gives for it, since nobody reports a launch before it (the minute under test excepted), at an unknown second.
    What is predicted is the minute that would be published, so predictions and intervals are whole minutes too, and
    even an instant known to the second has an interval of up to 60 s.
    """
    _check_runs(runs)
    check_seed(seed)
    import pandas as pd

    shipped = _cases("data/alerts.csv", published_alerts(), "data/launches.csv", published_launches())
    if alerts is None and launches is None:
        cases = shipped
    else:
        cases = _cases(_name(alerts, "alerts"), _table(alerts, published_alerts),
                       _name(launches, "launches"), _table(launches, published_launches))  # fmt: skip
    teaching = _teaching(shipped, split)
    starts = _starts([*teaching, *cases], runs, seed)
    delays = _delays({case.minute.chain for case in (*teaching, *cases)} - {""}, teaching, starts)
    rows = [_row(case, starts.get(case), delays, seed, used=case in teaching) for case in cases]
    return Backtest(table=pd.DataFrame(rows, columns=list(COLUMNS)), delays=tuple(delays.values()), split=split,
                    runs=runs, seed=seed, version=__version__, data_hash=data_hash())  # fmt: skip


def learned_rule(
    until: date | str = SPLIT, rule: WarningRule | None = None, *, runs: int = 24, seed: int = 0
) -> WarningRule:
    """A warning rule whose people and machines are as slow as those behind real alerts.

    Parameters
    ----------
    until : date or str
        Last day from which delays are learned, such as "2022-12-31".
    rule : WarningRule, optional
        Everything else; by default the default rule.
    runs, seed : int
        Of the simulations of those alerts' launches; some ten seconds in all.

    Returns
    -------
    WarningRule
        With delays for every nation and audience of which an alert up to that day tells (to 2022: Japan's public and
        mariners, South Korea's public); the assumed steps stay for the others. They are those that `backtest` adds for
        the same day, runs and seed, doubt about the chain included, so that one run's draw is that of one alert not
        seen yet.

    Raises
    ------
    SettingsError
        If the day is none, runs is not a positive whole number, or the seed is negative.
    """
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            raise SettingsError(f"learned_rule until: {until!r} is not a date (YYYY-MM-DD)") from None
    _check_runs(runs)
    check_seed(seed)
    shipped = _cases("data/alerts.csv", published_alerts(), "data/launches.csv", published_launches())
    teaching = [case for case in _teaching(shipped, until) if case.minute.quantity == "notice"]
    starts = _starts(teaching, runs, seed)
    delays = _delays({case.minute.chain for case in teaching}, teaching, starts)
    points = tuple((chain, delay.points_s) for chain, delay in delays.items())
    return replace(WarningRule() if rule is None else rule, learned=points)


def _check_runs(runs: Any) -> None:
    if not isinstance(runs, int) or isinstance(runs, bool) or runs < 1:
        raise SettingsError(f"runs: {runs!r} is not a positive whole number")


def _delays(chains: set[str], teaching: list[_Case], starts: dict[_Case, np.ndarray]) -> dict[str, Delay]:
    """What the teaching minutes say of every chain; of one that none of them is of, what was known before."""
    return {
        chain: learned(chain, [(starts[case], case.published_s) for case in teaching
                               if case.minute.chain == chain and starts[case].size])
        for chain in sorted(chains)
    }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One published minute with the launch behind it; times in seconds after the minute given for the launch."""

    minute: Published
    day: date
    system: str
    event: Event | None
    obstacle: str
    published_s: float
    offset_s: float


def _name(given: Any, what: str) -> str:
    return str(given) if isinstance(given, str | Path) else (f"data/{what}.csv" if given is None else what)


def _table(given: Any, read: Any) -> Any:
    return read(given) if given is None or isinstance(given, str | Path) else given


# ---- what was published ---------------------------------------------------------------------------------------------


def _cases(alerts_name: str, alerts: pd.DataFrame, launches_name: str, launches: pd.DataFrame) -> list[_Case]:
    every = checked_rows(launches, launches_name)
    by_event: dict[str, list[Any]] = {}
    for row in every:
        by_event.setdefault(row["event_id"], []).append(row)
    rows = checked_alerts(alerts, alerts_name)
    minutes = [published(place, row) for place, row in rows]
    wanted = {row["launch_event_id"]: row["date_local"] for _, row in rows if row["launch_event_id"] in by_event}
    events = {name: event(launches_name, by_event[name], every, day) for name, day in wanted.items()}
    clocks = _clocks(rows)
    return [_case(place, row, minute, events.get(row["launch_event_id"]), launches_name, clocks)
            for (place, row), found in zip(rows, minutes, strict=True) for minute in found]  # fmt: skip


def _clocks(rows: list[tuple[str, Row]]) -> dict[str, list[tuple[str, float]]]:
    """All minutes that alerts give for the launch or detection of each event: (alert, seconds after midnight UTC+9).

    Only a detection carries its alert's name: it is not to be used for predicting itself.
    """
    heard: dict[str, list[tuple[str, float]]] = {}
    for place, row in rows:
        for column in ("launch_time", "first_detection_or_notice_time"):
            time_s, _ = clock(f"{place} {column}", row[column])
            if time_s == time_s and row["launch_event_id"]:
                tag = row["alert_id"] if column.startswith("first") else ""
                heard.setdefault(row["launch_event_id"], []).append((tag, time_s - row["zone_s"]))
    return heard


def _case(place: str, row: Row, minute: Published, behind: Event | None, launches_name: str,
          clocks: dict[str, list[tuple[str, float]]]) -> _Case:  # fmt: skip
    event_id, given_s = row["launch_event_id"], clock(f"{place} launch_time", row["launch_time"])[0]
    if given_s != given_s and behind is not None:
        given_s = behind.launched_s + row["zone_s"]
    others = [t for tag, t in clocks.get(event_id, []) if tag != minute.alert_id or minute.quantity != "detection"]
    others += [behind.launched_s] if behind is not None and behind.launched_s == behind.launched_s else []
    offset_s = min((after(t + row["zone_s"], given_s) for t in others), default=0.0)
    published_s = after(minute.time_s, given_s) if minute.time_s == minute.time_s and given_s == given_s else math.nan
    return _Case(minute=minute, day=row["date_local"], system=row["system"], event=behind, published_s=published_s,
                 obstacle=_obstacle(row, minute, behind, launches_name, timed=given_s == given_s),
                 offset_s=offset_s)  # fmt: skip


def _obstacle(row: Row, minute: Published, behind: Event | None, launches_name: str, *, timed: bool) -> str:
    if not row["launch_event_id"]:
        return "no launch: " + "; ".join(filter(None, (row["status"], row.get("first_detection_by", ""))))
    if behind is None:
        return f"no launch {row['launch_event_id']!r} in {launches_name}"
    if minute.obstacle or behind.obstacle:
        return minute.obstacle or behind.obstacle
    if not timed:
        return "no time of launch published"
    if minute.quantity == "impact" and behind.not_ballistic:
        return f"its impact tests nothing: {behind.not_ballistic}"
    return ""


def _teaching(cases: list[_Case], split: date) -> list[_Case]:
    """The minutes from which delays are learned: of each nation's first alert of a launch, up to the day."""
    taught: dict[tuple[str, str, str], _Case] = {}
    for case in cases:
        learnable = case.minute.quantity in ("detection", "notice") and not case.minute.special
        if learnable and not case.obstacle and case.day <= split and case.event is not None:
            key = (case.event.event_id, case.minute.chain, case.minute.quantity)
            if key not in taught or case.published_s < taught[key].published_s:
                taught[key] = case
    return list(taught.values())


# ---- what was simulated ---------------------------------------------------------------------------------------------


def _starts(cases: list[_Case], runs: int, seed: int) -> dict[_Case, np.ndarray]:
    """For every minute that can be compared, draws of the instant from which its chain runs, or of the instant itself.

    Seconds after the start of the minute that the alert gives for the launch, shape (DRAWS,); an empty array where it
    does not happen in the model.
    """
    wanted = {case.event.event_id: case.event for case in cases if case.event is not None and not case.obstacle}
    timed = {case.event.event_id for case in cases if case.event is not None and not case.obstacle
             and case.minute.quantity in ("overflight", "impact")}  # fmt: skip

    def work(behind: Event) -> None:
        assert behind.launch is not None
        centre_times(behind.launch, behind.on, runs, seed)
        if behind.event_id in timed:
            variants(behind.launch, behind.apogee_share, behind.range_share, seed)

    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        with progress(len(wanted), "backtest") as bar:
            for _ in pool.map(work, wanted.values()):
                bar.update()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # Ctrl-C: what is under way ends, the rest never begins
    return {case: _instants(case, runs, seed) for case in cases if case.event is not None and not case.obstacle}


def _instants(case: _Case, runs: int, seed: int) -> np.ndarray:
    behind, minute = case.event, case.minute
    assert behind is not None
    assert behind.launch is not None
    rng = generator(seed, behind.event_id, minute.nation, minute.quantity, "backtest")
    if minute.quantity in ("overflight", "impact"):
        flights = variants(behind.launch, behind.apogee_share, behind.range_share, seed)
        if minute.quantity == "impact":
            times = np.array([flight.impact_s for flight in flights])
        else:
            times, _ = passing_s(flights, minute.nation)
    else:
        found, k = centre_times(behind.launch, behind.on, runs, seed), NATIONS.index(minute.nation)
        times = found.known_s[k] if minute.quantity == "detection" else found.launch_s[k]
        if minute.quantity == "notice" and behind.launch.missile.kind != "SLV" and minute.chain.endswith("public"):
            times = np.where(np.isfinite(found.place_s[k]), found.place_s[k], times)
    times = times[np.isfinite(times)]
    if not times.size:
        return times
    return case.offset_s + MINUTE_S * rng.random(DRAWS) + rng.choice(times, DRAWS)


def _row(case: _Case, starts: np.ndarray | None, delays: dict[str, Delay], seed: int, *, used: bool) -> dict[str, Any]:
    minute, status = case.minute, case.obstacle
    if not status and (starts is None or not starts.size):
        status = "not in the model: the flight does not pass there, or no centre of the nation knew of it"
    row = {"alert_id": minute.alert_id, "quantity": minute.quantity, "published_s": case.published_s,
           "median_s": math.nan, "p05_s": math.nan, "p95_s": math.nan, "inside": False,
           "used_for_calibration": used and not status, "status": status or COMPARED,
           "date_local": case.day, "nation": minute.nation, "system": case.system,
           "event_id": case.event.event_id if case.event else "", "chain": minute.chain,
           "remark": "; ".join(filter(None, (minute.remark, case.event.remark if case.event else "")))}  # fmt: skip
    if status or starts is None:
        return row
    instants = starts
    if minute.chain:
        rng = generator(seed, minute.alert_id, minute.quantity, "chain")
        instants = starts + delays[minute.chain].sample(rng, len(starts))
    minutes = MINUTE_S * np.floor(instants / MINUTE_S)
    p05, median, p95 = np.quantile(minutes, [0.05, 0.5, 0.95], method="inverted_cdf")
    inside = bool(p05 <= MINUTE_S * math.floor(case.published_s / MINUTE_S) <= p95)
    return row | {"median_s": float(median), "p05_s": float(p05), "p95_s": float(p95), "inside": inside}
