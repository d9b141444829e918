"""A comparison as one plain document, for `trackfuse run --json` and for scripts."""

from typing import Any

from trackfuse.scoring.gains import summary
from trackfuse.simulation.figures import METRICS
from trackfuse.studies.compare import Comparison


def document(comparison: Comparison) -> dict[str, Any]:
    """Figures by policy, nation and place, as plain numbers that JSON can hold.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    dict
        {"scenario", "seed", "runs", "version", "data", "policies": {P: {"nodes": {NATION: {metric: figure}},
        "places": {NAME: {"nation", "warning_time_s": figure}}}}}; the nations are the scenario's, and a figure is
        {"median", "p05", "p95", "n"} over runs, or None where it never happened.
    """
    policies = {}
    for p, policy in enumerate(comparison.policies):
        nodes = {
            nation: {metric: summary(comparison.nation_figures[p, :, i, k]) for k, metric in enumerate(METRICS)}
            for i, nation in enumerate(comparison.scenario.nations)
        }
        places = {
            name: {"nation": nation, "warning_time_s": summary(comparison.warning_time_s[p, :, i])}
            for i, (name, nation) in enumerate(comparison.places)
        }
        policies[policy.name] = {"nodes": nodes, "places": places}
    return {
        "scenario": comparison.scenario.name,
        "seed": comparison.seed,
        "runs": comparison.runs,
        "version": comparison.version,
        "data": comparison.data_hash,
        "policies": policies,
    }
