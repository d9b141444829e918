"""Ascents: each class on the flight that is said, and the sheet says what was flown."""

import numpy as np
import pytest
from matplotlib.text import Text

import trackfuse as tf
from trackfuse.catalog.catalog import launches, missile_names
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.views.figures.ascent import ascent_flights
from trackfuse.views.style.ellipse import height_km
from trackfuse.views.style.style import png


def test_every_class_is_flown_and_on_the_sheet() -> None:
    flown = ascent_flights()
    assert [one.missile.name for one in flown] == list(missile_names())
    said = [text.get_text() for text in tf.plots.ascents().findobj(Text)]
    for one in flown:
        assert one.missile.name in said
        assert any(f"burn-out {one.flight.burnout_s:.0f} s, {one.burnout[0]:.0f} km" in text for text in said)
        assert any(f"{one.flight.apogee_km:.0f} km high, {one.flight.range_km:.0f} km far" in text for text in said)


def test_reference_is_the_newest_well_attested_launch_that_names_the_class() -> None:
    """Hwasong-17: KCNA of 2023-03-16, not the failures, parts tests or the weak row of 2022-03-24."""
    (one,) = ascent_flights(["Hwasong-17"])
    rows = launches()
    row = rows[(rows["event_id"] == "L20230316") & (rows["source_country"] == "KCNA")].iloc[0]
    assert one.basis == "2023-03-16 (KCNA)"
    # fly() meets apogee and range to 1e-6.
    assert one.flight.apogee_km == pytest.approx(row["apogee_km"], rel=1e-5)
    assert one.flight.range_km == pytest.approx(row["range_km"], rel=1e-5)


def test_a_broad_kind_names_no_class() -> None:
    """A launch called only "IRBM" is flown as Hwasong-12 elsewhere, but it is no reference for it."""
    (one,) = ascent_flights(["Hwasong-12"])
    assert one.basis == "2022-10-04 (JPN)"
    assert ascent_flights(["Hwasong-20"])[0].basis == "assumed"


@pytest.mark.parametrize("name", ["KN-25", "Hwasong-12", "Hwasong-18"])
def test_stages_add_up_to_the_burn_out(name: str) -> None:
    (one,) = ascent_flights([name])
    ends = [end for _, end in one.stages_s]
    assert ends == sorted(ends) and ends[-1] == pytest.approx(one.flight.burnout_s, abs=1e-6)
    climbing = one.flight.t_s < one.flight.burnout_s
    height, speed_mps = height_km(one.flight.position_m), np.linalg.norm(one.flight.velocity_mps, axis=1)
    assert np.all(np.diff(height[climbing]) >= -1e-9)
    # Half a second of thrust at 10 g is 50 m/s and 2 km at 4 km/s: what the sample beside the burn-out may differ by.
    nearest = int(np.argmin(np.abs(one.flight.t_s - one.flight.burnout_s)))
    assert one.burnout[0] == pytest.approx(height[nearest], abs=2.5)
    assert one.burnout[1] == pytest.approx(speed_mps[nearest] / 1e3, abs=0.06)


def test_same_bytes_twice() -> None:
    assert png(tf.plots.ascents(["KN-25", "Hwasong-18"])) == png(tf.plots.ascents(["KN-25", "Hwasong-18"]))


def test_unknown_class_or_none() -> None:
    with pytest.raises(ScenarioError, match="Hwasong-20"):
        tf.plots.ascents(["Hwasong-21"])
    with pytest.raises(SettingsError, match="none named"):
        tf.plots.ascents([])
