"""What an alert's row publishes, minute by minute, and why a minute cannot be held against a simulation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from trackfuse.catalog.datafiles import own_schema
from trackfuse.core.errors import DataError, check_known, unknown

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
QUANTITIES = ("detection", "notice", "overflight", "impact")
MINUTE_S = 60.0
HALF_DAY_S, DAY_S = 43200.0, 86400.0
_CLOCK = re.compile(r"(?:(about|around|approx(?:imately|\.)?|ca?\.|circa|~|≈|before|after|by)\s*)?"
                    r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?![\d:])\s*(?:\b([ap])\.?m\b\.?)?\s*(.*)",
                    re.DOTALL | re.IGNORECASE)  # fmt: skip
_ZONES = {"JST": 9.0, "KST": 9.0, "ASIA/TOKYO": 9.0, "ASIA/SEOUL": 9.0, "GMT": 0.0, "Z": 0.0}
_SENSOR = re.compile(r"satellite|\bSEW\b|early.warning|radar|infrared|\bIR\b|NORAD|telemetry|JCS", re.IGNORECASE)
_AGENCY = re.compile(r"^\s*(MOD|JCG|Ministry|Coast Guard|Cabinet|Kantei|Government)", re.IGNORECASE)
_MARINERS = re.compile(r"\bJCG\b|navigation|mariner|\bMOD\b|coast guard|NAVAREA|NAVTEX", re.IGNORECASE)
_PUBLIC = re.compile(r"J-?Alert|Em-?Net|siren", re.IGNORECASE)
_SPECIAL = re.compile(r"false|withdrawn|not issued", re.IGNORECASE)
_BY_WORDS = (("ROK", ("ROK", "JCS", "KAOC", "KOREA")), ("USA", ("NORAD",)), ("JPN", ("MOD", "JCG", "JAPAN")))


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


def checked_alerts(table: pd.DataFrame, where: str) -> list[tuple[str, Row]]:
    """The rows of an alerts table as plain values, each with its place for complaints; the header is row 1.

    Parameters
    ----------
    table : DataFrame
        With the core columns of data/alerts.csv (see data/datapackage.json).
    where : str
        Name of the table or file.

    Returns
    -------
    list of (str, dict)

    Raises
    ------
    DataError
        If a column is missing, or a name, nation, day or zone cannot be read.
    """
    wanted = own_schema("alerts.csv").columns
    nations = wanted["nation"].constraints.enum
    for column in wanted:
        if column not in table.columns:
            raise DataError(f"{where}: {unknown('column', column, table.columns)}")
    rows = []
    for number, record in enumerate(table.to_dict("records"), start=2):
        place = f"{where} row {number}"
        row: Row = {str(name): value if isinstance(value, str | date) else "" for name, value in record.items()}
        check_known(DataError, "nation", row["nation"], nations, where=f"{place} nation")
        row["date_local"] = _day(f"{place} date_local", row["date_local"])
        row["zone_s"] = _zone_s(f"{place} tz", row["tz"])
        rows.append((place, row))
    return rows


def _day(where: str, given: Any) -> date:
    if isinstance(given, date):
        return given.date() if isinstance(given, datetime) else given
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise DataError(f"{where}: {given!r} is not a date (YYYY-MM-DD)") from None


def _zone_s(where: str, text: str) -> float:
    """How far a clock is ahead of UTC+9, s."""
    named = _ZONES.get(text.strip().upper())
    if named is not None:
        return 3600.0 * (named - 9.0)
    found = re.fullmatch(r"(?:UTC|GMT)?\s*(?:([+-])(\d{1,2})(?::?(\d{2}))?)?", text.strip(), re.IGNORECASE)
    if found is None or not text.strip():
        raise DataError(f"{where}: {text!r} is not a zone such as UTC+9")
    ahead = float(found[2] or 0) + float(found[3] or 0) / 60.0
    return 3600.0 * ((-ahead if found[1] == "-" else ahead) - 9.0)


def clock(where: str, text: Any) -> tuple[float, str]:
    """Time of day of a cell such as "07:55", "7:55 pm", "about 07:55" or "11:37 (stage 1)".

    Parameters
    ----------
    where : str
        File, row and column, for the complaint.
    text : str
        Empty, or HH:MM or HH:MM:SS, with am or pm if need be, and then any words.

    Returns
    -------
    float
        Seconds after midnight; nan where the cell is empty.
    str
        The words, with what stands before the time, such as "about".

    Raises
    ------
    DataError
        If the cell begins with anything else.
    """
    given = text.strip() if isinstance(text, str) else ""
    if not given:
        return float("nan"), ""
    found = _CLOCK.match(given)
    hour = int(found[2]) if found else 99
    if found is None or hour > (12 if found[5] else 29) or int(found[3]) > 59 or int(found[4] or 0) > 59:
        raise DataError(f"{where}: {text!r} does not begin with a time (HH:MM or HH:MM:SS, then words if need be)")
    if found[5]:
        hour = hour % 12 + (12 if found[5].lower() == "p" else 0)
    seconds = 3600.0 * hour + 60.0 * int(found[3]) + float(found[4] or 0)
    return seconds, " ".join(filter(None, (found[1], found[6].strip().strip("()").strip())))


def after(time_s: float, launch_s: float) -> float:
    """Seconds from one time of day to another, the day between them being that with the lesser distance."""
    return (time_s - launch_s + HALF_DAY_S) % DAY_S - HALF_DAY_S


def chain_of(nation: str, system: str) -> str:
    """The kind of chain that a system's name speaks of: to the public, or to ships and aircraft."""
    spoken = re.sub(r"\([^)]*\)", "", system)
    mariners = _MARINERS.search(spoken) and not _PUBLIC.search(spoken)
    return f"{nation} {'mariners' if mariners else 'public'}"


