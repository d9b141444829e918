"""fly -> observe -> deliver -> track -> bring together -> fuse -> predict -> warn, for one run with several objects."""

import math
from dataclasses import replace

import numpy as np

from trackfuse import sharing, tracking
from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.constants import C_MPS
from trackfuse.core.version import __version__
from trackfuse.sensing import FalsePlots, Looks, Radar, Sensor, measure
from trackfuse.sharing import Exchange, Policy
from trackfuse.simulation.several import Plot, Several
from trackfuse.simulation.several_notices import notices_of
from trackfuse.simulation.several_prepare import (
    NoiseSeveral,
    PreparedSeveral,
    draw_several,
    launches_of,
    prepare_several,
    report_normal,
)
from trackfuse.tracking import NodeTracks, Picture, Tracks, empty_tracks

NOTHING = -2
"""What a track follows where there is none."""
NEWEST = 5
"""Plots by which it is judged what a track follows."""


def simulate_several(scenario: Scenario, policy: Policy, *, seed: int, run: int) -> Several:
    """Simulate one run of a scenario with several objects.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    seed, run : int

    Returns
    -------
    Several
        The same bits for the same arguments.
    """
    prepared = prepare_several(scenario)
    noise = draw_several(scenario, prepared, seed=seed, run=run)
    return run_several(scenario, policy, prepared, noise, seed=seed, run=run)


def run_several(
    scenario: Scenario, policy: Policy, prepared: PreparedSeveral, noise: NoiseSeveral, *, seed: int, run: int
) -> Several:
    """One run with the flights, the looks and the noise at hand.

    What a launch and its debris show is passed on together, launch by launch: a radar that is told of a launch, or has
    detected any part of it, looks for all of it. Cues and the words of a launch rest on true plots; which plot is of
    which object every node has to find out.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    prepared : PreparedSeveral
    noise : NoiseSeveral
    seed, run : int

    Returns
    -------
    Several
    """
    given = [_deliver(scenario, policy, prepared, noise, n, seed=seed, run=run)
             for n in range(len(launches_of(scenario)))]  # fmt: skip
    exchanges = tuple(exchange for exchange, _ in given)
    parts = [plots for _, plots in given]
    if len(noise.false.t_s):
        parts.append(_deliver_false(scenario, policy, prepared, noise.false, seed=seed, run=run))
    plots = resolved(_gathered(parts), scenario.sensors)
    own = tracking.track_several(
        plot_t_s=plots.t_s, sensor=plots.sensor, z=plots.z, sigma=plots.sigma, received_s=plots.received_s,
        site_m=plots.site_m, enu_from_ecef=plots.enu_from_ecef,
        is_infrared=prepared.objects[0].looks.is_infrared[plots.sensor], cycle_times=prepared.cycle_s,
        settings=scenario.tracker,
    )  # fmt: skip
    reports = _reports(scenario, policy, prepared, seed=seed, run=run)
    normal = report_normal(
        scenario, tuple(len(node.tracks.status) for node in own), len(prepared.cycle_s), seed=seed, run=run
    )
    coarse = tuple(tracking.warning_sigma(scenario.tracker) * each for each in normal)
    pictures = tracking.pictures(
        own, track_received_s=reports.track_received_s, warning_received_s=reports.warning_received_s,
        cycle_times=prepared.cycle_s, report_offset=coarse,
        settings=scenario.tracker,
    )  # fmt: skip
    fused = tuple(
        _fused(scenario, prepared, own, picture, reports, normal, node) for node, picture in enumerate(pictures)
    )
    seen = tuple(_objects(plots, own, picture, node, len(prepared.objects)) for node, picture in enumerate(pictures))
    behind = [majority(plots, node, len(prepared.objects)) for node in own]
    follows = tuple(_follows(picture, behind, node) for node, picture in enumerate(pictures))
    return Several(
        scenario=scenario,
        policy=policy,
        seed=seed,
        run=run,
        version=__version__,
        data_hash=data_hash(),
        prepared=prepared,
        plots=plots,
        exchanges=exchanges,
        reports=reports,
        own=own,
        pictures=pictures,
        fused=fused,
        objects=seen,
        follows=follows,
        notices_given=notices_of(
            scenario, prepared, noise, exchanges, reports, own, pictures, seen, normal, seed=seed, run=run
        ),
    )


