"""A scenario: everything a simulation needs, as one frozen value."""

import math
from dataclasses import dataclass, replace
from typing import Annotated, Any

from trackfuse.catalog import records
from trackfuse.core.display import cut, displayed
from trackfuse.core.errors import ScenarioError, check_known, is_kind
from trackfuse.core.fields import NAME, TITLE, Between, OneOf, check_fields
from trackfuse.earth import Place
from trackfuse.flight.missile import Launch
from trackfuse.sensing.presence import POSTURES, Presence, settled
from trackfuse.sensing.sensor import Infrared, Radar, check_sensor
from trackfuse.sensing.sensor_model import OwnSensor, SensorModel
from trackfuse.sensing.shape import TUMBLING, Shape
from trackfuse.sharing.network import Node, Policy, check_carries
from trackfuse.sharing.sharing_rule import EVERYTHING
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.warning.rule import WarningRule

BIASES = ("constant", "white")
"""What calibration leaves over of a sensor's errors: partly the same over a run, or drawn anew at every look."""


@displayed(lambda value: f"{value.launch.launch_id}: {value.after_s:g} s after the first")
@dataclass(frozen=True, slots=True, kw_only=True)
class SalvoLaunch:
    """A launch that follows the first one of a salvo.

    Parameters
    ----------
    launch : Launch
    after_s : float
        Its lift-off, seconds after that of the first.

    Raises
    ------
    ScenarioError
        If a value is out of range.
    """

    launch: Launch
    after_s: Annotated[float, Between(0.0, 3600.0)]

    def __post_init__(self) -> None:
        check_fields(ScenarioError, f"salvo {self.launch.launch_id!r}", self)


