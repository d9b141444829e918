"""Other filters, another engine and other ways with late detections: of several objects as of one."""

from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.catalog.scenario import SalvoLaunch, Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.simulation.run import Run


@pytest.fixture(scope="module")
def pair() -> Scenario:
    """A missile over Japan, and a minute later another from 11 km north of it."""
    first = tf.load_scenario("hwasong12_2022_10_04")
    second = replace(first.launch, launch_id="second", lat_deg=first.launch.lat_deg + 0.1)
    return replace(first, salvo=(SalvoLaunch(launch=second, after_s=60.0),))


def longest(run: Run, node: int, true: int) -> int:
    """Fused track of an object that a node held for longest."""
    mine = run.fused.of(node)
    mine = mine[run.objects[mine] == true]
    return int(mine[(run.fused.status[mine] == 1).sum(axis=1).argmax()])


@pytest.mark.parametrize(
    "tracker",
    [{"filter": "ekf"}, {"filter": "ukf"}, {"late": "drop"}, {"late": "one_step"}, {"late": "multi_step"},
     {"engine": "filterpy"}],
    ids=lambda given: next(iter(given.values())),
)  # fmt: skip
def test_of_several_objects_each_is_followed_as_if_it_were_known(pair: Scenario, tracker: dict[str, str]) -> None:
    """While both are held in free fall: the track that was found by association is within ten metres of that of known
    detections, where taking the other missile's would be wrong by hundreds of kilometres, and within 5 km of the truth.
    A filter that leaves room for thrust at all times gives both up some minutes after the last detection.
    """
    known, found = (
        tf.simulate(replace(pair, tracker=replace(pair.tracker, association=a, **tracker)), "national", seed=7)
        for a in ("known", "gnn")
    )
    for true, target in enumerate(known.prepared.targets):
        falls = known.prepared.cycle_s > target.lift_off_s + target.flight.burnout_s + 60.0
        for node in range(2):
            one, other = longest(known, node, true), longest(found, node, true)
            both = falls & (known.fused.status[one] == 1) & (found.fused.status[other] == 1)
            assert both.sum() > (200 if tracker.get("filter") is None else 50)
            apart = known.fused.mean[one, both, :3] - found.fused.mean[other, both, :3]
            assert np.median(np.linalg.norm(apart, axis=1)) < 10.0
            assert np.median(found.errors.position_m[other, both]) < 5e3


def test_shares_of_a_detection_cannot_come_late(pair: Scenario) -> None:
    with pytest.raises(SettingsError, match="association 'jpda' takes shares"):
        tf.simulate(replace(pair, tracker=replace(pair.tracker, association="jpda", late="drop")))
