"""Every export of every shipped scenario under every policy, read back by what is not ours."""

import json
import warnings
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.catalog.catalog import scenario_names
from trackfuse.core.errors import TrackfuseError
from trackfuse.earth import Place
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import simulate_each
from trackfuse.views.style import fonts

NAMES = {"k": "http://www.opengis.net/kml/2.2", "gx": "http://www.google.com/kml/ext/2.2"}


def kml_of(run: Run, path: Path) -> ElementTree.Element:
    """Times in order, and places on the Earth."""
    root = ElementTree.fromstring(tf.export(run, path).read_bytes())
    for track in root.iter(f"{{{NAMES['gx']}}}Track"):
        when = [datetime.fromisoformat(each.text or "") for each in track.findall("k:when", NAMES)]
        where = np.array([(each.text or "").split() for each in track.findall("gx:coord", NAMES)], dtype=float)
        assert when == sorted(when) and len(when) == len(where) > 0
        assert np.isfinite(where).all() and (np.abs(where[:, :2]) <= [180.0, 90.0]).all()
    for spot in root.iter(f"{{{NAMES['k']}}}coordinates"):
        lon, lat, height = map(float, (spot.text or "").split(","))
        assert abs(lon) <= 180.0 and abs(lat) <= 90.0 and height == 0.0
    for begin in root.iter(f"{{{NAMES['k']}}}begin"):
        datetime.fromisoformat(begin.text or "")
    return root


def czml_of(run: Run, path: Path) -> list[dict]:
    """Numbers that JSON has, and intervals that begin before they end, within that of the document."""

    def no_number(word: str) -> None:
        raise AssertionError(word)

    packets = json.loads(tf.export(run, path).read_text(encoding="utf-8"), parse_constant=no_number)
    first, last = map(datetime.fromisoformat, packets[0]["clock"]["interval"].split("/"))
    for packet in packets[1:]:
        begin, end = map(datetime.fromisoformat, packet["availability"].split("/"))
        assert first <= begin <= end <= last
    return packets


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_under_every_policy(name: str, tmp_path: Path) -> None:
    scenario = tf.load_scenario(name)
    for run in simulate_each(scenario, scenario.policies, seed=3):
        alone = run.main if scenario.several else run
        notices = alone.notices
        warned = notices[(notices["kind"] == "place") & np.isfinite(notices["notice_s"])]
        marks = kml_of(alone, tmp_path / "run.kml").findall(".//k:Placemark", NAMES)
        spots = [mark for mark in marks if mark.find("k:Point", NAMES) is not None]
        packets = czml_of(alone, tmp_path / "run.czml")
        places = [packet for packet in packets if packet["id"].startswith("place")]
        # Launch, impact of what comes down, and whoever was warned: a place that was not has no mark.
        assert len(spots) == len(places) == 1 + alone.flight.lands + len(warned)


ODD = ["a<b>&\"c'", "</name>", "$\\frac{1}{2}$ and $x$", "100 %_#{}~^\\", "飛翔 발사", 'a,b;c"d', "{{ 7 * 7 }}"]


@pytest.mark.parametrize("odd", ODD)
def test_names_are_what_they_are_in_every_format(odd: str, tmp_path: Path) -> None:
    """Markup, formulas and templates of others within a name are letters, in files for globes and in figures."""
    base = tf.load_scenario("kn25_2023_02_20")
    launch = base.launch
    town = Place(name=odd, nation="JPN", region="", lat_deg=launch.lat_deg, lon_deg=launch.lon_deg, population=1)
    run = tf.simulate(replace(base, title=odd, places=(*base.places, town)), policy="ideal", seed=3)
    assert kml_of(run, tmp_path / "run.kml").findtext(".//k:Document/k:name", "", NAMES) == odd
    assert czml_of(run, tmp_path / "run.czml")[0]["name"] == odd
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a letter without a glyph
        figure = tf.plots.map(run)
        figure.savefig(tmp_path / "map.svg")
        figure.savefig(tmp_path / "map.png")
    ElementTree.parse(tmp_path / "map.svg")


@pytest.mark.parametrize(
    "odd", ["=1+1", "+1", "-1", "@SUM(A1)", "", " ", "a\nb", "a\x00b", "a\u2028b", "a\x1bb", "a\x07", "x" * 5000]
)
def test_names_that_no_format_can_hold_are_refused_where_they_enter(odd: str) -> None:
    base = tf.load_scenario("kn25_2023_02_20")
    for change in (
        lambda: replace(base.places[0], name=odd),
        lambda: replace(base.sensors[0], sensor_id=odd),
        lambda: replace(base.nodes[0], node_id=odd),
        lambda: replace(base.policies[0], name=odd),
        lambda: replace(base.launch, launch_id=odd),
        lambda: replace(base, name=odd),
    ):
        with pytest.raises(TrackfuseError) as caught:
            change()
        assert len(str(caught.value)) < 400


def test_letters_that_no_font_has_are_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Japanese or Korean font: by their reading where their names give it, else by their code."""
    monkeypatch.setattr(fonts, "FONTS", fonts.FONTS[:1])
    fonts._has.cache_clear()
    fonts._warn.cache_clear()
    with pytest.warns(UserWarning, match="Noto Sans CJK"):
        assert fonts.drawable("飛 발사 ぬ x") == "U+98DB  balsa nu x"
    monkeypatch.setattr(fonts, "FONTS", (*fonts.FONTS, fonts.NAMES_FONT))
    fonts._has.cache_clear()
    assert fonts.drawable("Aomori 青森") == "Aomori 青森"
