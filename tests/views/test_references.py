"""Figures look as they did when last looked at: compared with pictures kept beside this file.

Root mean square of the difference below 2 % of full scale, and fewer than 2 % of the pixels off by more than a
quarter: another version of a library may draw an edge differently, but a panel, a label or a line that is gone is more
than that. After an intended change: `TRACKFUSE_REFERENCES=write python -m pytest tests/views/test_references.py`, then
look at them.
"""

import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import trackfuse as tf
from trackfuse.views.style.style import png

KEPT = Path(__file__).parent / "references"
LAUNCH = "hwasong12_2022_10_04"
LEAST_DPI = 75.0


def overview() -> Figure:
    run, base = (tf.simulate(LAUNCH, policy, seed=7) for policy in ("trilateral", "bilateral"))
    return tf.plots.overview(run, base, at_s=300.0)


def accuracy() -> Figure:
    return tf.plots.accuracy(tf.simulate(LAUNCH, "trilateral", seed=7))


def coverage() -> Figure:
    return tf.plots.map(tf.simulate("kn25_2023_02_20", "trilateral", seed=7), coverage_km=100.0)


def policies() -> Figure:
    return tf.plots.policies(tf.compare(LAUNCH, runs=6, seed=7))


def gains() -> Figure:
    return tf.plots.gains(tf.compare(LAUNCH, runs=6, seed=7))


def ascents() -> Figure:
    return tf.plots.ascents()


def filters() -> Figure:
    return tf.plots.filters(tf.filter_study(LAUNCH, runs=4, seed=7))


def launch_reports() -> Figure:
    scenario = tf.load_scenario(LAUNCH)
    seen = tuple(sensor for sensor in scenario.sensors if isinstance(sensor, tf.Infrared))[:1]
    return tf.plots.launch_reports(tf.simulate(replace(scenario, sensors=seen), "trilateral", seed=7))


def difference(drawn: np.ndarray, kept: np.ndarray) -> tuple[float, float]:
    """Root mean square, and share of pixels off by more than a quarter of full scale."""
    apart = np.abs(drawn - kept) / 255.0
    return float(np.sqrt(np.mean(apart**2))), float(np.mean(apart.max(axis=2) > 0.25))


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=float)


@pytest.mark.parametrize("draw", [overview, accuracy, coverage, policies, gains, ascents, filters, launch_reports])
def test_looks_as_it_did(draw: Callable[[], Figure]) -> None:
    content, path = png(draw(), LEAST_DPI), KEPT / f"{draw.__name__}.png"
    if os.environ.get("TRACKFUSE_REFERENCES") == "write":
        KEPT.mkdir(exist_ok=True)
        path.write_bytes(content)
    drawn, kept = pixels(content), pixels(path.read_bytes())
    assert drawn.shape == kept.shape
    spread, gone = difference(drawn, kept)
    assert spread < 0.02 and gone < 0.02, f"{path.name}: {spread:.4f} apart, {gone:.2%} of the pixels differ"


def test_the_tolerance_sees_a_missing_panel() -> None:
    kept = pixels((KEPT / "overview.png").read_bytes())
    drawn = kept.copy()
    drawn[: kept.shape[0] // 3, kept.shape[1] // 2 :] = 255.0
    assert max(difference(drawn, kept)) > 0.02
