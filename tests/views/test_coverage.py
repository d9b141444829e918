"""Coverage maps: counts agree with the footprints, and the radars reported to a nation with the links."""

import numpy as np
import pytest
from matplotlib.text import Text

import trackfuse as tf
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.earth import distance_km
from trackfuse.sensing import horizon_km
from trackfuse.views.figures.coverage_geometry import (
    Target,
    counted,
    outlines,
    radar_of,
    radars_of,
    reach_km,
    reported_radars,
)
from trackfuse.views.style.style import png

LAUNCH = "hwasong12_2022_10_04"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return tf.load_scenario(LAUNCH)


def test_all_round_radar_covers_the_disc_to_its_reach(scenario: Scenario) -> None:
    radar = radar_of(scenario, "JP-AEGIS-B")
    lon, lat, count = counted((radar,), Target(30.0))
    reach = reach_km(radar, outlines(radar, Target(30.0)))
    assert set(np.unique(count)) == {0, 1}
    away = np.array([[distance_km(radar.lat_deg, radar.lon_deg, y, x) for x in lon[::8]] for y in lat[::8]])
    sampled, edge = count[::8, ::8] == 1, 20.0  # km: spacing of the outline's points, and the ellipsoid
    assert np.all(sampled[(away < reach - edge) & (away > 60.0)])  # without the hole overhead
    assert not np.any(sampled[away > reach + edge])


def test_a_low_target_is_seen_no_farther_than_the_horizon(scenario: Scenario) -> None:
    radar = radar_of(scenario, "JP-FPS5-SADO")
    assert reach_km(radar, outlines(radar, Target(30.0))) < horizon_km(30.0, site_m=radar.alt_m) + 5.0


def test_more_radars_never_cover_less(scenario: Scenario) -> None:
    own, reported = radars_of(scenario, "ROK"), reported_radars(scenario, scenario.policy("trilateral"), "ROK")
    assert set(own) < set(reported)
    assert np.all(counted(reported, Target(100.0))[2] >= counted(own, Target(100.0))[2])


def test_whose_radars_are_reported_to_whom(scenario: Scenario) -> None:
    """Without sharing a nation has its own radars only; with it, Korea's reach Japan."""
    national, trilateral = scenario.policy("national"), scenario.policy("trilateral")
    for nation in ("JPN", "ROK", "USA"):
        assert {radar.nation for radar in reported_radars(scenario, national, nation)} == {nation}
    assert {radar.nation for radar in reported_radars(scenario, trilateral, "JPN")} == {"JPN", "ROK", "USA"}


@pytest.mark.parametrize("choice", [{"sensor": "US-TPY2-SHA"}, {"nation": "ROK"}, {"policy": "bilateral"}])
def test_figure_says_what_it_shows_and_is_the_same_twice(choice: dict[str, str]) -> None:
    def draw() -> object:
        return tf.plots.coverage(LAUNCH, altitudes_km=(30, 100), **choice)

    figure = draw()
    said = " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")
    for piece in ("30 km high", "100 km high", "1 m²", "cued: detection", tf.__version__, "assumptions"):
        assert piece in said
    assert png(figure) == png(draw())


def test_a_height_that_a_radar_never_sees_is_said() -> None:
    figure = tf.plots.coverage(LAUNCH, sensor="KR-GP-B1", altitudes_km=(100, 20_000))
    assert any("20000 km high: not seen" in text.get_text() for text in figure.findobj(Text))


@pytest.mark.parametrize(
    ("choice", "error", "words"),
    [
        ({}, SettingsError, "exactly one"),
        ({"sensor": "JP-AEGIS-A", "nation": "JPN"}, SettingsError, "exactly one"),
        ({"sensor": "JP-AEGIS-X"}, SettingsError, "JP-AEGIS-B"),
        ({"sensor": "US-DSP"}, SettingsError, "satellite"),
        ({"nation": "JAP"}, SettingsError, "JPN"),
        ({"policy": "trilatral"}, ScenarioError, "trilateral"),
        ({"nation": "JPN", "altitudes_km": ()}, SettingsError, "altitudes_km"),
        ({"nation": "JPN", "altitudes_km": (-1.0,)}, SettingsError, "altitude_km"),
        ({"nation": "JPN", "rcs_m2": 0.0}, SettingsError, "rcs_m2"),
    ],
)
def test_bad_input(choice: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        tf.plots.coverage(LAUNCH, **choice)
