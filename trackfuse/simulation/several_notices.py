"""The warning rule where several objects are tracked: launch by launch, from every entry of a centre's picture."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from trackfuse import warning
from trackfuse.catalog.scenario import Scenario
from trackfuse.sharing import Exchange
from trackfuse.simulation.decide import as_told
from trackfuse.simulation.predicted import impact_of, predict_at, to_predict
from trackfuse.simulation.prepare import item_normal
from trackfuse.simulation.several_prepare import NoiseSeveral, PreparedSeveral
from trackfuse.tracking import NodeTracks, Picture
from trackfuse.warning import Changes, Notices, Predictions, Regions

T = TypeVar("T", Changes, Regions)
NOWHERE = (np.nan, np.nan, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchNotices:
    """What was told of one launch, or of false tracks.

    Parameters
    ----------
    launch : int
        Number of the launch; -1 for tracks of nothing.
    notices : Notices
        Measured against that launch's missile.
    place_track : ndarray of int, shape (N, P)
        Entry of the centre's picture that its first notice to a place came from; -1 without one.
    region_track : ndarray of int, shape (R,)
        The same for regions told to ships and aircraft.
    """

    launch: int
    notices: Notices
    place_track: np.ndarray
    region_track: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """Impact predictions of one node's own tracks: whose, at which cycle, whether boosting, and as messages tell."""

    track: np.ndarray
    cycle: np.ndarray
    boosting: np.ndarray
    predictions: Predictions
    told: Predictions


def notices_of(
    scenario: Scenario,
    prepared: PreparedSeveral,
    noise: NoiseSeveral,
    exchanges: tuple[Exchange, ...],
    reports: Exchange,
    own: tuple[NodeTracks, ...],
    pictures: tuple[Picture, ...],
    objects: tuple[np.ndarray, ...],
    coarse: tuple[np.ndarray, ...],
    *,
    seed: int,
    run: int,
) -> tuple[LaunchNotices, ...]:
    """Apply the rule to every entry of every centre's picture, and gather what was told by the launch it was about.

    Parameters
    ----------
    scenario : Scenario
    prepared : PreparedSeveral
    noise : NoiseSeveral
    exchanges : tuple of Exchange
        Of the L launches: they say when the word of a launch arrived.
    reports : Exchange
        When each node has each other's reports.
    own : tuple of NodeTracks
    pictures : tuple of Picture
    objects : tuple of ndarray
        True object of every entry; the rule does not see it, the score does.
    coarse : tuple of ndarray, shapes (K, J, 6)
        Standard normal numbers: the rounding of what messages tell of every node's tracks.
    seed, run : int

    Returns
    -------
    tuple of LaunchNotices
        One a launch, and one for tracks of nothing if there are any.
    """
    made = [_predicted(scenario, prepared, one, coarse[i], i, seed=seed, run=run) for i, one in enumerate(own)]
    launches = list(range(len(exchanges)))
    if any((each < 0).any() for each in objects):
        launches.append(-1)
    told = []
    for launch in launches:
        parts = []
        for node, picture in enumerate(pictures):
            for entry in range(len(picture.member)):
                true = int(objects[node][entry])
                if (prepared.objects[true].launch if true >= 0 else -1) == launch:
                    impact = _impact(prepared, true)
                    delay = noise.chain_normal[max(launch, 0)]
                    parts.append((node, entry, _of_entry(scenario, prepared, delay, reports, made,
                                                         picture.member[entry], node, launch, impact)))  # fmt: skip
        told.append(_gathered(scenario, prepared, noise, exchanges, launch, parts))
    return tuple(told)


def _predicted(
    scenario: Scenario,
    prepared: PreparedSeveral,
    own: NodeTracks,
    coarse: np.ndarray,
    node: int,
    *,
    seed: int,
    run: int,
) -> _Made:
    cycle_s, centre = prepared.cycle_s, scenario.nodes[node]
    count = len(own.tracks.status)
    track, cycle = (to_predict(own.tracks, scenario.tracker) if count else np.empty((0, 2), dtype=np.int64)).T
    made = predict_at(own.tracks, np.stack([track, cycle], axis=1), cycle_s, scenario.tracker)
    items = np.reshape([item_normal(scenario, centre, len(cycle_s), seed=seed, run=run, track=m) for m in range(count)],
                       (count, len(cycle_s), 5))  # fmt: skip
    return _Made(
        track=track, cycle=cycle, boosting=own.tracks.boosting[track, cycle], predictions=made,
        told=as_told(scenario, made, coarse[track, cycle], items[track, cycle]),
    )  # fmt: skip


def _impact(prepared: PreparedSeveral, true: int) -> tuple[float, float, float]:
    if true < 0:
        return NOWHERE
    seen = prepared.objects[true]
    lat, lon, at = impact_of(seen.flight)
    return lat, lon, at + seen.after_s


