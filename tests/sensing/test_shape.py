"""Cross-section by aspect: closed forms of the pattern, its mean, and what a radar sees of a body that flies by."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate

from trackfuse.core.errors import ScenarioError
from trackfuse.sensing import TUMBLING, Shape, aspect_db, observe

from .conftest import Arc, hanging, infrared, radar
from .test_looks import EVERYWHERE

CONE = Shape(name="cone", nose_db=0.0, broadside_db=20.0, tail_db=10.0, broadside_deg=80.0)
BODY = Shape(name="body", broadside_db=15.0, tail_db=5.0)


def test_differences_between_nose_side_and_tail_are_those_stated() -> None:
    for shape in (CONE, BODY):
        nose, side, tail = aspect_db(shape, np.radians([0.0, shape.broadside_deg, 180.0]))
        assert side - nose == pytest.approx(shape.broadside_db - shape.nose_db, abs=1e-12)
        assert side - tail == pytest.approx(shape.broadside_db - shape.tail_db, abs=1e-12)


def test_half_way_to_the_flash_a_quarter_of_the_way_in_decibels() -> None:
    """sin^4 of 45 degrees is 1/4; level at nose, flash and tail; never beyond the three values."""
    angle = np.linspace(0.0, math.pi, 2001)
    for shape in (CONE, BODY):
        gain = aspect_db(shape, angle)
        half = aspect_db(shape, np.radians([0.5 * shape.broadside_deg]))[0]
        assert half - gain[0] == pytest.approx(0.25 * shape.broadside_db, abs=1e-12)
        assert gain.max() <= aspect_db(shape, np.radians([shape.broadside_deg]))[0] + 1e-12
        assert gain.min() == gain[0]
        for at in (0.0, math.radians(shape.broadside_deg), math.pi):
            close = aspect_db(shape, np.clip(np.array([at - 1e-4, at, at + 1e-4]), 0.0, math.pi))
            assert np.abs(np.diff(close)).max() < 1e-5


@pytest.mark.parametrize("shape", [CONE, BODY, TUMBLING, replace(CONE, broadside_deg=170.0, broadside_db=60.0)])
def test_mean_over_all_directions_is_the_stated_cross_section(shape: Shape) -> None:
    """Adaptive quadrature of 10^(dB / 10) sin(aspect) / 2 over the sphere, split at the flash."""

    def share(angle: float) -> float:
        return 0.5 * 10.0 ** (0.1 * aspect_db(shape, np.array([angle]))[0]) * math.sin(angle)

    mean = integrate.quad(share, 0.0, math.pi, points=[math.radians(shape.broadside_deg)], epsrel=1e-10)[0]
    assert mean == pytest.approx(1.0, rel=1e-7)


def test_a_shape_that_differs_by_a_constant_is_the_same_pattern() -> None:
    lifted = replace(BODY, nose_db=7.0, broadside_db=22.0, tail_db=12.0)
    angle = np.linspace(0.0, math.pi, 37)
    np.testing.assert_allclose(aspect_db(lifted, angle), aspect_db(BODY, angle), atol=1e-12)
    assert not aspect_db(replace(BODY, tumbling=True), angle).any()


def test_a_radar_sees_each_phase_by_its_own_aspect(arc: Arc) -> None:
    """SNR over that of the mean, look by look, is the pattern at the angle between velocity and line of sight."""
    sensors = (radar("a", range_km=4000.0, **EVERYWHERE), infrared())
    given = (arc.t_s, arc.position_m, arc.velocity_mps, arc.phase, arc.rcs_m2, sensors)
    plain, shaped = observe(*given), observe(*given, (BODY, TUMBLING, CONE))
    mine = np.flatnonzero(plain.sensor == 0)
    assert list(plain.number[mine]) == list(shaped.number[shaped.sensor == 0])
    t = plain.t_s[mine]
    velocity = np.array([np.interp(t, arc.t_s, arc.velocity_mps[:, k]) for k in range(3)]).T
    position = np.array([np.interp(t, arc.t_s, arc.position_m[:, k]) for k in range(3)]).T
    back = plain.site_m[0] - position
    cosine = np.sum(back * velocity, axis=1) / np.linalg.norm(back, axis=1) / np.linalg.norm(velocity, axis=1)
    aspect = np.arccos(cosine)
    expected = np.where(t < 60.0, aspect_db(BODY, aspect), np.where(t < 450.0, 0.0, aspect_db(CONE, aspect)))
    more = shaped.snr_db[shaped.sensor == 0, 1] - plain.snr_db[mine, 1]
    np.testing.assert_allclose(more, expected, atol=0.01)
    assert np.ptp(more[t >= 450.0]) > 1.0
    assert more[t < 60.0].max() < -5.0
    for name in ("range_m", "azimuth_rad", "rate"):
        np.testing.assert_array_equal(getattr(shaped, name), getattr(plain, name))


def test_what_does_not_move_has_no_aspect() -> None:
    still = hanging(37.5, 135.0, 300e3)
    sensor = (radar(**EVERYWHERE),)
    looks = observe(still.t_s, still.position_m, still.velocity_mps, still.phase, still.rcs_m2, sensor, (CONE,) * 3)
    np.testing.assert_array_equal(looks.snr_db, still.looks(*sensor).snr_db)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"nose_db": math.nan}, "nose_db"), ({"broadside_db": 61.0}, "broadside_db"), ({"tail_db": -61.0}, "tail_db"),
        ({"broadside_deg": 5.0}, "broadside_deg"), ({"broadside_deg": math.inf}, "broadside_deg"),
    ],
)  # fmt: skip
def test_impossible_shapes_are_refused(changes: dict[str, float], word: str) -> None:
    with pytest.raises(ScenarioError, match=f"'x' {word}"):
        Shape(name="x", **changes)  # type: ignore[arg-type]
