"""Every format that is read, with what nobody meant to write: a value, or one of the package's own errors in one line.

Bounded and seeded: a few hundred inputs a format. `python -m tests.core.test_fuzz 2000` tries so many of each.
"""

import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

import trackfuse as tf
from tests.core.searches import search
from trackfuse.catalog.catalog import alerts, launches, statements
from trackfuse.catalog.scenariofile import read_scenario
from trackfuse.core.errors import TrackfuseError
from trackfuse.history.minutes import checked_alerts
from trackfuse.history.record_events import days_of
from trackfuse.history.statements import checked_statements
from trackfuse.history.validate import checked_rows
from trackfuse.studies.sweeps.file import read_sweep
from trackfuse.studies.sweeps.store import MANIFEST, read_manifest

LONGEST = 3000
"""Letters of a message; lists of valid names are the longest."""
ODD = (
    "", " ", "nan", "NaN", "inf", "-1", "1e999", "0x10", "9" * 400, "9" * 5000, "x" * 5000, "\u2028", "\x00", "\ufeff",
    '"', "'", ",", ";", "\t", "\n", "=1+1", "\u22121", "12,5", "1_0", "true", "2022-13-45", "2022-10-04", "99:99",
    "07:22 UTC", "07:22 XYT", "UTC+99", "JPN", "Japan", "\U0001f680", "[" * 200, "{}", "[]", "{",
    "1979-05-27T07:32:00Z", "-0.0",
)  # fmt: skip
LAUNCH = """title = "a test"
sources = ["made up"]
[launch]
missile = "Hwasong-12"
lat_deg = 40.85
lon_deg = 129.67
azimuth_deg = 86.0
apogee_km = 970.0
range_km = 4600.0
time_utc = "2022-10-03T22:22Z"
[[places]]
name = "Own town"
nation = "JPN"
region = "Aomori"
lat_deg = 40.0
lon_deg = 141.0
population = 1000
[tracker]
cycle_s = 5.0
[rule]
decision_s = 45.0
"""
SWEEP = """scenario = "kn25_2023_02_20"
policies = ["bilateral", "trilateral"]
runs = 3
design = "grid"
[over]
"policy.latency_s" = [1, 5]
"policy.loss" = {low = 0.0, high = 0.5, n = 3}
"""
DETECTIONS = (
    "t_s,sensor,range_m,azimuth_deg,"
    "elevation_deg,range_rate_mps,sigma_range_m,sigma_azimuth_mrad,sigma_elevation_mrad\n"
    """0,OWN-1,900000,45.0,20.0,,50,1,1
1,OWN-1,901000,45.0,20.0,,50,1,1
"""
)
LAUNCHES = (
    "event_id,name,missile_class,source_country,site_lat,"
    "site_lon,apogee_km,range_km,flight_time_s,bearing_deg_est,trajectory\n"
    """X1,Hwasong-12,IRBM,JPN,40.85,129.67,970,4600,1320,86.2,min-energy
"""
)
STATEMENTS = """statement_id,event_id,date_local,nation,subject,value,unit
A,L20190731,2019-07-31,JPN,range_km,250,km
"""
ALERTS = (
    "alert_id,launch_event_id,date_local,tz,nation,system,"
    "launch_time,first_detection_or_notice_time,alert_issue_time,overflight_start,predicted_pass_or_impact_time,splash_time,status\n"
    """Z1,L20221004,2022-10-04,UTC+9,JPN,J-Alert,07:22,,07:27,07:28,,07:44,valid
"""
)
MANIFEST_TEXT = json.dumps(
    {"format": 3, "trackfuse": "0.1.0", "code": "0", "data": "0", "seed": 0, "runs": 1, "scenario": "a", "title": "a",
     "posture": None, "assumptions": "nominal", "parts": [], "policies": ["a"], "columns": {}, "hashes": {"points": ""},
     "design": {"kind": "grid", "points": 1, "over": {}}}, indent=1,
)  # fmt: skip


def read_manifest_of(path: Path) -> object:
    return read_manifest(path.parent)


FORMATS: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "scenario": ("s.toml", LAUNCH, read_scenario),
    "sweep": ("w.toml", SWEEP, read_sweep),
    "detections": ("d.csv", DETECTIONS, tf.read_detections),
    "launches": ("l.csv", LAUNCHES, lambda path: days_of(checked_rows(launches(path), "l.csv"))),
    "statements": ("t.csv", STATEMENTS, lambda p: checked_statements(statements(p), "t.csv", {"L20190731": None})),
    "alerts": ("a.csv", ALERTS, lambda path: checked_alerts(alerts(path), "a.csv")),
    "manifest": (MANIFEST, MANIFEST_TEXT, read_manifest_of),
}
"""Name of a file, a good one, and what reads it without flying anything."""


@st.composite
def changed(draw: st.DrawFn, good: str) -> bytes:
    """A good file with one to three places replaced by something odd, cut, doubled or taken out."""
    text = good
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, max(len(text) - 1, 0)))
        stop = draw(st.integers(start, min(start + 30, len(text))))
        kind = draw(st.sampled_from(["odd", "odd", "odd", "letters", "cut", "twice", "cell", "cell", "cell"]))
        if kind == "cut":
            text = text[:start]
        elif kind == "twice":
            text = text[:stop] + text[start:]
        elif kind == "letters":
            text = text[:start] + draw(st.text(max_size=8)) + text[stop:]
        else:
            if kind == "cell":  # a whole value, from one separator to the next
                while start > 0 and text[start - 1] not in ",=\n:[":
                    start -= 1
                while stop < len(text) and text[stop] not in ",\n]":
                    stop += 1
            text = text[:start] + draw(st.sampled_from(ODD)) + text[stop:]
    content = text.encode("utf-8", "surrogatepass")
    return content if draw(st.integers(0, 9)) else content + draw(st.binary(max_size=4))


def read(name: str, content: bytes) -> None:
    """Read a file of a format; anything but a value and a short error of the package's own is a fault."""
    file, _, reader = FORMATS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        path.write_bytes(content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                reader(path)
        except TrackfuseError as bad:
            assert len(str(bad)) < LONGEST


def trying(name: str, number: int) -> None:
    """Try so many inputs of a format."""
    search(changed(FORMATS[name][1]), number, lambda content: read(name, content), 20)


@pytest.mark.parametrize("name", FORMATS)
def test_a_good_file_is_read(name: str) -> None:
    file, good, reader = FORMATS[name]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / file).write_text(good, encoding="utf-8")
        assert reader(Path(folder) / file) is not None


@pytest.mark.parametrize("name", FORMATS)
def test_odd_files(name: str) -> None:
    trying(name, 40 if name == "scenario" else 150)


if __name__ == "__main__":
    for each in FORMATS:
        begun = time.monotonic()
        try:
            trying(each, int(sys.argv[1]))
            print(f"{each}: {sys.argv[1]} inputs, {time.monotonic() - begun:.0f} s, no fault", flush=True)
        except BaseException as fault:
            print(f"{each}: {type(fault).__name__}: {str(fault)[:300]}", flush=True)