@displayed(
    lambda value: f"{value.name}: {cut(value.title)}; {len(value.sensors)} sensors, {len(value.policies)} policies",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A launch, the sensors and centres that may see it, and the places to warn.

    Parameters
    ----------
    name, title, source : str
        Key, one-line description, and where the flight's facts come from.
    launch : Launch
    sensors : tuple of Radar, Infrared or SensorModel
        The last are models of your own; see docs/extending.md.
    nodes : tuple of Node
    policies : tuple of Policy
        The arrangements that can be chosen by name, poorest first.
    places : tuple of Place
    tracker : TrackerSettings
    rule : WarningRule
    assumptions : str
        "low", "nominal" or "high": which value of every assumed sensor parameter the sensors carry.
    shapes : tuple of three Shape
        How the missile's cross-section goes with aspect in boost, coast and re-entry; by default not at all.
    salvo : tuple of SalvoLaunch
        Launches after the first.
    debris : bool
        Whether spent stages and fairings are seen as the objects that they are.
    false_plots : bool
        Whether radars report noise that crossed their thresholds.
    presence : tuple of Presence
        How probable it is that sensors are on station and work; a sensor without one always is, one of a sensor that
        takes no part has no effect.
    posture : str, optional
        Which of them are there in a run: "full", "none" (no ship), "published" or "drawn". None leaves it to who asks:
        `simulate` takes "full", studies that compare policies take "drawn".
    biases : str
        "constant": what calibration leaves over stays the same over a run as far as each sensor says; "white": all of
        it is drawn anew at every look, and every sensor is in perfect register.

    Raises
    ------
    ScenarioError
        If a value is out of range, a name appears twice, a name of a node is not known, or a part of your own is not
        what it should be.

    Examples
    --------
    >>> base = tf.load_scenario("kn25_2023_02_20")
    >>> base.nations
    ('JPN', 'ROK', 'USA')
    >>> base.policy("trilateral", latency_s=5.0, name="quick").name
    'quick'
    """

    name: Annotated[str, NAME]
    title: Annotated[str, TITLE]
    source: str
    launch: Launch
    sensors: tuple[Radar | Infrared | Annotated[SensorModel, OwnSensor], ...]
    nodes: tuple[Node, ...]
    policies: tuple[Policy, ...]
    places: tuple[Place, ...]
    tracker: TrackerSettings = TrackerSettings()
    rule: WarningRule = WarningRule()
    assumptions: str = "nominal"
    shapes: tuple[Shape, Shape, Shape] = (TUMBLING, TUMBLING, TUMBLING)
    salvo: tuple[SalvoLaunch, ...] = ()
    debris: bool = False
    false_plots: bool = False
    presence: tuple[Presence, ...] = ()
    posture: Annotated[str | None, OneOf("posture", POSTURES)] = None
    biases: Annotated[str, OneOf("kind of biases", BIASES)] = "constant"

    def __post_init__(self) -> None:
        where = f"scenario {self.name!r}"
        check_fields(ScenarioError, where, self)
        if len(self.shapes) != 3 or not all(is_kind(shape, Shape) for shape in self.shapes):
            raise ScenarioError(f"{where} shapes: {self.shapes!r} is not three shapes: in boost, coast and re-entry")
        nodes = [node.node_id for node in self.nodes]
        for k, sensor in enumerate(self.sensors):
            check_sensor(f"{where} sensors[{k}]", sensor)
            check_known(ScenarioError, "node", sensor.node, nodes, where=f"{where} sensor {sensor.sensor_id!r} node")
        self._check_nations(where)
        if self.tracker.hub:
            check_known(ScenarioError, "node", self.tracker.hub, nodes, where=f"{where} tracker hub")
        for what, names in (
            ("sensor", [s.sensor_id for s in self.sensors]),
            ("sensor with a presence", [each.sensor_id for each in self.presence]),
            ("node", nodes),
            ("policy", [p.name for p in self.policies]),
            ("place", [p.name for p in self.places]),
            ("launch", [self.launch.launch_id, *(each.launch.launch_id for each in self.salvo)]),
        ):
            if len(set(names)) < len(names):
                twice = sorted(name for name in names if names.count(name) > 1)[0]
                raise ScenarioError(f"{where}: {what} {twice!r} appears twice")
        settled(self.presence)
        for policy in self.policies:
            check_carries(policy)
            for link in policy.links:
                place = f"{where} policy {policy.name!r} link {link.link_id!r}"
                for end in (link.source, link.target, *link.origins):
                    check_known(ScenarioError, "node", end, nodes, where=place)

    def _check_nations(self, where: str) -> None:
        """Raise ScenarioError for a code that no centre has: such a place would never be warned, whatever hits it."""
        named = [(f"place {place.name!r} nation", place.nation) for place in self.places]
        named += [("rule nation_factor", nation) for nation, _ in self.rule.nation_factor]
        # A nation of data/nodes.csv may have places to be hit where it has no centre here.
        known = dict.fromkeys((*self.nations, *(node.nation for node in records.nodes())))
        for what, nation in named:
            check_known(ScenarioError, "nation", nation, known, where=f"{where} {what}")

    @property
    def nations(self) -> tuple[str, ...]:
        """Codes of the nations that have a centre, in the order of the centres: those that are compared and drawn."""
        return tuple(dict.fromkeys(node.nation for node in self.nodes))

    @property
    def several(self) -> bool:
        """Whether there may be more than one thing to see, so that plots have to be told apart."""
        return bool(self.salvo) or self.debris or self.false_plots

    def in_posture(self, posture: str | None, default: str) -> "Scenario":
        """The scenario with a posture asked for, else its own, else the default.

        Parameters
        ----------
        posture : str or None
        default : str

        Returns
        -------
        Scenario

        Raises
        ------
        ScenarioError
            If there is no such posture.
        """
        chosen = posture or self.posture or default
        return self if chosen == self.posture else replace(self, posture=chosen)

    def policy(self, name: str | Policy, /, **changes: Any) -> Policy:
        """The policy of that name, or the policy itself if one is given; with changes, a changed one.

        Parameters
        ----------
        name : str or Policy
        **changes
            Fields of Policy to set: `latency_s=5.0`, `loss=0.1` or `payload="track"` of the exchange, `name`.

        Returns
        -------
        Policy

        Raises
        ------
        ScenarioError
            If the scenario has no policy of that name, or a policy has no such field; the nearest is offered. If its
            tracker has feedback and names no hub; or the policy judges messages by what they say, or limits what a link
            carries: both rest on the messages of single centres, in whose place a hub's come.
        """
        where = f"scenario {self.name!r}"
        for field in changes:
            check_known(ScenarioError, "field of a policy", field, Policy.__dataclass_fields__, where=where)
        if not isinstance(name, Policy):
            known = {policy.name: policy for policy in self.policies}
            check_known(ScenarioError, "policy", name, known, where=where)
            name = known[name]
        chosen = replace(name, **changes)
        if self.tracker.feedback != "none":
            self._check_feedback(f"{where} policy {chosen.name!r}", chosen)
        return chosen

    def _check_feedback(self, where: str, policy: Policy) -> None:
        """Raise ScenarioError where there is no hub, or a policy rests on the messages of single centres."""
        if not self.tracker.hub:
            names = ", ".join(node.node_id for node in self.nodes)
            raise ScenarioError(
                f"scenario {self.name!r} tracker hub: feedback {self.tracker.feedback!r} takes the name of the centre "
                f"that fuses and sends back; one of {names}"
            )
        asked = f"tracker feedback {self.tracker.feedback!r} goes with"
        if policy.sharing_rule != EVERYTHING:
            raise ScenarioError(f"{where} sharing_rule: {asked} {EVERYTHING!r} alone")
        for link in policy.effective_links():
            if math.isfinite(link.capacity_per_s):
                raise ScenarioError(f"{where} link {link.link_id!r} capacity_per_s: {asked} links without a limit")
