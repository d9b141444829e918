"""Comparisons: independent of threads, paired, and true to the runs they summarise."""

import json
from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from tests.satellites import without_satellites
from trackfuse.kernels.track_update import LOST_M
from trackfuse.simulation.figures import COLUMN, FIGURES, nation_figures
from trackfuse.simulation.figures.centre import accuracy_at_apogee, apogee_cycle
from trackfuse.studies.document import SHORT, document


@pytest.fixture(scope="module")
def comparison() -> tf.Comparison:
    return tf.compare("hwasong12_2022_10_04", ["bilateral", "trilateral", "ideal"], runs=8, seed=7)


def test_the_number_of_threads_changes_no_bit(comparison: tf.Comparison) -> None:
    again = tf.compare("hwasong12_2022_10_04", ["bilateral", "trilateral", "ideal"], runs=8, seed=7, threads=1)
    assert again.nation_figures.tobytes() == comparison.nation_figures.tobytes()
    assert again.warning_time_s.tobytes() == comparison.warning_time_s.tobytes()


def test_figures_are_those_of_the_single_runs(comparison: tf.Comparison) -> None:
    assert comparison.scenario.posture == "drawn"
    one = tf.simulate(comparison.scenario, "trilateral", seed=7, run=5)
    np.testing.assert_array_equal(nation_figures(one), comparison.nation_figures[1, 5])
    nodes = one.nodes[one.nodes.nation == "USA"]
    first = comparison.nation_figures[1, 5, 0, comparison.scenario.nations.index("USA"), COLUMN["first_knowledge_s"]]
    assert first == nodes["detection_s"].min()


def test_first_knowledge_gains_are_never_negative(comparison: tf.Comparison) -> None:
    gains = comparison.gains
    first = gains[gains.figure == "first_knowledge_s"]
    assert len(first) == 6 and (first["p05"] >= 0.0).all()
    assert (first["low"] <= first["median"]).all() and (first["median"] <= first["high"]).all()


def test_document_is_plain_finite_json(comparison: tf.Comparison) -> None:
    text = json.dumps(document(comparison), allow_nan=False)
    policies = json.loads(text)["policies"]
    assert list(policies) == ["bilateral", "trilateral", "ideal"]
    for policy in policies.values():
        assert list(policy["nodes"]) == list(comparison.scenario.nations)
        for figures in policy["nodes"].values():
            assert list(figures) == [*SHORT, *(each.name for each in FIGURES)]
            assert figures["notice_s"] == figures["first_notice_s"]
            for figure in figures.values():
                assert figure is None or set(figure) == {"median", "p05", "p95", "n"}
        assert {place["nation"] for place in policy["places"].values()} == {"JPN"}


@pytest.mark.parametrize("arguments", [{"runs": 0}, {"runs": 2.5}, {"baseline": "national"}, {"policies": []},
                                       {"policies": ["mesh", "mesh"]}, {"policies": ["mash"]}])  # fmt: skip
def test_bad_requests_are_refused_before_work(arguments: dict) -> None:
    with pytest.raises(tf.TrackfuseError):
        tf.compare("hwasong12_2022_10_04", **({"policies": ["bilateral", "ideal"]} | arguments))


def test_a_picture_as_uncertain_as_a_track_given_up_is_given_up() -> None:
    """South Korea lost the satellite; what its old reports came to, hundreds of kilometres off, is no track."""
    without = without_satellites(replace(tf.load_scenario("unha3_2012_12_12"), biases="white"))
    run = tf.simulate(without, policy="bilateral", seed=2023, run=4)
    at, korean = apogee_cycle(run.prepared, 0), [n.nation == "ROK" for n in run.scenario.nodes].index(True)
    assert (run.fused.status[korean, :at] == 1).any()
    assert run.fused.status[korean, at] != 1 and np.isnan(accuracy_at_apogee(run, 0)[korean]).all()
    claimed = np.sqrt(np.einsum("njii->nj", run.fused.covariance[..., :3, :3]))
    assert claimed[run.fused.status == 1].max() <= LOST_M