def _deliver(
    scenario: Scenario,
    policy: Policy,
    prepared: PreparedSeveral,
    noise: NoiseSeveral,
    launch: int,
    *,
    seed: int,
    run: int,
) -> tuple[Exchange, Plot]:
    """Pass on what is seen of one launch; its plots, in order of time."""
    members = [o for o, seen in enumerate(prepared.objects) if seen.launch == launch]
    looks = [prepared.objects[o].looks for o in members]
    t_s, sensor = (np.concatenate([getattr(each, name) for each in looks]) for name in ("t_s", "sensor"))
    order = in_order(looks)
    exchange = sharing.exchange(
        t_s=t_s[order],
        sensor=sensor[order],
        number=np.concatenate([each.number for each in looks])[order],
        home=prepared.home,
        is_infrared=looks[0].is_infrared,
        sensor_ids=tuple(s.sensor_id for s in scenario.sensors),
        pd=np.concatenate([each.pd for each in looks])[order],
        uniform=np.concatenate([noise.draws[o].uniform for o in members])[order],
        nodes=scenario.nodes,
        policy=policy,
        confirm_plots=scenario.tracker.confirm_plots,
        confirm_window_s=scenario.tracker.confirm_window_s,
        cycle_times=prepared.cycle_s,
        report_delay_s=prepared.report_delay_s,
        seed=seed,
        run=run,
        launch_id=launches_of(scenario)[launch][0].launch_id,
    )
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    parts, begin = [], 0
    for o, each in zip(members, looks, strict=True):
        at = place[begin : begin + len(each.t_s)]
        begin += len(each.t_s)
        rows, cued = np.flatnonzero(exchange.detected[at]), exchange.cued[at]
        z, sigma = measure(each, noise.draws[o], rows, cued)
        site_m, enu = each.frames(rows)
        parts.append(Plot(
            t_s=each.t_s[rows], sensor=each.sensor[rows], z=z, sigma=sigma, cued=cued[rows],
            snr_db=each.snr_db[rows, cued[rows].astype(int)], site_m=site_m, enu_from_ecef=enu,
            received_s=exchange.plot_received_s[at[rows]], truth=np.full(len(rows), o),
        ))  # fmt: skip
    return exchange, _gathered(parts)


def in_order(looks: list[Looks]) -> np.ndarray:
    """Order in which the looks at some objects, one object's after the other's, are passed on together.

    Parameters
    ----------
    looks : list of Looks
        Of n in all.

    Returns
    -------
    ndarray of int, shape (n,)
        By time, then sensor, then object.
    """
    t_s, sensor = (np.concatenate([getattr(each, name) for each in looks]) for name in ("t_s", "sensor"))
    which = np.repeat(np.arange(len(looks)), [len(each.t_s) for each in looks])
    return np.lexsort((which, sensor, t_s))


def _deliver_false(
    scenario: Scenario, policy: Policy, prepared: PreparedSeveral, false: FalsePlots, *, seed: int, run: int
) -> Plot:
    """Pass on the plots of nothing, which nobody can tell from others."""
    count = len(false.t_s)
    number = np.zeros(count, dtype=np.int64)
    for s in np.unique(false.sensor):
        number[false.sensor == s] = np.arange((false.sensor == s).sum())
    exchange = sharing.exchange(
        t_s=false.t_s,
        sensor=false.sensor,
        number=number,
        home=prepared.home,
        is_infrared=prepared.objects[0].looks.is_infrared,
        sensor_ids=tuple(s.sensor_id for s in scenario.sensors),
        pd=np.ones((count, 2)),
        uniform=np.zeros(count),
        nodes=scenario.nodes,
        policy=policy,
        confirm_plots=scenario.tracker.confirm_plots,
        confirm_window_s=scenario.tracker.confirm_window_s,
        cycle_times=prepared.cycle_s[:0],
        report_delay_s=prepared.report_delay_s,
        seed=seed,
        run=run,
        launch_id="false plots",
    )
    site_m, enu = false.frames()
    return Plot(
        t_s=false.t_s, sensor=false.sensor, z=false.z, sigma=false.sigma, cued=np.zeros(count, dtype=bool),
        snr_db=np.full(count, np.nan), site_m=site_m, enu_from_ecef=enu, received_s=exchange.plot_received_s,
        truth=np.full(count, -1),
    )  # fmt: skip


