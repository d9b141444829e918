"""Designs: every combination, one at a time, and samples that fill the space."""

import numpy as np
import pytest
from scipy import stats

import trackfuse as tf
from trackfuse.core.errors import TrackfuseError
from trackfuse.studies.sweeps.design import Axis, Design, make_design
from trackfuse.studies.sweeps.fields import Setting
from trackfuse.studies.sweeps.sensitivity import sobol_indices


@pytest.fixture(scope="module")
def base() -> Setting:
    scenario = tf.load_scenario("hwasong12_2022_10_04")
    return Setting(scenario=scenario, policies=(scenario.policy("trilateral"),))


def laid_out(base: Setting, over: object, kind: str | None = None, points: int | None = None, seed: int = 5) -> Design:
    return make_design(base, over, kind=kind, points=points, seed=seed)  # type: ignore[arg-type]


def test_grid_is_every_combination_in_order(base: Setting) -> None:
    over = {"policy.latency_s": range(1, 4), "policy.loss": {"low": 0.0, "high": 0.5, "n": 3}}
    design = laid_out(base, over)
    assert design.kind == "grid" and design.names == ("policy.latency_s", "policy.loss")
    assert design.points == tuple((a, b) for a in (1, 2, 3) for b in (0.0, 0.25, 0.5))


def test_one_at_a_time_begins_with_the_scenario_as_it_is(base: Setting) -> None:
    over = {"sensors.fps5.range_km": "assumed", "rule.decision_s": np.array([30.0, 45.0, 60.0])}
    design = laid_out(base, over, "one_at_a_time")
    assert design.points == ((None, None), ("low", None), ("high", None), (None, 30.0), (None, 60.0))
    assert design.varied == ("", "sensors.fps5.range_km", "sensors.fps5.range_km", "rule.decision_s", "rule.decision_s")
    everything = laid_out(base, "assumed")
    assert everything.kind == "one_at_a_time" and len(everything.points) == 2 * len(everything.names) + 1


@pytest.mark.parametrize("kind", ["random", "lhs", "sobol", "saltelli"])
def test_samples_depend_on_the_seed_alone(base: Setting, kind: str) -> None:
    over = {"rule.decision_s": {"low": 10.0, "high": 60.0}, "policy.loss": {"low": 0.0, "high": 1.0}}
    first = laid_out(base, over, kind, 16)
    assert laid_out(base, over, kind, 16) == first != laid_out(base, over, kind, 16, seed=6)
    assert len(first.points) == (64 if kind == "saltelli" else 16)
    values = np.array(first.points)
    assert ((values >= (10.0, 0.0)) & (values <= (60.0, 1.0))).all()
    if kind in ("lhs", "sobol"):  # one point in each sixteenth of each axis
        sixteenth = np.floor((values - (10.0, 0.0)) / (50.0, 1.0) * 16.0)
        assert (np.sort(sixteenth, axis=0) == np.arange(16.0)[:, None]).all()


@pytest.mark.parametrize(
    ("distribution", "parameters", "law"),
    [
        ("uniform", (2.0, 5.0), stats.uniform(2.0, 3.0)),
        ("loguniform", (2.0, 50.0), stats.loguniform(2.0, 50.0)),
        ("normal", (3.0, 2.0), stats.norm(3.0, 2.0)),
        ("lognormal", (45.0, 0.4), stats.lognorm(0.4, scale=45.0)),
        ("triangular", (1.0, 2.0, 5.0), stats.triang(0.25, 1.0, 4.0)),
    ],
)
def test_quantiles_are_those_of_scipy(distribution: str, parameters: tuple, law: object) -> None:
    axis = Axis(name="x", distribution=distribution, parameters=parameters)
    for u in (0.01, 0.2, 0.25, 0.5, 0.9, 0.999):
        assert axis.at(u) == pytest.approx(law.ppf(u), rel=1e-12)  # type: ignore[attr-defined]


