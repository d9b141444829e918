"""A fusion rule of a user's own, as docs/extending.md teaches it: through runs, comparisons, sweeps and figures."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import trackfuse as tf
from trackfuse.core import plugins
from trackfuse.core.errors import PluginError, SettingsError, TrackfuseError
from trackfuse.tracking.reference import covariance_intersection, ellipsoidal_intersection

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
NAME = "kn23_2022_09_25"


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_registered", {role: {} for role in plugins.ROLES})


@pytest.fixture(scope="module")
def taught() -> dict[str, Any]:
    """What the page's block on fusion rules defines."""
    names: dict[str, Any] = {"__name__": __name__}
    block = next(each for each in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "def ellipsoidal" in each)
    exec(block, names)
    return names


def with_rule(rule: Callable | str) -> tf.Scenario:
    return tf.change(tf.load_scenario(NAME), {"tracker.fusion": rule})


def estimate(mean: np.ndarray, covariance: np.ndarray) -> tf.Estimate:
    return tf.Estimate(mean=mean, covariance=covariance, t_s=3.0)


def test_the_page_teaches_ellipsoidal_intersection(taught: dict[str, Any]) -> None:
    """Where both are diagonal it takes the better of each component; its covariance is within both; the order of the
    two does not matter; the readable reference gives the same.
    """
    rule, common = taught["ellipsoidal_intersection"], tf.Common(detections=False)
    one = estimate(np.zeros(6), np.diag([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    two = estimate(np.arange(1.0, 7.0), np.diag([6.0, 5.0, 4.0, 3.0, 2.0, 1.0]))
    made = rule(one, two, common)
    np.testing.assert_allclose(made.covariance, np.diag([1.0, 2.0, 3.0, 3.0, 2.0, 1.0]), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(made.mean, [0.0, 0.0, 0.0, 4.0, 5.0, 6.0], rtol=1e-12, atol=1e-12)
    rng = np.random.default_rng(4)
    a, b = (estimate(rng.normal(size=6), root @ root.T) for root in rng.normal(size=(2, 6, 6)))
    both, back = rule(a, b, common), rule(b, a, common)
    np.testing.assert_allclose(both.mean, back.mean, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(both.covariance, back.covariance, rtol=1e-8, atol=1e-8)
    mean, covariance = ellipsoidal_intersection((a.mean, a.covariance), (b.mean, b.covariance))[:2]
    np.testing.assert_allclose(both.mean, mean, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(both.covariance, covariance, rtol=1e-6, atol=1e-8)
    for larger in (a, b):
        assert np.linalg.eigvalsh(larger.covariance - both.covariance).min() > -1e-9


def test_covariance_intersection_written_as_a_rule_gives_what_the_kernel_gives() -> None:
    """The readable reference as a user's rule: what reaches a rule is what reaches the compiled default."""
    def by_reference(held: tf.Estimate, report: tf.Estimate, common: tf.Common) -> tf.Estimate:
        mean, covariance, weight = covariance_intersection(
            (held.mean, held.covariance), (report.mean, report.covariance), criterion="determinant"
        )
        boosting = weight * held.boosting + (1.0 - weight) * report.boosting
        return tf.Estimate(mean=mean, covariance=0.5 * (covariance + covariance.T), t_s=held.t_s, boosting=boosting)

    mine = tf.simulate(with_rule(by_reference), policy="trilateral", seed=3).tracks
    built = tf.simulate(tf.load_scenario(NAME), policy="trilateral", seed=3).tracks
    assert list(mine.node) == list(built.node)
    assert list(mine.t_s) == list(built.t_s)
    # Golden sections stop at a weight up to 0.03 from the best, where the determinant is flat but the trace is not.
    np.testing.assert_allclose(mine.position_sigma_m, built.position_sigma_m, rtol=0.05)
    assert np.median(np.abs(mine.position_sigma_m / built.position_sigma_m - 1.0)) < 0.01


def test_a_rule_goes_through_runs_comparisons_sweeps_and_figures(taught: dict[str, Any], tmp_path: Path) -> None:
    rule = taught["ellipsoidal_intersection"]
    scenario = with_rule(rule)
    run = tf.simulate(scenario, policy="mesh", seed=7)
    pd.testing.assert_frame_equal(run.tracks, tf.simulate(scenario, policy="mesh", seed=7).tracks)
    assert not run.tracks.equals(tf.simulate(tf.load_scenario(NAME), policy="mesh", seed=7).tracks)
    identity = rf"fusion ellipsoidal_intersection \({__name__}, no version, source \w+\)"
    assert re.search(identity, run.caption())
    comparison = tf.compare(scenario, policies=["national", "mesh"], runs=3, seed=7)
    assert re.search(identity, comparison.caption())
    for figure in (tf.plots.timeline(run), tf.plots.accuracy(run), tf.plots.policies(comparison)):
        assert "ellipsoidal_intersection" in " ".join(text.get_text() for text in figure.texts)
        plt.close(figure)
    study = tf.sweep(scenario, over={"policy.latency_s": [1, 60]}, runs=2, seed=7, out=tmp_path / "sweep")
    assert re.search(identity, study.caption())
    assert re.fullmatch(identity, study.manifest["parts"][0])
    with pytest.raises(SettingsError, match="holds a sweep with another scenario"):
        tf.sweep(with_rule("ci"), over={"policy.latency_s": [1, 60]}, runs=2, seed=7, out=tmp_path / "sweep")


def test_the_explorer_offers_the_rule_and_starts_with_it(taught: dict[str, Any]) -> None:
    rule = taught["ellipsoidal_intersection"]
    explorer = tf.explore(with_rule(rule))
    assert explorer.controls.fusion.value is rule
    assert explorer.controls.fusion.options[-1] == ("ellipsoidal_intersection", rule)
    assert explorer.controls.choice().fusion is rule


def test_a_study_of_rules_takes_it_beside_the_built_in_ones(taught: dict[str, Any]) -> None:
    rules = "ci", taught["ellipsoidal_intersection"]
    study = tf.fusion_study(NAME, rules=rules, runs=2, seed=1, latency_s=(), loss=())
    assert set(study.rules["rule"]) == {"ci", "ellipsoidal_intersection"}


def test_a_scenario_file_may_name_a_registered_rule_only(taught: dict[str, Any], tmp_path: Path) -> None:
    shipped = next(Path(tf.__file__).parents[1].glob(f"data/scenarios/{NAME}.toml"))
    file = tmp_path / "mine.toml"
    file.write_text(shipped.read_text() + '\n[tracker]\nfusion = "ellipsoidal"\n')
    with pytest.raises(TrackfuseError, match=r"mine.toml.*tracker fusion: no fusion rule 'ellipsoidal'"):
        tf.load_scenario(file)
    tf.register("fusion", "ellipsoidal", taught["ellipsoidal_intersection"])
    assert tf.load_scenario(file).tracker.fusion is taught["ellipsoidal_intersection"]


def test_a_registered_rule_is_found_by_its_name_and_saved(taught: dict[str, Any], tmp_path: Path) -> None:
    rule = taught["ellipsoidal_intersection"]
    run = tf.simulate(with_rule(rule), policy="mesh", seed=7)
    with pytest.raises(SettingsError, match=r"give it one with tf.register\('fusion', name, part\)"):
        run.save(tmp_path / "run")
    assert not (tmp_path / "run").exists()
    tf.register("fusion", "ellipsoidal", rule)
    assert with_rule("ellipsoidal") == with_rule(rule)
    run.save(tmp_path / "run")
    again = tf.load_run(tmp_path / "run")
    assert again.scenario.tracker.fusion is rule
    pd.testing.assert_frame_equal(again.tracks, run.tracks)
    with pytest.raises(TrackfuseError, match="no fusion rule 'elipsoidal'; did you mean 'ellipsoidal'"):
        with_rule("elipsoidal")


def test_several_objects_are_fused_by_it_too(taught: dict[str, Any]) -> None:
    several = tf.change(with_rule(taught["ellipsoidal_intersection"]), {"tracker.association": "gnn"})
    run, built = (tf.simulate(each, policy="mesh", seed=2) for each in (several, with_rule("ci")))
    assert len(run.fused.node) >= len(built.fused.node)
    assert (run.fused.status == 1).any(axis=1).all()


@dataclass(frozen=True)
class Choosing:
    """A rule with a parameter."""

    report: bool

    def __call__(self, held: tf.Estimate, report: tf.Estimate, common: tf.Common) -> tf.Estimate:
        return report if self.report else held


def test_a_rule_may_be_an_object_and_its_parameters_count(tmp_path: Path) -> None:
    one, other = (with_rule(Choosing(which)) for which in (False, True))
    assert not tf.simulate(one, policy="mesh", seed=7).tracks.equals(tf.simulate(other, policy="mesh", seed=7).tracks)
    tf.sweep(one, over={"policy.latency_s": [1]}, runs=2, seed=7, out=tmp_path / "sweep")
    with pytest.raises(SettingsError, match="holds a sweep with another scenario"):
        tf.sweep(other, over={"policy.latency_s": [1]}, runs=2, seed=7, out=tmp_path / "sweep")
    explorer = tf.explore(one)
    assert explorer.controls.fusion.value == Choosing(False)


def one_too_few(held: tf.Estimate, report: tf.Estimate) -> tf.Estimate:
    return held


def raises(held: tf.Estimate, report: tf.Estimate, common: tf.Common) -> tf.Estimate:
    raise RuntimeError("out of ideas")


def gives_nothing(held: tf.Estimate, report: tf.Estimate, common: tf.Common) -> Any:
    return None


def not_finite(held: tf.Estimate, report: tf.Estimate, common: tf.Common) -> tf.Estimate:
    return replace(held, mean=np.full(6, np.nan))


def not_positive(held: tf.Estimate, report: tf.Estimate, common: tf.Common) -> tf.Estimate:
    return replace(held, covariance=-held.covariance)


def later(held: tf.Estimate, report: tf.Estimate, common: tf.Common) -> tf.Estimate:
    return replace(held, t_s=held.t_s + 1.0)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (raises, "RuntimeError: out of ideas"),
        (gives_nothing, "TypeError: gives NoneType, not an Estimate"),
        (not_finite, "ValueError: mean is not finite"),
        (not_positive, "ValueError: covariance is not positive definite"),
        (later, "ValueError: gives an estimate at"),
    ],
)
def test_a_rule_that_fails_is_named_with_centre_and_time(rule: Callable, says: str, tmp_path: Path) -> None:
    where = rf"fusion rule '{rule.__name__}' at [A-Z]{{3}}[\w-]* at \d+\.\d s: {says}"
    with pytest.raises(PluginError, match=where):
        tf.simulate(with_rule(rule), policy="mesh", seed=7)
    with pytest.raises(PluginError, match=where):
        tf.compare(with_rule(rule), policies=["national", "mesh"], runs=2, seed=7)
    with pytest.raises(PluginError, match=f"{where}.* \\(run 0 of point 0 "):
        tf.sweep(with_rule(rule), over={"policy.latency_s": [1, 60]}, runs=2, seed=7, out=tmp_path / "sweep")
    assert not list((tmp_path / "sweep" / "rows").rglob("*"))


def test_a_rule_with_another_signature_is_refused_at_once() -> None:
    with pytest.raises(TrackfuseError, match=r"fusion: .one_too_few. does not fit: .*takes \(held, report, common\)"):
        with_rule(one_too_few)
