"""Flight times against what really flew."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from trackfuse.core.errors import DataError, TrackfuseError
from trackfuse.study.catalog import launches
from trackfuse.study.validate import TOLERANCE, validate

ROW = {
    "event_id": "X1", "name": "Hwasong-15", "missile_class": "ICBM", "source_country": "KCNA", "site_lat": "39.19",
    "site_lon": "125.67", "apogee_km": "4475", "range_km": "950", "flight_time_s": "3180", "bearing_deg_est": "76",
    "trajectory": "lofted",
}


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return validate()


def own(tmp_path: Path, **changes: str) -> pd.DataFrame:
    path = tmp_path / "launches.csv"
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(ROW))
        writer.writeheader()
        writer.writerow(ROW | changes)
    return validate(path)


def test_flights_timed_to_the_second_are_met(shipped: pd.DataFrame) -> None:
    """State media gave apogee, range and seconds; boost and drag are models of a class, hence the stated tolerance."""
    timed = shipped[(shipped["source_country"] == "KCNA") & (shipped["status"] == "ok")]
    assert len(timed) >= 5
    assert timed["error_pct"].abs().max() < 100.0 * TOLERANCE
    assert timed["error_pct"].abs().median() < 2.0


def test_a_time_shorter_than_a_vacuum_arc_is_called_so(shipped: pd.DataFrame) -> None:
    row = shipped[(shipped["event_id"] == "L20220324") & (shipped["source_country"] == "KCNA")]
    assert "shorter than free fall" in row["status"].item()


def test_every_complete_row_is_there_with_a_status(shipped: pd.DataFrame) -> None:
    table = launches()
    complete = table[["apogee_km", "range_km", "flight_time_s"]].notna().all(axis=1)
    assert list(shipped["event_id"]) == list(table.loc[complete, "event_id"])
    assert (shipped["status"].str.len() > 0).all()
    assert shipped.loc[shipped["status"] == "ok", "computed_s"].notna().all()


def test_own_file(tmp_path: Path) -> None:
    (row,) = own(tmp_path).to_dict("records")
    assert row["status"] == "ok"
    assert row["error_s"] == pytest.approx(row["computed_s"] - 3180.0)


def test_incomplete_row_is_left_out(tmp_path: Path) -> None:
    assert own(tmp_path, flight_time_s="").empty


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"trajectory": "depressed/pull-up"}, "not known to be ballistic"),
        ({"name": "Unheard-of", "missile_class": "balloon"}, "no class model"),
        ({"name": "Scud-B", "apogee_km": "3000", "range_km": "50"}, "Scud-B"),
    ],
)
def test_why_a_row_is_not_comparable(tmp_path: Path, changes: dict[str, str], why: str) -> None:
    (row,) = own(tmp_path, **changes).to_dict("records")
    assert why in row["status"]


@pytest.mark.parametrize("changes", [{"apogee_km": "high"}, {"site_lat": "95"}, {"range_km": "inf"}])
def test_malformed_rows_are_errors(tmp_path: Path, changes: dict[str, str]) -> None:
    with pytest.raises(TrackfuseError, match=next(iter(changes))):
        own(tmp_path, **changes)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none"):
        validate(tmp_path / "none.csv")
