"""warn: what the centres decide from what they knew. Apart from the tracks, so that another rule needs no new ones."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from trackfuse import warning
from trackfuse.catalog.scenario import Scenario
from trackfuse.earth import Place
from trackfuse.sharing import Deliveries, Knowledge, Node
from trackfuse.simulation.fused_tracks import Clustered
from trackfuse.simulation.local_tracks import Tracked
from trackfuse.simulation.predicted import OwnPredictions, available, impact_of, own_predictions
from trackfuse.simulation.prepare import Noise, Prepared
from trackfuse.tracking import TrackClusters
from trackfuse.warning import Changes, Notices, Regions, WarningRule, picked

T = TypeVar("T", Changes, Regions)
NOWHERE = (np.nan, np.nan, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningInputs:
    """What N centres know of where missiles come down, and how quick they are: what a rule is applied to.

    Parameters
    ----------
    prepared : Prepared
    own : OwnPredictions
    clusters : TrackClusters
        Which tracks every node takes to be of one object.
    objects : ndarray of int, shape (E,)
        True object of every fused track, -1 of none. The rule does not see it; notices are scored by it.
    deliveries : Deliveries
    knowledge : tuple of Knowledge
        Of the L launches.
    chain_normal : ndarray, shape (L, N, 5)
        Standard normal numbers, as `warning.chain_normal` gives them.
    """

    prepared: Prepared
    own: OwnPredictions
    clusters: TrackClusters
    objects: np.ndarray
    deliveries: Deliveries
    knowledge: tuple[Knowledge, ...]
    chain_normal: np.ndarray

    def launch_of(self, true: int) -> int:
        """Number of the launch that an object is of, -1 for none."""
        return self.prepared.targets[true].launch if true >= 0 else -1

    def impact_of(self, true: int) -> tuple[float, float, float]:
        """Where (rad) and when (s after the first lift-off) an object comes down."""
        if true < 0:
            return NOWHERE
        target = self.prepared.targets[true]
        lat, lon, at = impact_of(target.flight)
        return lat, lon, at + target.lift_off_s

    def over_s(self, true: int) -> float:
        """When an object flies no more, s after the first lift-off."""
        if true < 0:
            return NOWHERE[2]
        target = self.prepared.targets[true]
        return target.flight.over_s + target.lift_off_s


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchNotices:
    """What was announced of one launch, or of false tracks.

    Parameters
    ----------
    launch : int
        Number of the launch; -1 for tracks of nothing.
    notices : Notices
        Measured against that launch's missile.
    place_track : ndarray of int, shape (N, P)
        Fused track of the centre that its first notice to a place came from; -1 without one.
    region_track : ndarray of int, shape (R,)
        The same for regions announced to ships and aircraft.
    """

    launch: int
    notices: Notices
    place_track: np.ndarray
    region_track: np.ndarray


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule, whom it concerns, and when each launch's missile truly arrives (L, P), s."""

    rule: WarningRule
    nodes: tuple[Node, ...]
    places: tuple[Place, ...]
    arrival_s: np.ndarray

    def arrival(self, launch: int) -> np.ndarray:
        return self.arrival_s[launch] if launch >= 0 else np.full(len(self.places), np.nan)


def decide(
    inputs: WarningInputs, nodes: tuple[Node, ...], places: tuple[Place, ...], rule: WarningRule, arrival_s: np.ndarray
) -> tuple[LaunchNotices, ...]:
    """Apply a rule to every fused track of every centre, and gather what it announces by the launch that it was about.

    Parameters
    ----------
    inputs : WarningInputs
    nodes : tuple of Node
    places : tuple of Place
        P places.
    rule : WarningRule
    arrival_s : ndarray, shape (L, P)
        True arrival of each launch at each of them, under the same rule.

    Returns
    -------
    tuple of LaunchNotices
        One a launch, and one for tracks of nothing if there are any.
    """
    given = _Rule(rule, nodes, places, arrival_s)
    launches = list(range(len(inputs.knowledge)))
    if (inputs.objects < 0).any():
        launches.append(-1)
    delays = [warning.chain_delays(rule, nodes, normal) for normal in inputs.chain_normal]
    parts: dict[int, list[_Part]] = {launch: [] for launch in launches}
    for cluster in range(len(inputs.clusters.member)):
        entries = np.flatnonzero(inputs.clusters.cluster == cluster)
        true, receivers = int(inputs.objects[entries[0]]), inputs.clusters.node[entries]
        launch = inputs.launch_of(true)
        made = _of_cluster(inputs, given, cluster, receivers, true, delays[max(launch, 0)])
        parts[launch].append(_Part(made, receivers, entries))
    return tuple(_gathered(inputs, given, launch, parts[launch], delays[max(launch, 0)]) for launch in launches)


def decide_each(
    scenario: Scenario, prepared: Prepared, noise: Noise, own: list[Tracked], clustered: list[Clustered]
) -> list[tuple[tuple[LaunchNotices, ...], OwnPredictions]]:
    """What is announced under each of several policies.

    Parameters
    ----------
    scenario : Scenario
    prepared : Prepared
    noise : Noise
    own : list of Tracked
    clustered : list of Clustered
        Under the same policies.

    Returns
    -------
    list of (tuple of LaunchNotices, OwnPredictions)
        Of each policy what `decide` gives, and the predictions that it rests on. Impact is predicted once from what is
        the same under several policies.
    """
    announced: list[tuple[tuple[LaunchNotices, ...], OwnPredictions]] = []
    predicted, of = None, None
    for each, parts in zip(own, clustered, strict=True):
        if predicted is None or each.local.tracks is not of:
            of = each.local.tracks
            predicted = own_predictions(scenario, prepared, of, each.rounding, predicted)
        inputs = WarningInputs(
            prepared=prepared, own=predicted, clusters=parts.clusters, objects=parts.objects,
            deliveries=each.delivered.deliveries, knowledge=each.delivered.knowledge, chain_normal=noise.chain_normal,
        )  # fmt: skip
        made = decide(inputs, scenario.nodes, scenario.places, scenario.rule, prepared.arrival_s)
        announced.append((made, predicted))
    return announced


