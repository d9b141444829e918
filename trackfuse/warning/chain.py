"""How long a national chain of people and machines needs, from the rule being met to those who are warned."""

import numpy as np

from trackfuse.core.rng import generator
from trackfuse.sharing import Node
from trackfuse.warning.rule import AUDIENCES, LEARNED_AT, STEPS, WarningRule


def chain_normal(nodes: tuple[Node, ...], *, seed: int, run: int, launch_id: str) -> np.ndarray:
    """Draw how quick every centre's chain is in one run; the same under every policy and every rule.

    Parameters
    ----------
    nodes : tuple of Node
    seed, run : int
    launch_id : str
        With the node's name the address of the draws.

    Returns
    -------
    ndarray, shape (N, 5)
        Standard normal numbers: processing, decision, dissemination to the public, to ships and aircraft, all-clear.
    """
    drawn = [generator(seed, run, launch_id, node.node_id, "decision").standard_normal(len(STEPS)) for node in nodes]
    return np.reshape(drawn, (len(nodes), len(STEPS)))


def chain_delays(rule: WarningRule, nodes: tuple[Node, ...], normal: np.ndarray) -> np.ndarray:
    """Delay from the rule being met to the public, to ships and aircraft, and from the end to the all-clear.

    Parameters
    ----------
    rule : WarningRule
        Medians, spreads and the nations' factors.
    nodes : tuple of Node
    normal : ndarray, shape (N, 5)
        Standard normal numbers, as `chain_normal` gives them; zeros for the medians.

    Returns
    -------
    ndarray, shape (N, 3)
        Seconds: twice the sum of three lognormal steps, of which the first two are common, or what was learned of it;
        the third is a step alone.

    Notes
    -----
    Assumed: steps are lognormal; their medians and spreads come from the warning rule, `history.chain` learns them from
    data/alerts.csv.
    """
    median = np.array([getattr(rule, f"{step}_s") for step in STEPS])
    spread = np.array([getattr(rule, f"{step}_spread") for step in STEPS])
    steps = median * np.exp(spread * normal)
    factor = dict(rule.nation_factor)
    slower = np.array([factor.get(node.nation, 1.0) for node in nodes])
    common = steps[:, :2].sum(axis=1, keepdims=True) * [1.0, 1.0, 0.0]
    delays, known = slower[:, None] * (common + steps[:, 2:]), dict(rule.learned)
    for i, node in enumerate(nodes if known else ()):
        for k, audience in enumerate(AUDIENCES):
            points = known.get(f"{node.nation} {audience}")
            if points is not None:  # who decides quickly does so for all: one draw
                delays[i, k] = learned_delay(points, normal[i, 1])
    return delays


def learned_delay(points: tuple[float, ...], normal: np.ndarray | float) -> np.ndarray:
    """Delays of a learned chain.

    Parameters
    ----------
    points : tuple of float
        Seconds at each of `LEARNED_AT`.
    normal : ndarray or float, shape (n,)
        Standard normal numbers.

    Returns
    -------
    ndarray, shape (n,)
        Seconds.

    Notes
    -----
    Definition: straight lines between `LEARNED_AT` in the logarithm of the delay.
    """
    return np.exp(np.interp(normal, LEARNED_AT, np.log(points)))
