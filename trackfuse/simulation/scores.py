"""How well each centre's fused tracks stand for the true objects: GOSPA at every cycle, SIAP's rates over the run."""

import numpy as np
import pandas as pd

from trackfuse.core.errors import ScenarioError, unknown
from trackfuse.scoring.assignment import Gospa, Siap, gospa, siap
from trackfuse.simulation.outcome import Outcome

CUTOFF_M = 20e3
"""Distance beyond which a track is of nothing and an object missed, for GOSPA: that at which a track is given up."""


def gospa_of(run: Outcome, node: int | str) -> list[Gospa]:
    """GOSPA of one centre's fused positions against the true objects in flight.

    Parameters
    ----------
    run : Outcome
    node : int or str
        The centre by its number or name.

    Returns
    -------
    list of Gospa
        One a cycle, in m with a cut-off of 20 km and order 2.

    Raises
    ------
    ScenarioError
        If there is no such centre.
    """
    truth, fused = run.prepared.truth[:, :, :3], run.fused.select(run.fused.of(_number(run, node)))
    return [
        gospa(truth[np.isfinite(truth[:, j, 0]), j], fused.mean[fused.status[:, j] == 1, j, :3], cutoff=CUTOFF_M)
        for j in range(len(run.prepared.cycle_s))
    ]


def siap_of(run: Outcome, node: int | str) -> Siap:
    """Rates of one centre's fused tracks over the run: completeness, ambiguity, spuriousness.

    Parameters
    ----------
    run : Outcome
    node : int or str
        The centre by its number or name.

    Returns
    -------
    Siap
        A track follows an object if most of its newest detections are of it and the object flies.

    Raises
    ------
    ScenarioError
        If there is no such centre.
    """
    rows = run.fused.of(_number(run, node))
    flying = np.isfinite(run.prepared.truth[:, :, 0]).T
    held = (run.fused.status[rows] == 1).T
    followed = np.zeros_like(flying, dtype=np.int64)
    for true in range(flying.shape[1]):
        of_it = held & (run.follows[rows] == true).T
        followed[:, true] = np.where(flying[:, true], of_it.sum(axis=1), 0)
    return siap(flying.sum(axis=1), held.sum(axis=1), followed)


def _number(run: Outcome, node: int | str) -> int:
    """Number of a centre given by its name or number."""
    names = [each.node_id for each in run.scenario.nodes]
    if node in names:
        return names.index(str(node))
    if not isinstance(node, int) or not 0 <= node < len(names):
        raise ScenarioError(f"scenario {run.scenario.name!r}: {unknown('node', str(node), names)}")
    return node


def scores(run: Outcome) -> pd.DataFrame:
    """One row a centre and cycle: GOSPA with its parts, in metres and metres squared."""
    rows = [
        {"node": node.node_id, "t_s": t, "gospa_m": made.total, "localisation_m2": made.localisation,
         "missed_m2": made.missed, "false_m2": made.false}
        for i, node in enumerate(run.scenario.nodes)
        for t, made in zip(run.prepared.cycle_s, gospa_of(run, i), strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def rates(run: Outcome) -> pd.DataFrame:
    """One row a centre: SIAP's rates, its own tracks and its fused ones, and how many of these change objects."""
    rows = []
    for i, node in enumerate(run.scenario.nodes):
        made, mine = siap_of(run, i), run.fused.of(i)
        changed = [np.unique(f[(f >= -1) & (s == 1)]).size > 1
                   for f, s in zip(run.follows[mine], run.fused.status[mine], strict=True)]  # fmt: skip
        rows.append({"node": node.node_id, "completeness": made.completeness, "ambiguity": made.ambiguity,
                     "spuriousness": made.spuriousness, "own_tracks": len(run.local.of(i)),
                     "tracks": len(changed), "changed_tracks": int(sum(changed))})  # fmt: skip
    return pd.DataFrame(rows)