def published(where: str, alert: Row) -> list[Published]:
    """The minutes that one alert publishes; its notice always, if only to say why there is none.

    Parameters
    ----------
    where : str
        File and row, for complaints.
    alert : dict
        Row of an alerts file.

    Returns
    -------
    list of Published

    Raises
    ------
    DataError
        If a cell that should begin with a time does not.
    """
    return [made for made in (_detection(where, alert), _notice(where, alert), _overflight(where, alert),
                              _impact(where, alert)) if made is not None]  # fmt: skip


def _made(alert: Row, quantity: str, time_s: float, **more: Any) -> Published:
    given = {"nation": alert["nation"], "chain": ""} | more
    return Published(alert_id=alert["alert_id"], quantity=quantity, time_s=time_s,
                     special=_SPECIAL.search(_text(alert, "status")) is not None, **given)  # fmt: skip


def _text(alert: Row, column: str) -> str:
    value = alert.get(column)
    return value if isinstance(value, str) else ""


def _detection(where: str, alert: Row) -> Published | None:
    column = "first_detection_or_notice_time"
    time_s, words = clock(f"{where} {column}", alert.get(column))
    if time_s != time_s:
        return None
    told = words or _text(alert, "first_detection_by")
    issued, _ = clock(f"{where} alert_issue_time", alert.get("alert_issue_time"))
    obstacle = ""
    if words and "unverified" in words.lower():
        obstacle = f"the published minute is qualified: {words}"
    elif not _SENSOR.search(told) and (issued == time_s or _AGENCY.match(told)):
        obstacle = f"no sensor is named: the minute is that of the first notice ({told or 'by nobody named'})"
    nation = next((name for name, heard in _BY_WORDS if words and any(h in words.upper() for h in heard)),
                  alert["nation"])  # fmt: skip
    return _made(alert, "detection", time_s, nation=nation, chain="detection", obstacle=obstacle,
                 remark=f"announced by {words}" if words else "")  # fmt: skip


def _notice(where: str, alert: Row) -> Published:
    time_s, words = clock(f"{where} alert_issue_time", alert.get("alert_issue_time"))
    obstacle = ""
    if time_s != time_s:
        obstacle = f"no minute of a notice is published ({_text(alert, 'status') or 'nothing said'})"
    elif "upper bound" in f"{words} {_text(alert, 'what_went_wrong')} {_text(alert, 'extra')}".lower():
        obstacle = "the published minute is an upper bound only"
    elif words:
        obstacle = f"the published minute is qualified: {words}"
    return _made(alert, "notice", time_s, chain=chain_of(alert["nation"], alert["system"]), obstacle=obstacle)


def _overflight(where: str, alert: Row) -> Published | None:
    time_s, words = clock(f"{where} overflight_start", alert.get("overflight_start"))
    clock(f"{where} overflight_end", alert.get("overflight_end"))
    if time_s != time_s:
        return None
    return _made(alert, "overflight", time_s,
                 obstacle=f"the published minute is qualified: {words}" if words else "")  # fmt: skip


def _impact(where: str, alert: Row) -> Published | None:
    splash_s, words = clock(f"{where} splash_time", alert.get("splash_time"))
    column = "predicted_pass_or_impact_time"
    foreseen_s, foreseen_words = clock(f"{where} {column}", alert.get(column))
    remark = ""
    if splash_s == splash_s:
        if foreseen_s == foreseen_s and (early := after(splash_s, foreseen_s)):
            remark = f"announced in flight for {abs(early) / MINUTE_S:.0f} min {'before' if early > 0 else 'after'} it"
        obstacle = f"the published minute is not that of the impact of the body flown: {words}" if words else ""
        return _made(alert, "impact", splash_s, obstacle=obstacle, remark=remark)
    if foreseen_s != foreseen_s:
        return None
    made = _made(alert, "impact", foreseen_s, remark="the minute predicted in flight; no splash is published")
    obstacle = f"the published minute is qualified: {foreseen_words}" if foreseen_words else ""
    if made.special:
        obstacle = "what the alert predicted did not happen (see mechanisms): it was another object, or another path"
    return _made(alert, "impact", foreseen_s, obstacle=obstacle, remark=made.remark)