def test_what_is_assumed_has_its_nominal_value_as_the_median(base: Setting) -> None:
    design = laid_out(base, {"sensors.fps5.range_km": "assumed", "assumptions": ["low", "nominal", "high"]}, "lhs", 201)
    values = [point[0] for point in design.points]
    assert np.median(values) == pytest.approx(2000.0, rel=0.02) and 1125.0 <= min(values) <= max(values) <= 3557.0
    assert [sum(point[1] == level for point in design.points) for level in ("low", "nominal", "high")] == [67, 67, 67]


@pytest.mark.parametrize(
    ("over", "kind", "points", "hint"),
    [
        ({}, None, None, "nothing to vary"),
        ("assume", None, None, "assumed"),
        ({"policy.loss": []}, None, None, "empty"),
        ({"policy.loss": [0.1]}, "gird", None, "grid"),
        ({"policy.loss": [0.1]}, "grid", 5, "points"),
        ({"policy.loss": [0.1]}, "lhs", None, "points"),
        ({"policy.loss": [0.1]}, "sobol", 100, "64 or 128"),
        ({"policy.loss": {"low": 0.0, "high": 1.0}}, "grid", None, "'n'"),
        ({"policy.loss": {"low": 0.0, "high": 1.0, "n": 4}}, "lhs", 4, "'points'"),
        ({"policy.loss": {"low": 1.0, "high": 0.0}}, "lhs", 4, "low < high"),
        ({"policy.loss": {"low": 0.0, "hihg": 1.0}}, "lhs", 4, "high"),
        ({"policy.loss": {"distribution": "unifrom", "low": 0.0, "high": 1.0}}, "lhs", 4, "uniform"),
        ({"policy.loss": {"distribution": "lognormal", "median": -1, "spread": 1}}, "lhs", 4, "positive"),
        ({"policy.loss": {"distribution": "normal", "mean": True, "sd": 1}}, "lhs", 4, "mean"),
        ({"policy.loss": {"low": 0.0, "high": float("inf")}}, "lhs", 4, "finite"),
        ({"launch.target": ["Sapporo"]}, "one_at_a_time", None, "plain fields"),
    ],
)
def test_what_makes_no_design_is_refused(
    base: Setting, over: object, kind: str | None, points: int | None, hint: str
) -> None:
    with pytest.raises(TrackfuseError, match=hint):
        laid_out(base, over, kind, points)


def test_sobol_indices_of_ishigami_s_function(base: Setting) -> None:
    """Closed form (Ishigami & Homma 1990), a = 7, b = 0.1; bootstrap intervals of 4,096 base points are below 0.05."""
    over = {name: {"low": 0.0, "high": 1.0} for name in ("policy.loss", "rule.probability", "rule.cancel_share")}
    design = laid_out(base, over, "saltelli", 4096)
    x, y, z = np.pi * (2.0 * np.array(design.points).T - 1.0)
    found = sobol_indices(list(design.names), np.sin(x) + 7.0 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x))
    table = found.set_index("field").loc[list(design.names)]
    variance = 49.0 / 8.0 + 0.1 * np.pi**4 / 5.0 + 0.01 * np.pi**8 / 18.0 + 0.5
    first = np.array([0.5 * (1.0 + 0.1 * np.pi**4 / 5.0) ** 2, 49.0 / 8.0, 0.0]) / variance
    both = 8.0 * 0.01 * np.pi**8 / 225.0 / variance
    np.testing.assert_allclose(table["first"], first, atol=0.03)
    np.testing.assert_allclose(table["total"], first + [both, 0.0, both], atol=0.03)
    assert (found["total"].diff()[1:] <= 0.0).all() and (table["total_half_width"] < 0.05).all()
    again = sobol_indices(list(design.names), np.sin(x) + 7.0 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x))
    assert again.equals(found)  # the bootstrap too
    with pytest.raises(TrackfuseError, match="the same"):
        sobol_indices(["a"], np.ones(12))
