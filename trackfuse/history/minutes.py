"""What an alert's row publishes, minute by minute, and why a minute cannot be compared with a simulation."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trackfuse.catalog.datafiles import own_schema
from trackfuse.core.errors import DataError, check_known
from trackfuse.core.language import message
from trackfuse.core.times import HOUR_S, as_clock, as_day, zone_h
from trackfuse.history.rows import Row, placed_rows, worded

if TYPE_CHECKING:
    import pandas as pd

DETECTION = "first_detection_or_notice_time"
CLOCKS = ("launch_time", DETECTION, "alert_issue_time", "overflight_start", "overflight_end",
          "predicted_pass_or_impact_time", "splash_time")  # fmt: skip
"""Columns of an alerts file that hold a time of day, and words."""
QUANTITIES = (message("detection"), message("notice"), message("overflight"), message("impact"))
MINUTE_S = 60.0
LOCAL_H = 9.0
"""Japan and South Korea are so many hours ahead of UTC."""
HALF_DAY_S, DAY_S = 43200.0, 86400.0
_SENSOR = re.compile(r"satellite|\bSEW\b|early.warning|radar|infrared|\bIR\b|NORAD|telemetry|JCS", re.IGNORECASE)
_AGENCY = re.compile(r"^\s*(MOD|JCG|Ministry|Coast Guard|Cabinet|Kantei|Government)", re.IGNORECASE)
_MARINERS = re.compile(r"\bJCG\b|navigation|mariner|\bMOD\b|coast guard|NAVAREA|NAVTEX", re.IGNORECASE)
_PUBLIC = re.compile(r"J-?Alert|Em-?Net|siren", re.IGNORECASE)
_SPECIAL = re.compile(r"false|withdrawn|not issued", re.IGNORECASE)
_ANNOUNCERS = {"ROK": r"ROK|JCS|KAOC|Korea", "USA": r"NORAD", "JPN": r"MOD|JCG|Japan"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One published minute of one alert.

    Parameters
    ----------
    alert_id, quantity : str
    nation : str
        Whose centre detected or gave the notice.
    chain : str
        The kind of chain behind it: nation and "public" or "mariners" for a notice, "detection" for a detection.
    time_s : float
        Seconds after midnight of the alert's day, in its zone; nan where nothing is published.
    obstacle : str
        Why it cannot be compared; "" where it can.
    remark : str
    special : bool
        Whether the alert was false, withdrawn or late by decision: its delay is not that of the chain.
    """

    alert_id: str
    quantity: str
    nation: str
    chain: str
    time_s: float
    obstacle: str = ""
    remark: str = ""
    special: bool = False


def checked_alerts(table: pd.DataFrame, where: str) -> list[Row]:
    """The rows of an alerts table as plain values.

    Parameters
    ----------
    table : DataFrame
        With the core columns of data/alerts.csv (see data/datapackage.json).
    where : str
        Name of the table or file.

    Returns
    -------
    list of dict
        Each column of `CLOCKS` as `trackfuse.core.times.as_clock` reads it; date_local is a date, zone_s is how far the
        clock is ahead of UTC+9, s.

    Raises
    ------
    DataError
        If a column is missing, or a nation, day, zone or time cannot be read.
    """
    wanted = own_schema("alerts.csv").columns
    rows = []
    for record in placed_rows(table, wanted, where):
        row: Row = {name: worded(value) for name, value in record.items()}
        place = row["place"]
        check_known(DataError, "nation", row["nation"], wanted["nation"].constraints.enum, where=f"{place} nation")
        day = as_day(DataError, f"{place} date_local", record["date_local"])
        ahead_h = zone_h(DataError, f"{place} tz", record["tz"])
        times = {
            column: as_clock(DataError, f"{place} {column}", record.get(column), ahead_h=ahead_h, on=day)
            for column in CLOCKS
        }
        rows.append(row | {"date_local": day, "zone_s": HOUR_S * (ahead_h - LOCAL_H)} | times)
    return rows


