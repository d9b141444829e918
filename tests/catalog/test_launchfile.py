"""What a scenario's [launch] may ask for beside apogee, range and bearing: a boost, flight time, splash, orbit."""

from pathlib import Path

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.catalog.missiles import missile, missile_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import ScenarioError
from trackfuse.earth import distance_km
from trackfuse.flight import fly
from trackfuse.simulation.prepare import prepare

TOP = 'title = "T"\nsources = ["S"]\n[launch]\n'
MARCH = 'event_id = "L20220324"\nsource_country = "KCNA"\nmissile = "Hwasong-17"\n'
AOMORI = 'event_id = "L20221004"\nsource_country = "JPN"\nmissile = "Hwasong-12"\n'


def scenario(tmp_path: Path, launch: str) -> Scenario:
    path = tmp_path / "own.toml"
    path.write_text(TOP + launch)
    return tf.load_scenario(path)


def refusal(tmp_path: Path, launch: str) -> str:
    with pytest.raises(ScenarioError) as refused:
        scenario(tmp_path, launch)
    return str(refused.value)


# ---- boost ----------------------------------------------------------------------------------------------------------


def test_boost_moves_when_the_missile_comes_over_the_horizon(tmp_path: Path) -> None:
    """A long, soft burn is seen later by radars beyond the horizon, and all three meet the same apogee and place."""
    first, impact = [], []
    for level in ("low", "nominal", "high"):
        looks = prepare(made := scenario(tmp_path, AOMORI + f'boost = "{level}"\n')).looks
        radars = np.flatnonzero(~looks.is_infrared)
        first.append([looks.t_s[looks.sensor == k].min(initial=np.inf) for k in radars])
        flight = fly(made.launch)
        impact.append((flight.impact_lat_deg, flight.impact_lon_deg))
        assert flight.apogee_km == pytest.approx(made.launch.apogee_km, rel=2e-6)
    seen = np.array(first)[:, np.all(np.isfinite(first), axis=0)]
    assert np.all(np.diff(seen, axis=0) >= 0.0) and np.all(seen[2] > seen[0] + 5.0)
    assert distance_km(*impact[0], *impact[2]) < 0.1


def test_boost_keeps_propellant_and_is_that_of_the_data() -> None:
    for name in missile_names():
        short, usual, long = (missile(name, boost=level) for level in ("low", "nominal", "high"))
        for a, b, c in zip(short.stages, usual.stages, long.stages, strict=True):
            assert a.burn_s <= b.burn_s <= c.burn_s and a.acceleration_mps2 >= c.acceleration_mps2
            assert a.burn_s * a.acceleration_mps2 == pytest.approx(c.burn_s * c.acceleration_mps2)
        assert short.burn_s < long.burn_s


def test_boost_is_swept_and_chosen_by_name(tmp_path: Path) -> None:
    base = scenario(tmp_path, AOMORI)
    study = tf.sweep(base, over={"launch.boost": ["low", "high"]}, policies=["bilateral", "trilateral"], runs=2,
                     out=tmp_path / "study", threads=1)
    assert not study.not_flown
    changed = tf.change(base, {"launch.boost": "high"})
    assert changed.launch.missile == missile("Hwasong-12", boost="high")
    assert "[launch] boost: no boost 'hihg'; did you mean 'high'?" in refusal(tmp_path, AOMORI + 'boost = "hihg"')


# ---- what is published beside apogee and range ----------------------------------------------------------------------


def test_flight_time_is_met_or_refused_by_name(tmp_path: Path) -> None:
    made = scenario(tmp_path, AOMORI + "flight_time_s = 1320.0\n")
    assert fly(made.launch).impact_s == pytest.approx(1320.0, abs=0.02)
    said = refusal(tmp_path, MARCH + "flight_time_s = 4052.0\n")
    assert "flight_time_s 4052 is shorter than free fall for apogee_km 6248.5 and range_km 1090, 41" in said
    assert said.startswith(f"{tmp_path / 'own.toml'} [launch]: ") or "own.toml [launch]: " in said
    assert "contradicts apogee_km" in refusal(tmp_path, MARCH + "flight_time_s = 4800.0\n")


