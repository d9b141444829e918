"""The US Standard Atmosphere 1976 against its own published tables."""

import numpy as np
import pytest

from trackfuse.earth import standard_atmosphere
from trackfuse.kernels.atmosphere import CEILING_M, TOP_M, density, temperature_pressure

PUBLISHED = {
    # geometric height, km: temperature K, pressure Pa, density kg/m^3 (six digits, so 5e-6 relative)
    10: (223.252, 26499.9, 0.413510), 20: (216.650, 5529.31, 0.0889099), 30: (226.509, 1197.03, 0.0184102),
    50: (270.650, 79.7791, 0.00102688), 80: (198.639, 1.05247, 1.84580e-5),
}


@pytest.mark.parametrize("height_km", PUBLISHED)
def test_geometric_heights(height_km: int) -> None:
    found = standard_atmosphere(height_km * 1e3)
    assert [float(value) for value in found] == pytest.approx(PUBLISHED[height_km], rel=5e-6)


@pytest.mark.parametrize(("geopotential_km", "pressure_pa"), [
    (11, 22632.06), (20, 5474.889), (32, 868.0187), (47, 110.9063), (51, 66.93887), (71, 3.95642), (84.852, 0.3733836)])
def test_pressure_at_the_feet_of_the_layers(geopotential_km: float, pressure_pa: float) -> None:
    geometric_m = 6356766.0 * geopotential_km * 1e3 / (6356766.0 - geopotential_km * 1e3)
    assert temperature_pressure(geometric_m)[1] == pytest.approx(pressure_pa, rel=1e-6)


@pytest.mark.parametrize(("height_km", "published"), [
    (90, 3.416e-6), (100, 5.604e-7), (120, 2.222e-8), (150, 2.076e-9), (180, 5.194e-10)])
def test_density_above_the_layers_is_the_table(height_km: int, published: float) -> None:
    assert density(height_km * 1e3) == pytest.approx(published, rel=1e-9)


def test_density_falls_smoothly_to_the_ceiling_and_is_nothing_above() -> None:
    heights = np.arange(0.0, CEILING_M, 250.0)
    logarithm = np.log([density(height) for height in heights])
    steps = np.diff(logarithm)
    assert np.all(steps < 0.0)
    # Continuous: in 250 m no more than 250 m / 5 km of the smallest scale height; slopes join at 86 km within the
    # tenth of a per cent by which the published table itself departs from the layers there.
    assert np.all(steps > -250.0 / 4500.0)
    below, above = (np.log(density(TOP_M + 10.0 * side) / density(TOP_M)) / (10.0 * side) for side in (-1, 1))
    assert above == pytest.approx(below, rel=2e-3)
    assert density(CEILING_M) == 0.0


def test_shapes_and_what_has_no_closed_form() -> None:
    temperature, pressure, rho = standard_atmosphere(np.array([[0.0, 90e3]]))
    assert temperature.shape == pressure.shape == rho.shape == (1, 2)
    assert np.isnan(temperature[0, 1]) and np.isnan(pressure[0, 1]) and rho[0, 1] > 0.0
    assert rho[0, 0] == pytest.approx(1.2250, rel=1e-5)
