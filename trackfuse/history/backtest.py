"""Published minutes of real alerts against what the model says could have been known, plus the chain's delays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trackfuse.catalog.catalog import alerts as published_alerts
from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.catalog import launches as published_launches
from trackfuse.core.display import displayed
from trackfuse.core.language import translate
from trackfuse.core.rng import check_seed, generator
from trackfuse.core.version import __version__
from trackfuse.history.cases import Case, calibration_cases, cases_of, starts_of
from trackfuse.history.chain import Delay
from trackfuse.history.minutes import MINUTE_S, QUANTITIES
from trackfuse.history.rows import given_table
from trackfuse.history.rule import SPLIT, delays_of, shipped_cases
from trackfuse.simulation.provenance import made_with
from trackfuse.studies.runs import check_count

if TYPE_CHECKING:
    import pandas as pd

COMPARED = "ok"
COLUMNS = ("alert_id", "quantity", "published_s", "median_s", "p05_s", "p95_s", "inside", "used_for_calibration",
           "status", "date_local", "nation", "system", "event_id", "chain", "remark")  # fmt: skip
DOCUMENT = COLUMNS[:9]
WISHED_S = 240.0
"""Width that the interval of a notice should have at most, s."""


@displayed(table=lambda value: value.score)
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

        once = self.predicted.drop_duplicates(["event_id", "nation", "quantity", "published_s", "chain"])
        parts = {name: once[once["quantity"] == name] for name in QUANTITIES if name in set(once["quantity"])}
        rows = []
        for name, part in (parts | {"all": once}).items():
            width_s = (part["p95_s"] - part["p05_s"]).median()
            rows.append((name, len(part), int(part["inside"].sum()), part["inside"].mean(), width_s))
        return pd.DataFrame(rows, columns=["quantity", "compared", "inside", "share", "median_width_s"])

    @property
    def calibration(self) -> pd.DataFrame:
        """One row a chain: how many minutes it was learned from, 5 %, 50 % and 95 % points of its delay (s)."""
        import pandas as pd

        rows = [(delay.chain, delay.used, *delay.quantiles_s()) for delay in self.delays]
        return pd.DataFrame(rows, columns=["chain", "minutes", "p05_s", "median_s", "p95_s"])

    @property
    def why_wide(self) -> str:
        """Why notices are predicted to more minutes than one may wish, a sentence a chain; "" where they are not."""
        notices = self.predicted[self.predicted["quantity"] == "notice"]
        width = (notices["p95_s"] - notices["p05_s"]).groupby(notices["chain"]).median()
        wide = [delay for delay in self.delays if width.get(delay.chain, 0.0) > WISHED_S]
        return "; ".join(filter(None, (delay.why_wide(WISHED_S) for delay in wide)))

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        return translate(
            "Chain delays learned from alerts up to {split} and from nothing else; {runs} runs a launch, half with "
            "nominal and half with weakest or best sensor parameters; minutes as published; seed {seed}; {made}"
        ).format(
            split=self.split.isoformat(), runs=self.runs, seed=self.seed,
            made=made_with(self.version, self.data_hash),
        )  # fmt: skip

    def document(self) -> list[dict[str, Any]]:
        """The table as a list for a JSON document: None where a row could not be compared."""
        table = self.table[list(DOCUMENT)].astype(object)
        table.loc[table["status"] != COMPARED, "inside"] = None
        return [dict(zip(DOCUMENT, row, strict=True)) for row in table.where(table.notna(), None).to_numpy()]

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
    """Compare the published minutes of alerts with simulated ones.

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
    Notices. The chain of Japan's public was learned from five minutes up to 2022, with delays of about 40, 290, 230,
    150 and 130 s after the simulated start (2009, 2012, 2016, 2017, 2022): a factor of seven. Were its median known, a
    spread of 0.5 would still give 275 s from 5 to 95 %, and the unknown second of the launch up to 60 s more; four
    minutes in all need a spread of 0.35. Other readings were tried on these alerts alone, each left out in turn: one
    spread shared by all chains, one chain for all notices, one an audience, satellite launches (announced beforehand)
    apart. None predicts what is left out better (log scores: -17.2 as it is, -17.3 to -20.9 otherwise; eight of nine
    inside by each). The last would give a median width of 240 s, from two alerts a chain that happen to agree; it is
    not used.

    Satellites whose orbit is published (2012-12-12, 2016-02-07) are flown into it, and their overflight is that of the
    satellite or of its last lower stage, which passes a minute or two later: no source says of which. Launches that
    failed are flown as if they had not, for detection and notice alone, where no apogee and range are published.

    Minutes. A published HH:MM stands for [HH:MM, HH:MM + 60 s). The launch happened in the earliest minute that any
    source gives for it, since nobody reports a launch before it (the minute under test excepted), at an unknown second.
    What is predicted is the minute that would be published, so predictions and intervals are whole minutes too, and
    even an instant known to the second has an interval of up to 60 s.
    """
    check_count("runs", runs)
    check_seed(seed)
    import pandas as pd

    # What cannot be read is refused before anything flies.
    own = *given_table(alerts, published_alerts, "alerts"), *given_table(launches, published_launches, "launches")
    cases = shipped = shipped_cases()
    if alerts is not None or launches is not None:
        cases = cases_of(*own)
    calibrating = calibration_cases(shipped, split)
    starts = starts_of([*calibrating, *cases], runs, seed)
    delays = delays_of({case.minute.chain for case in (*calibrating, *cases)} - {""}, calibrating, starts)
    rows = [_row(case, starts.get(case), delays, seed, used=case in calibrating) for case in cases]
    return Backtest(table=pd.DataFrame(rows, columns=list(COLUMNS)), delays=tuple(delays.values()), split=split,
                    runs=runs, seed=seed, version=__version__, data_hash=data_hash())  # fmt: skip


def _row(case: Case, starts: np.ndarray | None, delays: dict[str, Delay], seed: int, *, used: bool) -> dict[str, Any]:
    """One row of the table; what is predicted is left out where it cannot be compared."""
    minute, status = case.minute, case.obstacle
    predicted: dict[str, Any] = {"inside": False}
    if not status and starts is not None and starts.size:
        predicted = _predicted(case, starts, delays, seed)
    elif not status:
        status = "not in the model: the flight does not pass there, or no centre of the nation knew of it"
    event_id, assumed = (case.event.event_id, case.event.remark) if case.event else ("", "")
    return predicted | {
        "alert_id": minute.alert_id, "quantity": minute.quantity, "published_s": case.published_s,
        "used_for_calibration": used and not status, "status": status or COMPARED, "date_local": case.day,
        "nation": minute.nation, "system": case.system, "event_id": event_id, "chain": minute.chain,
        "remark": "; ".join(filter(None, (minute.remark, assumed))),
    }  # fmt: skip


def _predicted(case: Case, starts: np.ndarray, delays: dict[str, Delay], seed: int) -> dict[str, Any]:
    """The minute that would be published, and whether the published one lies within."""
    minute, instants = case.minute, starts
    if minute.chain:
        rng = generator(seed, minute.alert_id, minute.quantity, "chain")
        instants = starts + delays[minute.chain].sample(rng, len(starts))
    minutes = MINUTE_S * np.floor(instants / MINUTE_S)
    p05, median, p95 = np.quantile(minutes, [0.05, 0.5, 0.95], method="inverted_cdf")
    inside = bool(p05 <= MINUTE_S * math.floor(case.published_s / MINUTE_S) <= p95)
    return {"median_s": float(median), "p05_s": float(p05), "p95_s": float(p95), "inside": inside}