def test_splash_gives_range_and_bearing_or_is_refused(tmp_path: Path) -> None:
    """2017-08-29: the published splash, 1,180 km east of Cape Erimo, is 2,696 km away; 2,700 are given."""
    row = 'event_id = "L20170829"\nsource_country = "JPN"\nmissile = "Hwasong-12"\n'
    made = scenario(tmp_path, row + "splash_lat_deg = 41.05\nsplash_lon_deg = 157.38\n")
    flight = fly(made.launch)
    assert distance_km(flight.impact_lat_deg, flight.impact_lon_deg, 41.05, 157.38) < 0.1
    assert made.launch.range_km == pytest.approx(2695.5, abs=1.0)
    far = refusal(tmp_path, row + "splash_lat_deg = 41.05\nsplash_lon_deg = 157.38\nrange_km = 3000.0\n")
    assert "km from that of range_km 3000 on bearing 75.4; allowed: 150 km" in far
    beside = refusal(tmp_path, row + "splash_lat_deg = 41.05\nsplash_lon_deg = 157.38\nazimuth_deg = 90.0\n")
    assert "range_km 2700 on bearing 90.0; allowed: 135 km" in beside
    assert "needs both" in refusal(tmp_path, row + "splash_lat_deg = 41.05\n")
    assert "splash_lat_deg: 141.0" in refusal(tmp_path, row + "splash_lat_deg = 141.0\nsplash_lon_deg = 157.0\n")


def test_an_orbit_needs_its_parts(tmp_path: Path) -> None:
    assert "both perigee_km and inclination_deg" in refusal(tmp_path, AOMORI + "perigee_km = 400.0\n")
    orbit = "perigee_km = 400.0\ninclination_deg = 98.0\n"
    assert "Hwasong-12 has no stage that reaches orbit" in refusal(tmp_path, AOMORI + orbit)
    unha = ('event_id = "L20121212"\nsource_country = "JPN"\nmissile = "Unha-3"\napogee_km = 500.0\nrange_km = 2400.0\n'
            + orbit)  # fmt: skip
    assert "comes down nowhere" in refusal(tmp_path, unha + "flight_time_s = 900.0\n")
    assert scenario(tmp_path, unha).launch.to_orbit


# ---- a flight that fails --------------------------------------------------------------------------------------------


def test_a_failure_is_read_and_checked(tmp_path: Path) -> None:
    fails = 'failure = "break-up"\nfails_s = 400.0\n'
    made = scenario(tmp_path, AOMORI + fails).launch
    assert (made.failure, made.fails_s, made.lands) == ("break-up", 400.0, False)
    assert "needs both failure and fails_s" in refusal(tmp_path, AOMORI + "fails_s = 400.0\n")
    said = refusal(tmp_path, AOMORI + fails.replace("break", "brake"))
    assert "no failure 'brake-up'; did you mean 'break-up'?" in said
    assert "is not flown to a flight time" in refusal(tmp_path, AOMORI + fails + "flight_time_s = 1320.0\n")


def test_apogee_and_range_of_the_flight_that_failed_are_not_those_intended(tmp_path: Path) -> None:
    """2023-08-24: apogee and range published of a satellite launch that failed."""
    row = 'event_id = "L20230824"\nsource_country = "JPN"\nmissile = "Chollima-1"\n'
    fails = 'failure = "shutdown"\nfails_s = 200.0\n'
    assert scenario(tmp_path, row).launch.lands
    assert "apogee_km" in (said := refusal(tmp_path, row + fails)) and "of the flight that failed" in said
    assert "range_km" in refusal(tmp_path, row + fails + "apogee_km = 700.0\n")


def test_a_further_launch_of_a_salvo_fails_only_where_it_says_so(tmp_path: Path) -> None:
    made = scenario(tmp_path, AOMORI + 'failure = "break-up"\nfails_s = 90.0\n[[salvo]]\nafter_s = 5.0\n'
                    '[[salvo]]\nafter_s = 9.0\nfailure = "shutdown"\nfails_s = 60.0\n')  # fmt: skip
    assert [made.launch.failure, *(each.launch.failure for each in made.salvo)] == ["break-up", None, "shutdown"]
