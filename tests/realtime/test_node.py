"""A node that is fed one message at a time holds, publishes and announces what `simulate` computes, to the bit.

Every message goes through the wire format and the checks of its receiver.
"""

from collections.abc import Callable

import numpy as np
import pytest

from tests.realtime.conftest import SEED, Rehearsed, same_bits
from trackfuse import tracking
from trackfuse.simulation.deliver import deliver
from trackfuse.simulation.local_tracks import local_tracks
from trackfuse.simulation.prepare import draw_noise
from trackfuse.simulation.rounding import TRAJECTORY
from trackfuse.simulation.run import Run
from trackfuse.simulation.warning_inputs import rounding_in
from trackfuse.tracking import Tracks
from trackfuse.tracking.tracks import ARRAYS

ALONE, SALVO = "kn25_2023_02_20", "kn25_2024_05_30"
LONG = "hwasong12_2022_10_04"
CASES = [
    *[(ALONE, policy) for policy in ("national", "bilateral", "trilateral", "mesh", "ideal")],
    (LONG, "trilateral"),
    (LONG, "mesh"),
    (ALONE, "trilateral", "ignore"),
    # With several objects `simulate` considers errors by what tracks have in the end: here, none.
    (SALVO, "trilateral", "consider", "white"),
    # Detections that somebody brings: of one object, and of several that three nations see.
    (ALONE, "trilateral", "consider", "constant", "table"),
    (LONG, "mesh", "consider", "constant", "table"),
    (SALVO, "trilateral", "consider", "constant", "table"),
    (SALVO, "bilateral", "consider", "constant", "table"),
]
Rehearsal = Callable[..., Rehearsed]
ONCE = ("place_met_s", "place_notice_s", "over_met_s", "over_notice_s")


def same(got: Tracks, fused: Tracks, row: int, cycle: int) -> bool:
    pairs = zip(got.arrays(), fused.arrays(), strict=True)
    return all(same_bits(one[0, 0], other[row, cycle]) for one, other in pairs)


def known_then(run: Run, cycle: int) -> Tracks:
    """What `simulate` would fuse if it knew nothing from after a cycle."""
    count, settings, received = cycle + 1, run.prepared.tracker, run.deliveries
    own = Tracks(node=run.local.node, **{each: getattr(run.local, each)[:, :count] for each in ARRAYS})
    cycle_s, normal = run.prepared.cycle_s[:count], rounding_in(run)[:, :count, TRAJECTORY]
    reports = received.track_received_s[:, :, :count], received.warning_received_s[:, :, :count]
    clusters = tracking.associate_tracks(
        own, len(run.scenario.nodes), track_received_s=reports[0][own.node], warning_received_s=reports[1][own.node],
        cycle_times=cycle_s, report_offset=tracking.warning_sigma(settings) * normal, settings=settings,
    )  # fmt: skip
    local = tracking.LocalTracks(tracks=own, assigned=run.local_tracks.assigned)
    return tracking.fuse(local, clusters, reports, cycle_s, normal, settings)


@pytest.mark.parametrize("case", CASES)
def test_own_tracks_are_those_of_simulate(rehearsal: Rehearsal, case: tuple[str, ...]) -> None:
    done = rehearsal(*case)
    local, tracks = done.run.local, 0
    for (node, cycle), held in done.held.items():
        rows = local.of(node)
        count = len(held.own.node)
        assert (local.status[rows[count:], cycle] == 0).all()
        for got, wanted in zip(held.own.arrays(), local.select(rows).arrays(), strict=True):
            assert same_bits(got[:, 0], wanted[:count, cycle]), (node, cycle)
        tracks += (held.own.status == 1).sum()
    assert tracks > 50


@pytest.mark.parametrize("case", CASES)
def test_fused_tracks_are_those_of_simulate(rehearsal: Rehearsal, case: tuple[str, ...]) -> None:
    done = rehearsal(*case)
    fused, received, later = done.run.fused, 0, 0
    for (node, cycle), held in done.held.items():
        for number, row in enumerate(fused.of(node)):
            got = held.fused.get(number)
            if got is None:
                assert fused.status[row, cycle] == 0, (node, cycle, number)
                continue
            if not same(got, fused, row, cycle):
                # With several objects a run may count a report to the object that it turned out to be of later.
                assert case[0] == SALVO
                then, later = known_then(done.run, cycle), later + 1
                assert same(got, then, then.of(node)[number], cycle), (node, cycle, number)
            own = held.own.status[:, 0] == 1
            received += got.status[0, 0] == 1 and not own.any()
    assert received > 0 or case[1] == "ideal"  # there is something that only others know
    assert later < 12


