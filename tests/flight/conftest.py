"""Missiles of the tests' own, so that a change of the data changes no test of the mathematics."""

import pytest

from trackfuse.flight import Launch, MissileClass, Stage


def missile(*stages: Stage, **changes: float) -> MissileClass:
    """A class with round numbers."""
    values = {"vertical_s": 6.0, "ascent_beta_kgpm2": 45000.0, "reentry_beta_kgpm2": 5000.0, "boost_rcs_m2": 1.0,
              "coast_rcs_m2": 1.0, "reentry_rcs_m2": 0.1, "max_range_km": 5000.0} | changes
    return MissileClass(name="Test", kind="IRBM", stages=stages, **values)


@pytest.fixture(scope="session")
def single() -> MissileClass:
    """One stage, 130 s."""
    return missile(Stage(burn_s=130.0, acceleration_mps2=19.0, exhaust_mps=2850.0))


@pytest.fixture(scope="session")
def double() -> MissileClass:
    """Two stages with a pause, 250 s."""
    return missile(Stage(burn_s=140.0, acceleration_mps2=15.0, exhaust_mps=2850.0, spent_beta_kgpm2=1000.0),
                   Stage(burn_s=106.0, acceleration_mps2=22.0, exhaust_mps=2950.0, pause_s=4.0))


def launch(made: MissileClass, apogee_km: float, range_km: float, **changes: float) -> Launch:
    """From a place at 39 north, eastward."""
    values = {"lat_deg": 39.2, "lon_deg": 125.7, "azimuth_deg": 75.0} | changes
    return Launch(launch_id="T", missile=made, apogee_km=apogee_km, range_km=range_km, **values)
