"""Anything in a scenario by its dotted name, and the refusal of what is not there."""

from typing import Any

import pytest

import trackfuse as tf
from trackfuse.core.errors import TrackfuseError
from trackfuse.earth.geodesic import destination, distance_km
from trackfuse.studies.sweeps.assumed import interval, models, names_of_assumed
from trackfuse.studies.sweeps.fields import Setting, apply, assumed_interval, current_values, field_names

NAME = "hwasong12_2022_10_04"


@pytest.fixture(scope="module")
def base() -> Setting:
    scenario = tf.load_scenario(NAME)
    return Setting(scenario=scenario, policies=tuple(scenario.policy(p) for p in ("bilateral", "trilateral")))


def test_the_status_quo_stays_what_it_was(base: Setting) -> None:
    changed = apply(base, {"policy.latency_s": 3})
    assert [policy.latency_s for policy in changed.policies] == [None, 3]
    alone = Setting(scenario=base.scenario, policies=base.policies[:1])
    assert apply(alone, {"policy.latency_s": 3}).policies[0].latency_s == 3
    by_name = apply(base, {"policies.bilateral.loss": 0.5})
    assert [policy.loss for policy in by_name.policies] == [0.5, None]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("launch.azimuth_deg", 90.0),
        ("launch.missile.reentry_beta_kgpm2", 9000.0),
        ("tracker.predict_s", 20.0),
        ("rule.decision_s", 30.0),
        ("nodes.JPN.cue_delay_s", 7.0),
        ("sensors.*.revisit_s", 9.0),
        ("sensors.fps5.range_km", 1500.0),
        ("sensors.JP-FPS5-SADO.range_km", 1500.0),
        ("places.*.radius_km", 3.0),
        ("links.hub-usfj-jpn.period_s", 2.0),
        ("policies.trilateral.payload", "track"),
        ("policy.links.hub-usfj-jpn.loss", 0.1),
    ],
)
def test_what_is_set_is_held(base: Setting, name: str, value: Any) -> None:
    if name.startswith("policy.links"):
        base = Setting(scenario=base.scenario, policies=base.policies[1:])
    changed = apply(base, {name: value})
    assert changed != base
    assert set(current_values(changed, name)) == {value}
    assert len(current_values(changed, name)) == len(current_values(base, name)) >= 1


def test_a_model_is_all_its_sensors_and_no_other(base: Setting) -> None:
    members = models(base.scenario)["fps5"]
    assert len(members) == 4
    after = apply(base, {"sensors.fps5.range_km": "low"}).scenario
    for before, sensor in zip(base.scenario.sensors, after.sensors, strict=True):
        assert (sensor != before) == (sensor.sensor_id in members)


def test_levels_are_those_of_the_data(base: Setting) -> None:
    low, nominal, high = assumed_interval(base, "sensors.fps5.range_km")
    assert (low, nominal, high) == interval("sensors", "JP-FPS5-SADO", "range_km") and low < nominal < high
    assert current_values(base, "sensors.fps5.range_km")[0] == nominal
    assert assumed_interval(base, "nodes.JPN.cue_delay_s") == (2.0, 5.0, 10.0)
    with pytest.raises(TrackfuseError, match="name one model"):
        assumed_interval(base, "sensors.*.range_km")


def test_all_assumptions_at_once_are_those_of_a_scenario_loaded_so(base: Setting) -> None:
    for level in ("low", "high"):
        loaded = tf.load_scenario(NAME, assumptions=level)
        assert apply(base, {"assumptions": level}).scenario == loaded
        assert apply(Setting(scenario=loaded, policies=base.policies), {"assumptions": "nominal"}) == base


def test_everything_assumed_can_be_set(base: Setting) -> None:
    names = names_of_assumed(base.scenario)
    assert "sensors.fps5.range_km" in names and "nodes.JPN.cue_delay_s" in names and len(names) > 50
    for name in names:
        assert apply(base, {name: "low"}) != apply(base, {name: "high"}), name
        assert apply(base, {name: "nominal"}) == base, name


def test_a_target_is_aimed_at_from_the_site(base: Setting) -> None:
    aimed = apply(base, {"launch.target": "Sapporo", "launch.site": (40.0, 125.0)}).scenario.launch
    sapporo = next(place for place in base.scenario.places if place.name == "Sapporo")
    reached = destination(aimed.lat_deg, aimed.lon_deg, aimed.azimuth_deg, aimed.range_km)
    assert (aimed.lat_deg, aimed.lon_deg) == (40.0, 125.0)
    assert distance_km(*reached, sapporo.lat_deg, sapporo.lon_deg) < 1e-3
    assert apply(base, {"launch.site": "Tonghae (Musudan-ri)"}).scenario.launch.lat_deg == 40.85


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("policy.latncy_s", 1, "latency_s"),
        ("polcy.latency_s", 1, "policy.latency_s"),
        ("policies.trilatral.loss", 0.1, "trilateral"),
        ("sensors.fps55.range_km", 1, "fps5"),
        ("sensors.fps5.rnge_km", 1, "range_km"),
        ("sensors.*", 1, "names no field"),
        ("sensors", 1, "sensors."),
        ("links.hub-usfj.loss", 1, "hub-usfj-jpn"),
        ("rule.decisions_s", 1, "decision_s"),
        ("rule.decision_s", "medium", "nominal"),
        ("rule.decision_s", "low", "no low, nominal and high"),
        ("tracker.confirm_plots", 2.5, "integer"),
        ("policy.name", "x", "field"),
        ("policy.loss", 3.0, "3.0"),
        ("launch.target", "Saporo", "Sapporo"),
        ("launch.site", 3, "latitude"),
        ("assumptions", "lowest", "low"),
        ("launch.lat_deg.x", 1, "no fields"),
    ],
)
def test_what_is_wrong_is_told_with_the_nearest_choice(base: Setting, name: str, value: Any, hint: str) -> None:
    with pytest.raises(TrackfuseError, match=hint.replace("(", r"\(")):
        apply(base, {name: value})


def test_field_names_are_names_of_fields(base: Setting) -> None:
    names = field_names(base)
    assert {"policy.latency_s", "tracker.cycle_s", "sensors.*.cloud_km", "launch.target", "links.*.loss"} <= set(names)
    assert len(names) == len(set(names))
