"""Outlines on the map against looks at targets inside and outside them; the table of a flight against its looks."""

import numpy as np
import pymap3d
import pytest

from trackfuse.core.errors import SettingsError
from trackfuse.sensing import (
    Infrared,
    Radar,
    coverage,
    detection_probability,
    detection_range_m,
    footprint,
    footprints,
    horizon_km,
)
from trackfuse.sensing.coverage import look_altitude_km

from .conftest import Arc, hanging, infrared, radar


def inside(rings: tuple[np.ndarray, ...], lat: float, lon: float) -> bool:
    """Even-odd rule over all rings."""
    crossings = 0
    for ring in rings:
        y, x = ring[:, 0], ring[:, 1]
        spans = (y[:-1] > lat) != (y[1:] > lat)
        at = x[:-1][spans] + (lat - y[:-1][spans]) / (y[1:][spans] - y[:-1][spans]) * (x[1:][spans] - x[:-1][spans])
        crossings += np.count_nonzero(at > lon)
    return crossings % 2 == 1


def sees(sensor: Radar | Infrared, lat: float, lon: float, altitude_km: float) -> bool:
    looks = hanging(lat, lon, 1e3 * altitude_km).looks(sensor)
    return bool(looks.t_s.size and looks.pd[0, 1] >= 0.5)


SENSORS = {
    "sector cut by the horizon": (radar(range_km=3000.0), 60.0),
    "sector cut by range, hole overhead": (radar(range_km=700.0, elevation_max_deg=40.0), 200.0),
    "all round with hole": (radar(sector_deg=360.0, range_km=1500.0, elevation_max_deg=60.0), 400.0),
    "all round to the zenith": (radar(sector_deg=360.0, elevation_max_deg=90.0), 100.0),
    "wide sector over north": (radar(sector_deg=300.0, boresight_deg=0.0, range_km=900.0), 150.0),
    "satellite": (infrared(), 30.0),
}


@pytest.mark.parametrize("name", SENSORS)
def test_outline_encloses_what_looks_can_see(name: str) -> None:
    """400 points around the sensor; points within about 1 % of the outline may fall on either side."""
    sensor, altitude_km = SENSORS[name]
    rings = footprint(sensor, altitude_km, step_deg=1.0).rings
    assert len(rings) == (2 if name == "all round with hole" else 1)
    everything = np.concatenate(rings)
    low, high = everything.min(axis=0), everything.max(axis=0)
    middle, half = 0.5 * (low + high), 0.6 * (high - low)
    points = middle + np.random.default_rng(5).uniform(-1.0, 1.0, (400, 2)) * half
    points = points[np.abs(points[:, 0]) < 89.0]
    truth = [sees(sensor, lat, lon, altitude_km) for lat, lon in points]
    drawn = [inside(rings, lat, lon) for lat, lon in points]
    assert np.mean(np.array(truth) != np.array(drawn)) <= 0.015
    assert 0.2 < np.mean(truth) < 0.9


def test_outline_of_a_low_target_is_the_horizon() -> None:
    """All round at sea level: every point as far away as the grazing ray reaches; ellipsoid against sphere 0.5 %."""
    ring = footprint(
        radar(sector_deg=360.0, alt_m=0.0, elevation_min_deg=-5.0, elevation_max_deg=90.0, range_km=5000.0), 50.0
    ).rings[0]
    _, _, distance = pymap3d.geodetic2aer(ring[:, 0], ring[:, 1], 50e3, 37.0, 137.0, 0.0)
    np.testing.assert_allclose(np.asarray(distance) / 1e3, horizon_km(50.0), rtol=5e-3)
    np.testing.assert_allclose(ring[0], ring[-1])


def test_nothing_where_nothing_is_seen() -> None:
    assert footprint(radar(), 0.2).rings == ()
    assert footprint(radar(range_km=100.0), 500.0).rings == ()
    assert footprint(infrared(cloud_km=10.0), 5.0).rings == ()
    assert footprint(infrared(detection_probability=0.4), 30.0).rings == ()