def after(time_s: float, launch_s: float) -> float:
    """Seconds from one time of day to another, the day between them being that with the lesser distance."""
    return (time_s - launch_s + HALF_DAY_S) % DAY_S - HALF_DAY_S


def chain_of(nation: str, system: str) -> str:
    """The kind of chain that a system's name speaks of: to the public, or to ships and aircraft."""
    named = re.sub(r"\([^)]*\)", "", system)
    mariners = _MARINERS.search(named) and not _PUBLIC.search(named)
    return f"{nation} {'mariners' if mariners else 'public'}"


def published(alert: Row) -> list[Published]:
    """The minutes that one alert publishes; its notice always, if only to say why there is none.

    Parameters
    ----------
    alert : dict
        As `checked_alerts` gives it.

    Returns
    -------
    list of Published
    """
    minutes = (_detection(alert), _notice(alert), _overflight(alert), _impact(alert))
    return [minute for minute in minutes if minute is not None]


def _minute(alert: Row, quantity: str, time_s: float, **more: str) -> Published:
    fields = {"alert_id": alert["alert_id"], "nation": alert["nation"], "chain": ""} | more
    return Published(quantity=quantity, time_s=time_s, special=_is_special(alert), **fields)


def _is_special(alert: Row) -> bool:
    return _SPECIAL.search(alert["status"]) is not None


def _qualified(words: str) -> str:
    return f"the published minute is qualified: {words}" if words else ""


def _detection(alert: Row) -> Published | None:
    time_s, words = alert[DETECTION]
    if math.isnan(time_s):
        return None
    source = words or alert.get("first_detection_by", "")
    issued_s, _ = alert["alert_issue_time"]
    obstacle = ""
    if "unverified" in words.lower():
        obstacle = _qualified(words)
    elif not _SENSOR.search(source) and (issued_s == time_s or _AGENCY.match(source)):
        obstacle = f"no sensor is named: the minute is that of the first notice ({source or 'by nobody named'})"
    named = (nation for nation, names in _ANNOUNCERS.items() if re.search(names, words, re.IGNORECASE))
    remark = f"announced by {words}" if words else ""
    nation = next(named, alert["nation"])
    return _minute(alert, "detection", time_s, nation=nation, chain="detection", obstacle=obstacle, remark=remark)


def _notice(alert: Row) -> Published:
    time_s, words = alert["alert_issue_time"]
    remarks = " ".join((words, alert.get("what_went_wrong", ""), alert.get("extra", "")))
    if math.isnan(time_s):
        obstacle = f"no minute of a notice is published ({alert['status'] or 'nothing said'})"
    elif "upper bound" in remarks.lower():
        obstacle = "the published minute is an upper bound only"
    else:
        obstacle = _qualified(words)
    return _minute(alert, "notice", time_s, chain=chain_of(alert["nation"], alert["system"]), obstacle=obstacle)


def _overflight(alert: Row) -> Published | None:
    time_s, words = alert["overflight_start"]
    return None if math.isnan(time_s) else _minute(alert, "overflight", time_s, obstacle=_qualified(words))


def _impact(alert: Row) -> Published | None:
    time_s, words = alert["splash_time"]
    predicted_s, predicted_words = alert["predicted_pass_or_impact_time"]
    if not math.isnan(time_s):
        early_s = after(time_s, predicted_s)
        side = "before" if early_s > 0.0 else "after"
        remark = f"announced in flight for {abs(early_s) / MINUTE_S:.0f} min {side} it" if abs(early_s) > 0.0 else ""
        obstacle = f"the published minute is not that of the impact of the body flown: {words}" if words else ""
        return _minute(alert, "impact", time_s, obstacle=obstacle, remark=remark)
    if math.isnan(predicted_s):
        return None
    obstacle = _qualified(predicted_words)
    if _is_special(alert):
        obstacle = (
            "what the alert predicted did not happen (see false_alarm_cases): it was another object, or another path"
        )
    remark = "the minute predicted in flight; no splash is published"
    return _minute(alert, "impact", predicted_s, obstacle=obstacle, remark=remark)
