"""What warning does wrong: notices of nothing, notices to wrong places, false tracks passed on."""

import numpy as np

from trackfuse.simulation.figures.held import arrivals_of_tracks, nation_of_nodes
from trackfuse.simulation.outcome import Outcome


def harm_of(run: Outcome, launch: int, follows: np.ndarray) -> dict[str, np.ndarray]:
    """Counts of every nation.

    Parameters
    ----------
    run : Outcome
    launch : int
        Number of a launch. Notices of nothing and false tracks are of no launch: they count for each the same.
    follows : ndarray of int, shape (K, J)
        As `follows_own` gives it.

    Returns
    -------
    dict of str to ndarray of shape (C,)
        Figure -> count.
    """
    nation, nations = nation_of_nodes(run), len(run.scenario.nations)
    false, wrong = np.zeros(nations), np.zeros(nations)
    for given in run.launch_notices:
        warned = np.isfinite(given.notices.place_notice_s)
        counts = np.array([warned[nation == c].any(axis=0) & np.isnan(given.notices.arrival_s) for c in range(nations)])
        if given.launch < 0:
            false += counts.sum(axis=1)
        elif given.launch == launch:
            wrong += counts.sum(axis=1)
    passed = np.zeros(nations)
    if not run.prepared.known:
        for node, objects, arrival in zip(run.local.node, follows, arrivals_of_tracks(run), strict=True):
            abroad = arrival[nation != nation[node]]
            passed[nation[node]] += bool((np.isfinite(abroad) & (objects == -1)).any())
    return {"false_notices": false, "wrong_places": wrong, "false_tracks_passed": passed}
