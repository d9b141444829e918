"""When a hub's fused estimates reach the centres of a run, and what they may hold."""

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.sharing import Network, Policy, reached, report
from trackfuse.simulation.prepare import Noise, Prepared
from trackfuse.tracking import Hub


def hub_of(scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise) -> Hub:
    """The hub of a scenario's settings, and whom it reaches under a policy in one run.

    Parameters
    ----------
    scenario : Scenario
        Whose tracker has feedback.
    policy : Policy
    prepared : Prepared
    noise : Noise

    Returns
    -------
    Hub
        Its estimates go as its own tracks would, over links that carry these, and leave at every cycle. What a link
        does not let through, as of an origin without consent, is not in the estimate for the centre behind it.
    """
    names = [node.node_id for node in scenario.nodes]
    hub, links = names.index(scenario.tracker.hub), policy.effective_links()
    permitted = np.eye(len(names), dtype=bool)
    for o, origin in enumerate(names):
        receivers = reached(links, origin, "track")
        permitted[o] |= [name in receivers for name in names]
    network = Network(nodes=scenario.nodes, policy=policy, sources=prepared.sources, seed=noise.seed, run=noise.run,
                      launch_id=prepared.launch_ids[0])  # fmt: skip
    since = np.where(np.arange(len(names)) == hub, 0.0, np.inf)
    return Hub(node=hub, permitted=permitted, received_s=report(network, prepared.cycle_s, since)[0][hub])