def test_longitudes_run_on_across_the_date_line() -> None:
    ring = footprint(radar(lon_deg=179.0, sector_deg=360.0), 200.0).rings[0]
    assert np.max(np.abs(np.diff(ring[:, 1]))) < 5.0
    assert ring[:, 1].max() > 180.0


def test_detection_range_solves_the_range_equation() -> None:
    """SNR falls by 40 dB a decade from 13.18 dB at `range_km`, 1 m^2, cued."""
    sensor = radar(range_km=1000.0, swerling=3, search_loss_db=9.0)
    for cued, rcs_m2, pd in ((True, 1.0, 0.5), (False, 0.1, 0.9)):
        distance = detection_range_m(sensor, rcs_m2=rcs_m2, pd=pd, cued=cued)
        snr = 13.183490 + 10 * np.log10(rcs_m2) - (0.0 if cued else 9.0) - 40.0 * np.log10(distance / 1e6)
        assert float(detection_probability(snr, sensor.pfa, 3)) == pytest.approx(pd, abs=1e-9)
    assert detection_range_m(radar(swerling=0), pd=0.9) == pytest.approx(1200e3, rel=1e-8)


def test_several_sensors() -> None:
    several = footprints((radar("a"), infrared("b"), radar("c", range_km=10.0)), 150.0)
    assert [f.sensor_id for f in several] == ["a", "b", "c"]
    assert [len(f.rings) for f in several] == [1, 1, 0]


@pytest.mark.parametrize("call", [
    lambda: footprint(radar(), -1.0),
    lambda: footprint(radar(), 100.0, pd=1.0),
    lambda: footprint(radar(), 100.0, rcs_m2=0.0),
    lambda: footprint(radar(), 100.0, step_deg=0.0),
])  # fmt: skip
def test_bad_arguments_are_named(call: object) -> None:
    with pytest.raises(SettingsError, match=r"altitude_km|pd|rcs_m2|step_deg"):
        call()  # type: ignore[operator]


def test_table_of_a_flight(arc: Arc) -> None:
    looks = arc.looks(radar("a", lat_deg=36.0, lon_deg=135.0), infrared("b"), radar("blind", range_km=1.0))
    table = coverage(looks).set_index("sensor")
    assert list(table["looks"]) == [np.count_nonzero(looks.sensor == s) for s in range(3)]
    mine = np.flatnonzero(looks.sensor == 0)
    assert table.loc["a", "first_look_s"] == looks.t_s[mine[0]]
    assert table.loc["a", "last_look_s"] == looks.t_s[mine[-1]]
    for c, name in enumerate(("uncued", "cued")):
        half = mine[looks.pd[mine, c] > 0.5][0]
        assert table.loc["a", f"first_half_{name}_s"] == looks.t_s[half]
        missed = np.cumprod(1.0 - looks.pd[mine, c])
        assert table.loc["a", f"median_{name}_s"] == looks.t_s[mine[np.argmax(missed <= 0.5)]]
    assert table.loc["a", "median_cued_s"] < table.loc["a", "median_uncued_s"]
    assert table.loc["a", "first_half_cued_s"] < table.loc["a", "first_half_uncued_s"]
    assert table.loc["b", "first_half_cued_s"] == table.loc["b", "first_look_s"]
    assert table.loc["blind"].drop(["nation", "node", "looks"]).isna().all()


def test_altitude_of_a_look_is_the_flight_s(arc: Arc) -> None:
    looks = arc.looks(radar(sector_deg=360.0, range_km=5000.0))
    whole = np.flatnonzero(np.isclose(looks.t_s % 0.5, 0.0, atol=1e-9))
    rows = whole if whole.size else np.arange(looks.t_s.size)
    found = look_altitude_km(looks, rows)
    at = np.array([np.interp(looks.t_s[rows], arc.t_s, arc.position_m[:, k]) for k in range(3)])
    _, _, altitude_m = pymap3d.ecef2geodetic(*at)
    # Linear interpolation over half a second of free fall is good to a third of a metre.
    np.testing.assert_allclose(found, np.asarray(altitude_m) / 1e3, atol=5e-4)
