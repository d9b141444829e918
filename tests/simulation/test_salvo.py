"""Four missiles two seconds apart: how many tracks each centre makes of them, and whether these keep their missiles."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import trackfuse as tf
from benchmarks.salvo import changes, pictures, salvo

RUNS, NAME = 10, "nodong_2016_08_03"
CENTRES = ["JPN", "ROK", "USFJ"]


def means(association: str, policy: str) -> pd.DataFrame:
    """Means over runs, a row a centre."""
    scenario = salvo(NAME, association)
    made = [pictures(tf.simulate(scenario, policy, seed=11, run=run)) for run in range(RUNS)]
    return pd.concat(made).groupby("node").mean().loc[CENTRES]


@pytest.mark.parametrize("association", ["gnn", "jpda"])
def test_four_missiles_are_four_tracks(association: str) -> None:
    """Each centre by itself: at most five tracks, which keep their missiles. GOSPA is at most a third above that of
    known association, since tracks begin later: until it is clear which of the first detections belong together.

    Over 100 runs own tracks are 4.1 to 4.3 and change 0.0 to 0.3 times, deviating by 0.5 and 0.9: means of ten runs lie
    above the bounds with probabilities of 1e-5 and 7e-5.
    """
    found, bound = means(association, "national"), means("known", "national")
    assert (found["own_tracks"] <= 5.0).all()
    assert (found["own_changes"] <= 1.4).all()
    assert (found["entries"] <= 5.0).all()
    assert (found["changes"] <= 1.4).all()
    assert (found["entries"] >= 4.0).all()
    assert (found["gospa_m"] <= 1.5 * bound["gospa_m"]).all()


@pytest.mark.parametrize("association", ["gnn", "jpda"])
def test_sharing_adds_hardly_a_track(association: str) -> None:
    """With the reports of the others, too, the fused picture has hardly more entries than missiles.

    Over 100 runs entries are 4.5, deviating by 0.8: ten runs lie above 5.5 with a probability of 4e-5. They keep their
    missiles but in Japan's picture: there own tracks take over entries known by items that are coarse to 5 km, of
    missiles 4 km apart, and 1.8 a run turn out to be of another one. These deviate by 1.4: above 3.6 with a probability
    of 3e-5.
    """
    found = means(association, "trilateral")
    assert (found["entries"] <= 5.5).all()
    assert (found["changes"] <= [3.6, 1.4, 1.4]).all()


def test_what_several_biased_radars_see_is_one_target() -> None:
    """Every centre has the detections of all radars, each with errors of its own that stay: one target, one track."""
    one = tf.load_scenario(NAME)
    scenario = replace(one, tracker=replace(one.tracker, association="gnn"))
    for run in range(5):
        made = tf.simulate(scenario, "ideal", seed=11, run=run)
        assert len(np.unique(made.measurements.sensor)) > 5
        assert [len(made.local.of(i)) for i in range(len(scenario.nodes))] == [1] * len(scenario.nodes)


def test_changes_are_counted_between_objects() -> None:
    assert changes(np.array([-2, -2, 0, 0, -1, 0, 1, 1, -1, 0])) == 2
    assert changes(np.array([-2, -1, 3, 3])) == 0
    assert changes(np.array([], dtype=int)) == 0
