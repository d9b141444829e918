"""A run for a talk and for globe programs: right in place and time, the same to the byte, whole or not at all."""

import io
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pymap3d
import pytest
from PIL import Image

import trackfuse as tf
from trackfuse.flight import state_at
from trackfuse.simulation.run import Run
from trackfuse.views.report import export
from trackfuse.views.widgets import globe

NAMES = {"k": "http://www.opengis.net/kml/2.2", "gx": "http://www.google.com/kml/ext/2.2"}


@pytest.fixture(scope="module")
def run() -> Run:
    return tf.simulate("kn25_2023_02_20", seed=3)


def test_czml_has_the_flight_where_and_when_it_was(run: Run, tmp_path: Path) -> None:
    """Within 150 m: longitude and latitude are to a thousandth of a degree."""
    packets = json.loads(tf.export(run, tmp_path / "run.czml").read_text(encoding="utf-8"))
    assert packets[0]["id"] == "document" and packets[0]["version"] == "1.0"
    flown = next(packet for packet in packets if packet.get("name") == "true flight")
    table = np.array(flown["position"]["cartesian"]).reshape(-1, 4)
    truth = state_at(run.flight, table[:, 0])[:, :3]
    assert np.linalg.norm(table[:, 1:] - truth, axis=1).max() < 150.0
    assert flown["position"]["epoch"] == run.scenario.launch.time_utc.replace("Z", ":00.000Z")
    assert {"Japan: track", "South Korea: track", "United States: track"} <= {p.get("name") for p in packets}


def test_kml_is_valid_and_agrees_with_the_run(run: Run, tmp_path: Path) -> None:
    root = ElementTree.parse(tf.export(run, tmp_path / "run.kml")).getroot()
    marks = root.findall(".//k:Placemark", NAMES)
    flown = next(mark for mark in marks if mark.findtext("k:name", "", NAMES) == "true flight")
    rows = np.array([row.text.split() for row in flown.findall(".//gx:coord", NAMES)], dtype=float)
    assert len(rows) == len(flown.findall(".//k:when", NAMES))
    assert rows[:, 2].max() / 1e3 == pytest.approx(run.flight.apogee_km, abs=1.0)
    ground = pymap3d.vincenty.vdist(*rows[0, 1::-1], *rows[-1, 1::-1])[0] / 1e3
    assert float(ground) == pytest.approx(run.flight.range_km, abs=0.5)


def test_a_launch_without_a_day_gets_one(run: Run) -> None:
    launch = replace(run.scenario.launch, time_utc="")
    undated = replace(run, scenario=replace(run.scenario, launch=launch))
    assert export.czml(undated)[0]["clock"]["currentTime"] == "2000-01-01T00:00:00.000Z"


@pytest.mark.parametrize("ending", ["czml", "kml", "gif"])
def test_same_run_same_bytes(run: Run, tmp_path: Path, ending: str) -> None:
    files = [tf.export(run, tmp_path / f"{name}.{ending}", speed=600.0).read_bytes() for name in ("a", "b")]
    assert files[0] == files[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a.{ending}", f"b.{ending}"]


def test_the_moving_picture_moves(run: Run) -> None:
    picture = Image.open(io.BytesIO(export.gif(run, speed=600.0)))
    assert picture.n_frames >= 5
    frames = []
    for k in range(picture.n_frames):
        picture.seek(k)
        frames.append(np.asarray(picture.convert("RGB"), dtype=int))
    assert all(np.abs(b - a).max() > 50 for a, b in pairwise(frames))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("run.mpg", "ending '.mpg'"),
        ("none/run.kml", "there is no folder"),
        ("run", "ending ''"),
    ],
)
def test_what_cannot_be_written_is_refused(run: Run, tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(tf.TrackfuseError, match=words):
        tf.export(run, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_names_that_a_system_has_or_has_not(run: Run, tmp_path: Path) -> None:
    """Endings in capitals; a name that is as long as may be, and one that is longer."""
    assert tf.export(run, tmp_path / "RUN.KML").is_file()
    assert tf.export(run, tmp_path / ("x" * 251 + ".kml")).is_file()
    assert tf.export(run, tmp_path / ("飛" * 83 + ".kml")).is_file()
    with pytest.raises(tf.TrackfuseError, match="cannot be written: File name too long"):
        tf.export(run, tmp_path / ("x" * 252 + ".kml"))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_speed_out_of_range_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(tf.TrackfuseError, match="export speed"):
        tf.export(run, tmp_path / "run.gif", speed=0.0)


def test_globe_shows_the_runs_own_points(run: Run) -> None:
    shown = tf.globe(run)
    truth = np.array(shown.lines[0]["points"])
    lat, lon, alt = pymap3d.ecef2geodetic(*state_at(run.flight, truth[:, 0])[:, :3].T)
    np.testing.assert_allclose(truth[:, 1:], np.stack([lon, lat, np.maximum(alt, 0) / 1e3], axis=1), atol=2e-3)
    assert shown.lines[0]["always"] and not any(line["always"] for line in shown.lines[1:])
    assert {line["color"] for line in shown.lines[1:]} <= {"#0072b2", "#d98b00", "#222222"}
    labels = [spot["label"] for spot in shown.spots]
    assert labels[:2] == ["launch", "impact"]
    assert all(abs(x) <= 180.0 for ring in shown.land for x in ring[::2])
    assert all(abs(y) <= 90.0 for ring in shown.land for y in ring[1::2])


def test_globe_follows_a_clock(run: Run) -> None:
    clock = tf.playback(run)
    shown = tf.globe(run, clock)
    clock.clock.value = 42.0
    assert shown.at_s == 42.0


def test_only_a_run_goes_on_a_globe() -> None:
    with pytest.raises(tf.TrackfuseError, match="give what tf"):
        tf.globe(3)  # type: ignore[arg-type]


def test_globe_brings_its_own_program() -> None:
    """Nothing is fetched: no address, no import."""
    program = Path(globe.__file__).with_name("globe.js").read_text(encoding="utf-8")
    assert "http" not in program and "import" not in program and "fetch(" not in program