def resolved(plots: Plot, sensors: tuple[Sensor, ...]) -> Plot:
    """What is left of plots where a radar cannot see objects apart: of those that share a cell the strongest.

    Parameters
    ----------
    plots : Plot
        In order of time, then of sensor.
    sensors : tuple of Radar or Infrared

    Returns
    -------
    Plot
        Two plots of one look share a cell if they are less than a range cell c / 2B apart in range and less than
        a beamwidth in both angles. Infrared plots are all kept.
    """
    same = (np.diff(plots.t_s) == 0.0) & (np.diff(plots.sensor) == 0)
    keep = np.ones(len(plots.t_s), dtype=bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], same.astype(np.int8), [0]])))
    for begin, end in zip(edges[::2], edges[1::2] + 1, strict=True):
        radar = sensors[plots.sensor[begin]]
        if not isinstance(radar, Radar):
            continue
        beam, cell = math.radians(radar.beamwidth_deg), C_MPS / (2e6 * radar.bandwidth_mhz)
        strongest = begin + np.argsort(-np.nan_to_num(plots.snr_db[begin:end], nan=-np.inf), kind="stable")
        for n, one in enumerate(strongest):
            for other in strongest[:n][keep[strongest[:n]]]:
                apart = np.abs(plots.z[one, :3] - plots.z[other, :3])
                across = min(apart[1], 2.0 * math.pi - apart[1]) * math.cos(plots.z[one, 2])
                keep[one] &= not (apart[0] < cell and across < beam and apart[2] < beam)
    return Plot(**{name: getattr(plots, name)[keep] for name in Plot.__dataclass_fields__})


def _gathered(parts: list[Plot]) -> Plot:
    """Plots of several objects together, in order of time."""
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Plot.__dataclass_fields__}
    order = np.lexsort((whole["truth"], whole["sensor"], whole["t_s"]))
    return Plot(**{name: values[order] for name, values in whole.items()})


def _reports(scenario: Scenario, policy: Policy, prepared: PreparedSeveral, *, seed: int, run: int) -> Exchange:
    """When each node would have each other's report of every cycle: as if all had tracks from the first cycle on."""
    nodes, first = len(scenario.nodes), np.repeat(0.0, scenario.tracker.confirm_plots)
    plots = len(first) * nodes
    return sharing.exchange(
        t_s=np.zeros(plots),
        sensor=np.repeat(np.arange(nodes), len(first)),
        number=np.tile(np.arange(len(first)), nodes),
        home=np.arange(nodes),
        is_infrared=np.zeros(nodes, dtype=bool),
        sensor_ids=tuple(f"every track of {node.node_id}" for node in scenario.nodes),
        pd=np.ones((plots, 2)),
        uniform=np.zeros(plots),
        nodes=scenario.nodes,
        policy=policy,
        confirm_plots=scenario.tracker.confirm_plots,
        confirm_window_s=scenario.tracker.confirm_window_s,
        cycle_times=prepared.cycle_s,
        report_delay_s=np.zeros(nodes),
        seed=seed,
        run=run,
        launch_id=scenario.launch.launch_id,
    )


