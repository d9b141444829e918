"""The value in which measurements flow: what is filled in, what is kept, and what is refused with which words."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from trackfuse.core.errors import DataError
from trackfuse.sensing import Detections, frames_at, joined, measured
from trackfuse.sensing.detections import NOTHING

from .conftest import infrared, radar
from .test_ships import ship

NAMES = tuple(each.name for each in fields(Detections))


def given(m: int = 4) -> dict[str, Any]:
    """What must be given: a radar, a radar with range rate, an infrared sensor, and so on again."""
    sensor = np.arange(m) % 3
    z = np.tile([4e5, 1.0, 0.3, 900.0], (m, 1))
    sigma = np.tile([30.0, 1e-3, 1e-3, 1.0], (m, 1))
    z[sensor != 1, 3], sigma[sensor != 1, 3] = np.nan, np.inf
    z[sensor == 2, 0], sigma[sensor == 2, 0] = np.nan, np.inf
    return {
        "t_s": np.arange(float(m)), "sensor": sensor, "z": z, "sigma": sigma, "site_m": np.full((m, 3), 6.4e6),
        "enu_from_ecef": np.tile(np.eye(3), (m, 1, 1)), "is_infrared": sensor == 2,
    }  # fmt: skip


def same(one: Detections, other: Detections) -> None:
    for name in NAMES:
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine.dtype == theirs.dtype, name
        np.testing.assert_array_equal(mine, theirs, err_msg=name)


def test_what_is_not_given_is_filled_in() -> None:
    found = Detections(**given(7))
    assert len(found) == 7
    assert repr(found) == "<Detections: 7 by 3 sensors>"
    np.testing.assert_array_equal(found.site_velocity_mps, np.zeros((7, 3)))
    np.testing.assert_array_equal(found.number, [0, 0, 0, 1, 1, 1, 2])
    assert np.isnan(found.snr_db).all()
    for name, value, kind in (("cued", False, "b"), ("truth", 0, "i"), ("look", NOTHING, "i")):
        array = getattr(found, name)
        assert array.dtype.kind == kind
        np.testing.assert_array_equal(array, np.full(7, value))


def test_looks_are_counted_in_the_order_given() -> None:
    parts = given(5) | {"sensor": np.array([2, 0, 2, 2, 0])}
    parts["is_infrared"] = np.zeros(5, dtype=bool)
    parts["z"], parts["sigma"] = np.ones((5, 4)), np.ones((5, 4))
    np.testing.assert_array_equal(Detections(**parts).number, [0, 0, 1, 2, 1])


def test_what_is_given_is_kept_as_it_is() -> None:
    known = {
        "site_velocity_mps": np.full((4, 3), 5.0), "number": np.array([8, 3, 3, 1]), "snr_db": np.full(4, 13.0),
        "cued": np.array([True, False, True, False]), "truth": np.array([1, -1, 0, 1]), "look": np.array([5, -1, 2, 0]),
    }  # fmt: skip
    parts = given() | known
    found = Detections(**parts)
    for name, value in parts.items():
        assert getattr(found, name) is value


def test_none_at_all() -> None:
    found = Detections(**given(0))
    assert len(found) == 0
    assert {name: getattr(found, name).shape for name in NAMES} == {
        name: (0, *tail) for name, tail in (
            ("t_s", ()), ("sensor", ()), ("z", (4,)), ("sigma", (4,)), ("site_m", (3,)), ("enu_from_ecef", (3, 3)),
            ("is_infrared", ()), ("site_velocity_mps", (3,)), ("number", ()), ("snr_db", ()), ("cued", ()),
            ("truth", ()), ("look", ()),
        )
    }  # fmt: skip
    same(joined([found, found]), found)


@pytest.mark.parametrize("rows", [np.array([3, 0]), np.array([False, True, False, True]), slice(1, None, 2), slice(0)])
def test_some_are_selected_in_the_order_asked_for(rows: np.ndarray | slice) -> None:
    whole = Detections(**given(), snr_db=np.array([1.0, 2.0, 3.0, 4.0]), look=np.array([4, 5, 6, 7]))
    part = whole.select(rows)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[rows], err_msg=name)


def test_joined_in_order_of_time_then_sensor_then_object() -> None:
    def part(t_s: list[float], sensor: list[int], truth: int) -> Detections:
        m = len(t_s)
        values = np.full((m, 4), 1.0)
        return Detections(
            t_s=np.array(t_s), sensor=np.array(sensor), z=values, sigma=values, site_m=np.zeros((m, 3)),
            enu_from_ecef=np.zeros((m, 3, 3)), is_infrared=np.zeros(m, dtype=bool), truth=np.full(m, truth),
            look=np.arange(m),
        )  # fmt: skip

    parts = [part([5.0, 2.0, 2.0], [0, 1, 0], 1), part([2.0, 2.0, 1.0], [1, 0, 4], 0), part([2.0], [0], -1)]
    found = joined(parts)
    rows = list(zip(found.t_s, found.sensor, found.truth, found.look, strict=True))
    assert rows == [
        (1.0, 4, 0, 2), (2.0, 0, -1, 0), (2.0, 0, 0, 1), (2.0, 0, 1, 2), (2.0, 1, 0, 0), (2.0, 1, 1, 1), (5.0, 0, 1, 0),
    ]  # fmt: skip
    same(joined(parts[::-1]), found)
    alone = joined(parts[:1])
    np.testing.assert_array_equal(alone.look, [2, 1, 0])
    assert joined([alone]) is alone
    # Of one sensor, instant and object: in the order given, with the numbers they had.
    twins = joined([parts[0].select(np.array([0, 0])), part([5.0], [0], 1)])
    np.testing.assert_array_equal(twins.look, [0, 0, 0])
    np.testing.assert_array_equal(twins.number, [0, 0, 0])


def test_an_infrared_range_and_range_rate_are_not_read() -> None:
    """Whatever stands there, even impossible numbers; the same numbers of a radar are refused."""
    parts = given()
    for values in ((np.nan, np.inf), (7.0, -1.0), (np.inf, 0.0), (1.0, np.nan)):
        parts["z"][2, [0, 3]], parts["sigma"][2, [0, 3]] = values
        assert Detections(**parts).is_infrared[2]
    with pytest.raises(DataError, match="a radar's detection 2"):
        Detections(**parts | {"is_infrared": np.zeros(4, dtype=bool)})


def test_a_range_rate_without_a_standard_deviation_is_not_read() -> None:
    parts = given()
    parts["z"][0, 3] = np.inf
    assert len(Detections(**parts)) == 4


@pytest.mark.parametrize(
    ("name", "row", "column", "value", "says"),
    [
        ("t_s", 0, None, np.nan, "a radar's detection 0 at nan s"),
        ("z", 1, 0, np.nan, "a radar's detection 1 at 1.0 s measures"),
        ("z", 3, 2, np.inf, "a radar's detection 3 at 3.0 s"),
        ("z", 1, 3, np.nan, "a radar's detection 1"),
        ("sigma", 0, 0, np.inf, "a radar's detection 0"),
        ("sigma", 0, 1, 0.0, "must be finite and have a positive standard deviation"),
        ("sigma", 1, 3, -1.0, "a radar's detection 1"),
        ("sigma", 0, 2, np.nan, "a radar's detection 0"),
        ("z", 2, 1, np.nan, "an infrared sensor's detection 2 at 2.0 s"),
        ("sigma", 2, 2, -1e-3, "an infrared sensor's detection 2"),
    ],
)
def test_wrong_numbers_are_named(name: str, row: int, column: int | None, value: float, says: str) -> None:
    parts = given()
    parts[name][row if column is None else (row, column)] = value
    with pytest.raises(DataError, match=f"detections: .*{says}"):
        Detections(**parts)


def test_the_first_wrong_one_is_named() -> None:
    parts = given()
    parts["z"][1:, 1] = np.nan
    with pytest.raises(DataError, match="detection 1 at"):
        Detections(**parts)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("z", np.ones((4, 3)), r"z has shape \(4, 3\), not \(4, 4\)"),
        ("sigma", np.ones((3, 4)), r"sigma has shape \(3, 4\), not \(4, 4\)"),
        ("sensor", np.zeros(5, dtype=int), r"sensor has shape \(5,\), not \(4,\)"),
        ("site_m", np.zeros((1, 3)), r"site_m has shape \(1, 3\), not \(4, 3\)"),
        ("enu_from_ecef", np.zeros((3, 3)), r"enu_from_ecef has shape \(3, 3\), not \(4, 3, 3\)"),
        ("site_velocity_mps", np.zeros(4), r"site_velocity_mps has shape \(4,\), not \(4, 3\)"),
        ("cued", np.zeros((4, 1), dtype=bool), r"cued has shape \(4, 1\), not \(4,\)"),
        ("t_s", np.zeros((4, 1)), r"t_s has shape \(4, 1\), not \(4,\)"),
        ("sensor", np.zeros(4), "sensor holds float64, not integers"),
        ("truth", np.zeros(4), "truth holds float64, not integers"),
        ("is_infrared", np.zeros(4, dtype=int), "is_infrared holds int64, not booleans"),
        ("snr_db", np.array(["high"] * 4), "snr_db holds <U4, not real numbers"),
    ],
)
def test_wrong_shapes_and_kinds_are_named(name: str, value: np.ndarray, says: str) -> None:
    with pytest.raises(DataError, match=f"detections: {says}"):
        Detections(**given() | {name: value})


SENSORS = (radar("a"), ship("b", speed_mps=30.0, course_deg=90.0), infrared("c"))


def test_sensors_say_where_they_are_and_how_they_move() -> None:
    parts = given(9)
    t_s, sensor = 100.0 * parts["t_s"], parts["sensor"]
    found = measured(SENSORS, t_s, sensor, parts["z"], parts["sigma"], truth=np.arange(9))
    site_m, enu_from_ecef = frames_at(SENSORS, sensor, t_s)
    np.testing.assert_array_equal(found.site_m, site_m)
    np.testing.assert_array_equal(found.enu_from_ecef, enu_from_ecef)
    np.testing.assert_array_equal(found.is_infrared, sensor == 2)
    np.testing.assert_array_equal(found.truth, np.arange(9))
    np.testing.assert_array_equal(found.number, [0, 0, 0, 1, 1, 1, 2, 2, 2])
    assert not found.site_velocity_mps[sensor != 1].any()
    moves = sensor == 1
    step = frames_at(SENSORS, sensor, t_s + 0.5)[0] - frames_at(SENSORS, sensor, t_s - 0.5)[0]
    np.testing.assert_allclose(found.site_velocity_mps[moves], step[moves], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(found.site_velocity_mps[moves], axis=1), 30.0, rtol=1e-12)
    ashore = measured(SENSORS[:1], t_s[:1], sensor[:1], parts["z"][:1], parts["sigma"][:1])
    np.testing.assert_array_equal(ashore.site_velocity_mps, np.zeros((1, 3)))


def test_no_sensors_and_no_detections() -> None:
    found = measured((), np.zeros(0), np.zeros(0, dtype=int), np.zeros((0, 4)), np.zeros((0, 4)))
    assert len(found) == 0
    assert found.enu_from_ecef.shape == (0, 3, 3)


@pytest.mark.parametrize("wrong", [3, -1])
def test_a_sensor_that_is_not_there_is_named(wrong: int) -> None:
    parts = given()
    parts["sensor"][2] = wrong
    with pytest.raises(DataError, match=f"detection 2 is by sensor {wrong}, but there are 3 sensors"):
        measured(SENSORS, parts["t_s"], parts["sensor"], parts["z"], parts["sigma"])
    with pytest.raises(DataError, match=r"sensor has shape \(2,\), not \(4,\)"):
        measured(SENSORS, parts["t_s"], parts["sensor"][:2], parts["z"], parts["sigma"])