@pytest.mark.parametrize("case", CASES)
def test_published_items_are_those_of_simulate(rehearsal: Rehearsal, case: tuple[str, ...]) -> None:
    done = rehearsal(*case)
    index = {node.node_id: i for i, node in enumerate(done.run.scenario.nodes)}
    messages = done.run.messages
    assert len(messages) > 100
    launch = messages[["launch_lat_deg", "launch_lon_deg", "launch_s", "launch_sigma_km"]].to_numpy(dtype=float)
    velocity = messages[["vx_mps", "vy_mps", "vz_mps"]].to_numpy(dtype=float)
    cycle = np.searchsorted(done.run.prepared.cycle_s, messages["about_s"])
    for k, (origin, track) in enumerate(zip(messages["origin"], messages["track"], strict=True)):
        stated = done.items[index[origin], int(cycle[k]), int(track)]
        assert stated.launch is not None
        assert same_bits(stated.launch, launch[k])
        assert same_bits(stated.mean[3:], velocity[k])
        assert stated.boosting == messages["boosting"][k]


@pytest.mark.parametrize("case", CASES)
def test_places_are_warned_when_simulate_says(rehearsal: Rehearsal, case: tuple[str, ...]) -> None:
    done = rehearsal(*case)
    for i, node in done.nodes.items():
        wanted = np.min([each.notices.place_met_s[i] for each in done.run.launch_notices], axis=0)
        standing = [made.place_met_s[i] for made in node.decider.standing.values()]
        assert same_bits(np.min(standing, axis=0), wanted)
        given = [each for each in done.notices[i] if each.what == "place"]
        assert sorted(each.met_s for each in given) == sorted(wanted[np.isfinite(wanted)].tolist())


@pytest.mark.parametrize("case", [(ALONE, "national"), (SALVO, "trilateral")])
def test_registration_errors_widen_what_tracks_claim(rehearsal: Rehearsal, case: tuple[str, str]) -> None:
    """The tracker's means are those of `simulate` however many objects there are, and what the errors add is there."""
    done, added = rehearsal(*case), []
    run = done.run
    noise = draw_noise(run.scenario, run.prepared, seed=SEED, run=0)
    delivered = deliver(run.scenario, run.scenario.policy(case[1]), run.prepared, noise)
    local, part = run.local, local_tracks(run.scenario, run.prepared, noise, delivered).systematic
    assert part is not None
    for (node, cycle), held in done.held.items():
        own = held.own
        for k, row in enumerate(local.of(node)[: len(own.node)]):
            assert same_bits(own.mean[k, 0], local.mean[row, cycle]), (node, cycle)
            if own.status[k, 0] == 1:
                tracker = local.covariance[row, cycle] - part[row, cycle]
                rest = own.covariance[k, 0] - tracker
                scale = np.sqrt(np.diagonal(own.covariance[k, 0]))
                assert np.linalg.eigvalsh(rest / np.outer(scale, scale)).min() > -1e-9
                added.append(np.trace(rest[:3, :3]) / np.trace(own.covariance[k, 0, :3, :3]))
    assert np.median(added) > 0.1


@pytest.mark.parametrize("policy", ["bilateral", "trilateral"])
def test_notices_of_one_launch_are_those_of_simulate(rehearsal: Rehearsal, policy: str) -> None:
    done = rehearsal("nodong_2016_08_03", policy)
    (launch,), warned = done.run.launch_notices, 0
    for i, node in done.nodes.items():
        made, wanted = node.decider.standing[0], launch.notices
        for name in ONCE:
            assert same_bits(getattr(made, name)[i], getattr(wanted, name)[i]), name
        for table in ("changes", "regions"):
            got, other = getattr(made, table), getattr(wanted, table)
            for name in set(type(got).__dataclass_fields__) - {"holds"}:  # which only a score knows
                assert same_bits(getattr(got, name)[got.node == i], getattr(other, name)[other.node == i]), name
        knew = done.run.knowledge[0]
        assert node.knowledge.known_s == knew.known_s[i]
        assert node.knowledge.confirmed_s == knew.confirmed_s[i]
        assert node.knowledge.message_s == knew.message_s[i]
        met = [each.met_s for each in done.notices[i] if each.what == "launch"]
        assert met == [wanted.launch_met_s[i]]
        warned += len(done.notices[i])
    assert warned > 5


def test_a_notice_is_given_once(rehearsal: Rehearsal) -> None:
    for given in rehearsal("nodong_2016_08_03", "trilateral").notices.values():
        keys = [(each.what, each.track, each.place, each.met_s) for each in given]
        assert len(set(keys)) == len(keys)
