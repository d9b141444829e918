"""A comparison as one plain document, for `trackfuse run --json` and for scripts."""

from typing import Any

import numpy as np

from trackfuse.scoring.gains import summary
from trackfuse.simulation.figures import FIGURES
from trackfuse.studies.compare import Comparison

SHORT = {
    "detection_s": "first_knowledge_s",
    "confirmation_s": "first_track_s",
    "notice_s": "first_notice_s",
    "position_error_m": "position_error_apogee_m",
    "velocity_error_mps": "velocity_error_apogee_mps",
    "impact_error_km": "impact_error_apogee_km",
}
"""Short name of some figures, which stand in a document under both -> its name."""


def document(comparison: Comparison) -> dict[str, Any]:
    """Figures by policy, nation and place, as plain numbers that JSON can hold.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    dict
        {"scenario", "seed", "runs", "version", "data", "policies": {P: {"nodes": {NATION: {figure: values}},
        "places": {NAME: {"nation", "warning_time_s": values}}}}}; the nations are the scenario's, the figures those of
        `SHORT`, `FIGURES` and the user's own, of several launches their mean. Values are {"median", "p05", "p95", "n"}
        over the n runs in which it occurred, or None where it never did.
    """
    policies = {}
    for p, policy in enumerate(comparison.policies):
        places = {
            name: {"nation": nation, "warning_time_s": summary(comparison.warning_time_s[p, :, i])}
            for i, (name, nation) in enumerate(comparison.places)
        }
        nodes = {nation: _of_nation(comparison, p, i) for i, nation in enumerate(comparison.scenario.nations)}
        policies[policy.name] = {"nodes": nodes, "places": places}
    return {
        "scenario": comparison.scenario.name,
        "seed": comparison.seed,
        "runs": comparison.runs,
        "version": comparison.version,
        "data": comparison.data_hash,
        "policies": policies,
    }


def _of_nation(comparison: Comparison, policy: int, nation: int) -> dict[str, Any]:
    """Summaries of the figures of one nation under one policy, by name."""
    means = np.mean(comparison.nation_figures[policy, :, :, nation], axis=1)
    found = {figure.name: summary(means[:, k]) for k, figure in enumerate(FIGURES)}
    name = comparison.scenario.nations[nation]
    own = {each.figure: summary(each.by_run[policy]) for each in comparison.own if each.nation == name}
    return {short: found[long] for short, long in SHORT.items()} | found | own
