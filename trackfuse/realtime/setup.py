"""What a live node knows before it starts: who it is, by what settings it works, and nothing of the truth."""

from dataclasses import dataclass

import numpy as np

from trackfuse.catalog.records import item_accuracies
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.earth import Place
from trackfuse.sharing import Node, Sources
from trackfuse.simulation.prepare import Noise, Prepared
from trackfuse.tracking import TrackerSettings
from trackfuse.warning import WarningRule, chain_delays


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSetup:
    """What one of N nodes works by.

    Parameters
    ----------
    node : int
        Which of them it is.
    nodes : tuple of Node
    places : tuple of Place
    rule : WarningRule
    tracker : TrackerSettings
        With an association that is not "auto".
    sources : Sources
        The S sensors.
    cycle_s : ndarray, shape (J,)
        Instants at which every node works, s.
    launch_id : str
        Of the first launch: an address of the rounding.
    delay_s : ndarray, shape (N, 3)
        From the rule being met to the notice; see `warning.chain_delays`.
    launch_point_m : float
        How coarse published launch points are, m.
    seed, run : int
        Of the rounding of what it publishes.
    """

    node: int
    nodes: tuple[Node, ...]
    places: tuple[Place, ...]
    rule: WarningRule
    tracker: TrackerSettings
    sources: Sources
    cycle_s: np.ndarray
    launch_id: str
    delay_s: np.ndarray
    launch_point_m: float
    seed: int
    run: int

    @property
    def known(self) -> bool:
        """Whether detections carry their object."""
        return self.tracker.association == "known"

    @property
    def considered(self) -> bool:
        """Whether tracks allow for their sensors' registration errors."""
        return self.tracker.registration == "consider"


def setups_of(scenario: Scenario, prepared: Prepared, noise: Noise) -> tuple[NodeSetup, ...]:
    """What every node of a scenario works by.

    Parameters
    ----------
    scenario : Scenario
    prepared : Prepared
    noise : Noise

    Returns
    -------
    tuple of NodeSetup
        In the order of the scenario's nodes.

    Raises
    ------
    SettingsError
        If the scenario asks for what a live node cannot do.
    """
    _check(prepared, noise)
    delay_s = chain_delays(scenario.rule, scenario.nodes, noise.chain_normal[0])
    return tuple(
        NodeSetup(
            node=i, nodes=scenario.nodes, places=scenario.places, rule=scenario.rule, tracker=prepared.tracker,
            sources=prepared.sources, cycle_s=prepared.cycle_s, launch_id=prepared.launch_ids[0], delay_s=delay_s,
            launch_point_m=item_accuracies(scenario.assumptions)["launch_point_m"], seed=noise.seed, run=noise.run,
        )
        for i in range(len(scenario.nodes))
    )  # fmt: skip


def _check(prepared: Prepared, noise: Noise) -> None:
    """Raise SettingsError for what needs all of a flight at once, or tells no node apart from the truth."""
    tracker = prepared.tracker
    if tracker.fusion != "ci":
        raise SettingsError(f"live: tracker fusion {tracker.fusion!r}: a live node fuses by 'ci' only")
    if tracker.remembers:
        raise SettingsError("live: tracker memory 'with': a live node fuses what is at hand alone; 'without' runs live")
    if tracker.feedback != "none":
        raise SettingsError(f"live: tracker feedback {tracker.feedback!r}: a live node fuses for itself: 'none'")
    if tracker.registration == "estimate" and any(draws.registration.any() for draws in noise.draws):
        raise SettingsError("live: tracker registration 'estimate' is worked out over whole flights; 'consider' and "
                            "'ignore' run live")  # fmt: skip
    if prepared.known and len(prepared.targets) > 1:
        raise SettingsError("live: tracker association 'known' is for one object; 'gnn' or 'jpda' for several")