@dataclass(frozen=True, slots=True)
class _Part:
    """What the receivers of one cluster announce on account of it, and the fused track that it is of each."""

    notices: Notices
    receivers: np.ndarray
    entries: np.ndarray


def _of_cluster(
    inputs: WarningInputs, given: _Rule, cluster: int, receivers: np.ndarray, true: int, delay_s: np.ndarray
) -> Notices:
    """What some centres announce on account of one cluster of tracks."""
    own, member = inputs.own, inputs.clusters.member[cluster]
    rows = np.flatnonzero(member[own.node, own.cycle] == own.row)
    track, items = available(inputs.own, rows, inputs.deliveries)
    others = np.setdiff1d(np.arange(len(given.nodes)), receivers)
    track[:, others] = items[:, others] = np.inf
    launch, never = inputs.launch_of(true), np.full(len(given.nodes), np.inf)
    # Where nobody says which launch a track is of, its notices rest on predictions alone.
    known = inputs.knowledge[launch] if inputs.prepared.known else None
    everything = len(rows) == len(own.row)
    return warning.notices(
        known=warning.prediction_set_of(
            own.predictions if everything else picked(own.predictions, rows),
            node=own.node[rows],
            made_s=inputs.prepared.cycle_s[own.cycle[rows]],
            boosting=own.boosting[rows],
            reported=own.reported if everything else picked(own.reported, rows),
            track_available_s=track,
            items_available_s=items,
        ),
        nodes=given.nodes,
        places=given.places,
        rule=given.rule,
        confirmed_s=never if known is None else known.confirmed_s,
        message_s=never if known is None else known.message_s,
        delay_s=delay_s,
        truth=warning.Arrival(given.arrival(launch), *inputs.impact_of(true), inputs.over_s(true)),
    )


def _gathered(
    inputs: WarningInputs, given: _Rule, launch: int, parts: list[_Part], delay_s: np.ndarray
) -> LaunchNotices:
    """All that was announced of one launch: of a place the first notice on account of any track, and what became of
    that one.
    """
    nodes, places = len(given.nodes), len(given.places)
    met, notice = np.full((nodes, places), np.inf), np.full((nodes, places), np.inf)
    track, over = np.full((nodes, places), -1), np.full((nodes, 2), -np.inf)
    for part in parts:
        made, at = part.notices, part.receivers
        first = made.place_met_s[at] < met[at]
        met[at] = np.where(first, made.place_met_s[at], met[at])
        notice[at] = np.where(first, made.place_notice_s[at], notice[at])
        track[at] = np.where(first, part.entries[:, None], track[at])
        # Over for a centre once all that it followed is.
        over[at] = np.maximum(over[at], made.over_met_s[at])
    changes, regions, whose = [], [], []
    for part in parts:
        entry = np.full(nodes, -1)
        entry[part.receivers] = part.entries
        made = part.notices
        mine = entry[made.changes.node]
        changes.append(_some(made.changes, (mine >= 0) & (track[made.changes.node, made.changes.place] == mine)))
        regions.append(_some(made.regions, entry[made.regions.node] >= 0))
        whose.append(entry[regions[-1].node])
    knew = _knew(inputs, given, launch)
    over = np.where(np.isfinite(over), over, (knew + given.rule.lost_s)[:, None])
    targets = inputs.prepared.targets
    missile = next((o for o, target in enumerate(targets) if target.launch == launch and target.missile), -1)
    return LaunchNotices(
        launch=launch,
        notices=Notices(
            launch_met_s=knew, launch_notice_s=knew + delay_s[:, 0], place_met_s=met, place_notice_s=notice,
            changes=_all(Changes, changes), regions=_all(Regions, regions), arrival_s=given.arrival(launch),
            over_met_s=over, over_notice_s=over + delay_s[:, 2:],
            impact_s=inputs.impact_of(missile)[2], over_s=inputs.over_s(missile),
        ),
        place_track=track,
        region_track=np.concatenate([np.empty(0, dtype=np.int64), *whose]),
    )  # fmt: skip


def _knew(inputs: WarningInputs, given: _Rule, launch: int) -> np.ndarray:
    """When each centre knew enough for a launch notice, shape (N,)."""
    if launch < 0:
        return np.full(len(given.nodes), np.inf)
    known = inputs.knowledge[launch]
    if given.rule.launch_needs == "track":
        return known.confirmed_s
    return np.minimum(known.confirmed_s, known.message_s)


def _some(table: T, rows: np.ndarray) -> T:
    if rows.all():
        return table
    return replace(table, **{name: getattr(table, name)[rows] for name in type(table).__dataclass_fields__})


def _all(kind: type[T], parts: list[T]) -> T:
    """Tables one after the other; without any, one without rows."""
    if len(parts) == 1:
        return parts[0]
    shape = {"covariance": (0, 2, 2)}
    whole = {"node", "place", "kind"}
    return kind(**{
        name: np.concatenate([np.empty(shape.get(name, (0,)), dtype=np.int64 if name in whole else
                              bool if name in ("update", "holds") else float),
                              *(getattr(part, name) for part in parts)])
        for name in kind.__dataclass_fields__
    })  # fmt: skip