def _fused(
    scenario: Scenario,
    prepared: PreparedSeveral,
    own: tuple[NodeTracks, ...],
    picture: Picture,
    reports: Exchange,
    normal: tuple[np.ndarray, ...],
    node: int,
) -> Tracks:
    """One node's fused tracks, one for every entry of its picture: arrays (P, J, ...)."""
    entries, nodes, cycles = picture.member.shape
    fused = empty_tracks(entries, cycles)
    only = np.full((2, nodes, nodes, cycles), np.inf)
    only[:, :, node] = np.stack([reports.track_received_s, reports.warning_received_s])[:, :, node]
    for entry, member in enumerate(picture.member):
        one, coarse = empty_tracks(nodes, cycles), np.zeros((nodes, cycles, 6))
        for o in range(nodes):
            k = np.flatnonzero(member[o] >= 0)
            m = member[o, k]
            for name in Tracks.__dataclass_fields__:
                getattr(one, name)[o, k] = getattr(own[o].tracks, name)[m, k]
            coarse[o, k] = normal[o][m, k]
        made = tracking.fuse(
            one, track_received_s=only[0], warning_received_s=only[1], cycle_times=prepared.cycle_s,
            report_normal=coarse, settings=scenario.tracker,
        )  # fmt: skip
        for name in Tracks.__dataclass_fields__:
            getattr(fused, name)[entry] = getattr(made, name)[node]
    return _ended(fused, own[node], picture.member[:, node])


def _ended(fused: Tracks, own: NodeTracks, mine: np.ndarray) -> Tracks:
    """A failed own track is told as such."""
    status = fused.status.copy()
    failed = (mine >= 0) & (fused.status == 0)
    entry, cycle = np.nonzero(failed)
    status[entry, cycle] = own.tracks.status[mine[entry, cycle], cycle]
    return replace(fused, status=status)


def _objects(plots: Plot, own: tuple[NodeTracks, ...], picture: Picture, node: int, count: int) -> np.ndarray:
    """True object of every entry, by the majority of the plots in its tracks, -1 of none: in the node's own, if it has
    any, since reports may be too coarse to tell objects apart.
    """
    best = np.full(len(picture.member), -1)
    for entry, member in enumerate(picture.member):
        mine = [node] if (member[node] >= 0).any() else range(member.shape[0])
        votes = np.zeros(count + 1, dtype=np.int64)
        for o in mine:
            for m in np.unique(member[o, member[o] >= 0]):
                votes += np.bincount(plots.truth[own[o].plot_track == m] % (count + 1), minlength=count + 1)
        best[entry] = votes.argmax()
    return np.where(best == count, -1, best)


def majority(plots: Plot, node: NodeTracks, count: int) -> np.ndarray:
    """What a node's own tracks truly follow, by the majority of the newest `NEWEST` plots.

    Parameters
    ----------
    plots : Plot
    node : NodeTracks
    count : int
        True objects.

    Returns
    -------
    ndarray of int, shape (K, J)
        Object at every cycle; -1 of none, `NOTHING` where there is no track yet.
    """
    follows = np.full(node.tracks.status.shape, NOTHING)
    for k, last in enumerate(node.tracks.last_plot_s):
        rows = np.flatnonzero(node.plot_track == k)
        votes = np.zeros((len(rows) + 1, count + 1), dtype=np.int64)
        votes[1:] = np.cumsum(np.eye(count + 1, dtype=np.int64)[plots.truth[rows]], axis=0)
        held = np.flatnonzero(np.isfinite(last))
        end = np.searchsorted(plots.t_s[rows], last[held], side="right")
        best = (votes[end] - votes[np.maximum(end - NEWEST, 0)]).argmax(axis=1)
        follows[k, held] = np.where(best == count, -1, best)
    return follows


def _follows(picture: Picture, behind: list[np.ndarray], node: int) -> np.ndarray:
    """The same of a node's picture, shape (P, J): of its own track of an entry, else of the first one reported."""
    follows = np.full((len(picture.member), picture.member.shape[2]), NOTHING)
    for entry, member in enumerate(picture.member):
        for o in [node, *(o for o in range(len(behind)) if o != node)]:
            cycles = np.flatnonzero((member[o] >= 0) & (follows[entry] == NOTHING))
            follows[entry, cycles] = behind[o][member[o, cycles], cycles]
        # Between reports it is what it was.
        known = np.maximum.accumulate(np.where(follows[entry] != NOTHING, np.arange(follows.shape[1]), 0))
        follows[entry] = follows[entry, known]
    return follows