def _of_entry(
    scenario: Scenario,
    prepared: PreparedSeveral,
    normal: np.ndarray,
    reports: Exchange,
    made: list[_Made],
    member: np.ndarray,
    node: int,
    launch: int,
    impact: tuple[float, float, float],
) -> Notices:
    """What one centre tells on account of one entry of its picture."""
    picked = [np.flatnonzero((one.track >= 0) & (member[o, one.cycle] == one.track)) for o, one in enumerate(made)]
    predictions, told = (
        Predictions(**{
            name: np.concatenate([getattr(getattr(one, which), name)[k] for one, k in zip(made, picked, strict=True)])
            for name in Predictions.__dataclass_fields__
        })
        for which in ("predictions", "told")
    )  # fmt: skip
    track, items = np.full((2, *reports.track_received_s.shape), np.inf)
    track[:, node], items[:, node] = reports.track_received_s[:, node], reports.warning_received_s[:, node]
    nodes, never = len(scenario.nodes), np.full(len(scenario.nodes), np.inf)
    return warning.notices(
        known=warning.voices(
            predictions,
            node=np.repeat(np.arange(nodes), [len(rows) for rows in picked]),
            cycle=np.concatenate([one.cycle[rows] for one, rows in zip(made, picked, strict=True)]),
            boosting=np.concatenate([one.boosting[rows] for one, rows in zip(made, picked, strict=True)]),
            told=told,
            cycle_s=prepared.cycle_s,
            track_received_s=track,
            warning_received_s=items,
        ),
        nodes=scenario.nodes,
        places=scenario.places,
        rule=scenario.rule,
        cycle_s=prepared.cycle_s,
        confirmed_s=never,
        message_s=never,
        delay_s=warning.chain_delays(scenario.rule, scenario.nodes, normal),
        arrival_s=prepared.arrival_s[launch] if launch >= 0 else np.full(len(scenario.places), np.nan),
        impact=impact,
    )


def _gathered(
    scenario: Scenario,
    prepared: PreparedSeveral,
    noise: NoiseSeveral,
    exchanges: tuple[Exchange, ...],
    launch: int,
    parts: list[tuple[int, int, Notices]],
) -> LaunchNotices:
    """All that was told of one launch: of a place the first notice by any entry, and what became of that one."""
    nodes, places = len(scenario.nodes), len(scenario.places)
    met, notice = np.full((nodes, places), np.inf), np.full((nodes, places), np.inf)
    track = np.full((nodes, places), -1)
    for node, entry, told in parts:
        first = told.place_met_s[node] < met[node]
        met[node, first], track[node, first] = told.place_met_s[node, first], entry
        notice[node, first] = told.place_notice_s[node, first]
    changes, regions, whose = [], [], []
    for node, entry, told in parts:
        mine = told.changes.node == node
        mine &= track[node, told.changes.place] == entry
        changes.append(_some(told.changes, mine))
        regions.append(_some(told.regions, told.regions.node == node))
        whose.append(np.full(len(regions[-1].node), entry))
    knew = _knew(scenario, exchanges, launch)
    delays = warning.chain_delays(scenario.rule, scenario.nodes, noise.chain_normal[max(launch, 0)])
    delay, over = delays[:, 0], np.full((nodes, 2), -np.inf)
    for node, _, told in parts:  # over for a centre once all that it followed is
        over[node] = np.maximum(over[node], told.over_met_s[node])
    over = np.where(np.isfinite(over), over, (knew + scenario.rule.lost_s)[:, None])
    arrival = prepared.arrival_s[launch] if launch >= 0 else np.full(places, np.nan)
    missile = next((o for o, seen in enumerate(prepared.objects) if seen.launch == launch and seen.missile), -1)
    return LaunchNotices(
        launch=launch,
        notices=Notices(
            launch_met_s=knew, launch_notice_s=knew + delay, place_met_s=met, place_notice_s=notice,
            changes=_all(Changes, changes), regions=_all(Regions, regions), arrival_s=arrival,
            over_met_s=over, over_notice_s=over + delays[:, 2:],
            impact_s=_impact(prepared, missile)[2],
        ),
        place_track=track,
        region_track=np.concatenate([np.empty(0, dtype=np.int64), *whose]),
    )  # fmt: skip


def _knew(scenario: Scenario, exchanges: tuple[Exchange, ...], launch: int) -> np.ndarray:
    """When each centre knew enough for a launch notice, shape (N,)."""
    if launch < 0:
        return np.full(len(scenario.nodes), np.inf)
    exchange = exchanges[launch]
    if scenario.rule.launch_needs == "track":
        return exchange.confirmed_s
    return np.minimum(exchange.confirmed_s, exchange.message_s)


def _some(table: T, rows: np.ndarray) -> T:
    return replace(table, **{name: getattr(table, name)[rows] for name in type(table).__dataclass_fields__})


def _all(kind: type[T], parts: list[T]) -> T:
    """Tables one after the other; without any, one without rows."""
    shape = {"covariance": (0, 2, 2)}
    whole = {"node", "place", "kind"}
    return kind(**{
        name: np.concatenate([np.empty(shape.get(name, (0,)), dtype=np.int64 if name in whole else
                              bool if name in ("update", "holds") else float),
                              *(getattr(part, name) for part in parts)])
        for name in kind.__dataclass_fields__
    })  # fmt: skip
