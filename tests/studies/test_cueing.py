"""What cues are worth: against runs worked out one by one, and never a loss."""

from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.studies.cueing import cue_gains

LAUNCH, RUNS = "hwasong12_2022_10_04", 5


@pytest.fixture(scope="module")
def scenario() -> tf.Scenario:
    return tf.load_scenario(LAUNCH)


def firsts(scenario: tf.Scenario, policy: str) -> np.ndarray:
    """First detection of every radar in every run, from whole simulations, (RUNS, S)."""
    table = np.full((RUNS, len(scenario.sensors)), np.inf)
    ids = [sensor.sensor_id for sensor in scenario.sensors]
    for run in range(RUNS):
        found = tf.simulate(scenario, policy, seed=3, run=run).detections.groupby("sensor")["t_s"].min()
        for name, at in found.items():
            table[run, ids.index(str(name))] = at
    return table


def test_times_are_those_of_simulations(scenario: tf.Scenario) -> None:
    """Without cues: the same scenario whose centres take an hour to order one."""
    deaf = replace(scenario, nodes=tuple(replace(node, cue_delay_s=3600.0) for node in scenario.nodes))
    cued, uncued = firsts(scenario, "bilateral"), firsts(deaf, "bilateral")
    table = cue_gains(scenario, ["bilateral"], runs=RUNS, seed=3).set_index(["nation", "radar"])
    ids = [sensor.sensor_id for sensor in scenario.sensors]
    for name in ("JP-AEGIS-A", "US-TPY2-SHA", "KR-KDX3-E"):
        s = ids.index(name)
        row = table.loc[(scenario.sensors[s].nation, name)]
        assert row["cued_s"] == np.median(cued[:, s])
        assert row["uncued_s"] == np.median(uncued[:, s])
        assert row["gain_s"] == np.median(uncued[:, s] - cued[:, s])
        assert row["n"] == RUNS
    radars = [s for s, each in enumerate(scenario.sensors) if each.nation == "JPN"]
    assert table.loc[("JPN", ""), "cued_s"] == np.median(cued[:, radars].min(axis=1))


def test_a_cue_never_costs_time_and_more_sharing_never_less_gain(scenario: tf.Scenario) -> None:
    table = cue_gains(scenario, runs=RUNS, seed=1)
    assert list(dict.fromkeys(table["policy"])) == [policy.name for policy in scenario.policies]
    assert np.all(table["gain_s"].dropna() >= 0.0)
    assert np.all(table["cued_s"] <= table["uncued_s"])
    first = table[table["radar"] == ""].pivot(index="nation", columns="policy", values="cued_s")
    order = [policy.name for policy in scenario.policies]
    assert np.all(np.diff(first[order].to_numpy(), axis=1) <= 0.0)
    uncued = table.groupby(["nation", "radar"])["uncued_s"].nunique()
    assert np.all(uncued == 1)


def test_bad_arguments_are_named(scenario: tf.Scenario) -> None:
    for runs in (0, 2.5, True):
        with pytest.raises(SettingsError, match="runs"):
            cue_gains(scenario, runs=runs)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="seed"):
        cue_gains(scenario, runs=1, seed=-1)
    with pytest.raises(ScenarioError, match="did you mean 'mesh'"):
        cue_gains(scenario, ["meshh"], runs=1)
