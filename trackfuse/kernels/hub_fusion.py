"""A hub that fuses what centres report and sends the fused estimate back: fusion with partial and with full feedback.

The hub makes one estimate for every centre, of the tracks that this centre may receive. With partial feedback the
centre intersects it with its own track. With full feedback it restarts from it: what its own track has learned since
its last report that the hub had (a tracklet) is added to the hub's estimate, predicted to now. Nothing is counted
twice, for that report and all before it are taken off (Chong, Mori, Barker & Chang 1986; Chang, Saha & Bar-Shalom 1997;
with delays: Tian & Bar-Shalom 2012). What a restarted track holds beyond the estimate from which it started is that
same tracklet: a hub that sums tracklets learns no more from it than from the own track. One that intersects is.
"""

from typing import NamedTuple

import numpy as np

from trackfuse.kernels.fusion import (
    FusionInput,
    intersect_reports,
    new_receiver,
    predict_reports,
    receive,
    sort_by,
    spread,
    write_fused,
)
from trackfuse.kernels.fusion_rules import WORK
from trackfuse.kernels.jit import njit
from trackfuse.kernels.node_state import TrackArrays
from trackfuse.kernels.tracklet_fusion import MOST_BURNING, forget, new_memory, remember, sum_of_news


class Star(NamedTuple):
    """N centres around a hub, and what it does."""

    hub: int
    adding: bool  # whether it sums tracklets
    remembers: bool  # whether it keeps its fused track
    restarts: bool  # whether centres restart from what it sends
    independent: bool  # whether what own tracks learn is independent of all that was reported before
    shared: np.ndarray  # (N, N), who hold common detections
    permitted: np.ndarray  # (N, N), whether the second may receive the first one's track
    received: np.ndarray  # (N, J), when each has the hub's estimate of each cycle


class Centre(NamedTuple):
    """How a centre adds to the hub's estimate what is its own."""

    node: int
    apart: bool  # whether its own track has nothing in common with those in the estimate
    contained: np.ndarray  # (J,), cycle of its newest report that the hub had at each cycle; -1 without
    last: np.ndarray  # (N + 1,)
    news: np.ndarray  # (N + 1,)
    size: np.ndarray  # (N + 1,)
    w: np.ndarray  # (WORK, 6, 6)


@njit
def told_to_hub(given, star, d):
    """What the hub fuses for node `d`: for itself all that it receives, for others the tracks that they may
    of. As reported: own tracks, until restarted ones are written over them.
    """
    mean, covariance, status, boosting, last_plot = given.tracks
    nodes, count = status.shape
    tracks = TrackArrays(mean.copy(), covariance.copy(), status.copy(), boosting.copy(), last_plot.copy())
    received = np.full((2, nodes, nodes, count), np.inf)
    for o in range(nodes):
        if d == star.hub:
            received[:, o, d] = given.received[:, o, d]
        elif star.permitted[o, d]:
            received[0, o, star.hub] = given.received[0, o, star.hub]
    return FusionInput(tracks, received, given.cycles, given.offset, given.floor, given.motion)


@njit
def told_by_hub(given, star, d):
    """What node `d` holds: its own track, the hub's estimates as a further row, and the published items of others."""
    mean, covariance, status, boosting, last_plot = given.tracks
    nodes, count = status.shape
    tracks = TrackArrays(np.empty((nodes + 1, count, 6)), np.empty((nodes + 1, count, 6, 6)),
                         np.zeros((nodes + 1, count), status.dtype), np.zeros((nodes + 1, count)),
                         np.zeros((nodes + 1, count)))
    tracks.mean[:nodes], tracks.covariance[:nodes], tracks.status[:nodes] = mean, covariance, status
    tracks.boosting[:nodes], tracks.last_plot[:nodes] = boosting, last_plot
    received = np.full((2, nodes + 1, nodes + 1, count), np.inf)
    received[1, :nodes, d] = given.received[1, :, d]
    received[0, nodes, d] = star.received[d]
    offset = np.zeros((nodes + 1, 2, count, 6))
    offset[:nodes] = given.offset
    return FusionInput(tracks, received, given.cycles, offset, given.floor, given.motion)


@njit
def restart(given, centre, j, receiver):
    """Add to the hub's estimate what the own track has learned since the hub last had it. Returns whether that was
    done: not while the engine burns, nor where the estimate holds anything else of the own track.
    """
    tracks, d, hub = given.tracks, centre.node, given.tracks.status.shape[0] - 1
    k = receiver.cycle[hub]
    if not (centre.apart and k >= 0 and receiver.cycle[d] == j):
        return False
    since = centre.contained[k]
    if since >= 0 and tracks.status[d, since] != 1:
        return False
    if max(tracks.boosting[hub, k], tracks.boosting[d, j]) > MOST_BURNING:
        return False
    centre.news[:] = False
    centre.news[d], centre.last[d] = True, since
    return sum_of_news(receiver.states[hub], centre.news, centre.last, given, j, receiver, centre.w)


@njit
def fused_at(given, centre, restarts, items, j, receiver):
    """What a centre holds at cycle j: its own track and the hub's estimate as one, and with `items` those that others
    publish. Returns (row of `receiver.states`, probability of burning, time of the newest plot); row -1 for nothing.
    """
    tracks, d, order = given.tracks, centre.node, receiver.order
    held, hub = predict_reports(given, d, j, receiver), given.tracks.status.shape[0] - 1
    restarted = restarts and held > 0 and restart(given, centre, j, receiver)
    count = 0
    for n in range(held):
        o = order[n]
        if (o != d or not restarted) and (items or o in (d, hub)):
            order[count], centre.size[o] = o, spread(receiver.states[o])
            count += 1
    if count == 0:
        return -1, 0.0, 0.0
    sort_by(centre.size, order, count)
    boosting, last_plot = intersect_reports(tracks, count, receiver)
    if restarted:
        last_plot = max(last_plot, tracks.last_plot[d, j])
    return order[0], boosting, last_plot


@njit
def may_be_told(star, e, d):
    """Whether node `d` may receive all that node `e` restarts from."""
    may = d == star.hub or star.permitted[e, d]
    for o in range(star.permitted.shape[0]):
        may = may and (d == star.hub or star.permitted[o, d] or not star.permitted[o, e])
    return may


@njit
def report_restarted(given, centre, j, receiver, star, inward):
    """Write what a centre reports at cycle j: its track restarted from the hub's newest estimate of an earlier cycle.
    A node that may not receive all that is in it, its own track stays.
    """
    newest, hub, d = receiver.newest, given.tracks.status.shape[0] - 1, centre.node
    kept = newest[hub, 0, j]
    k = kept
    # The hub fuses this report first: what it makes of this very cycle comes after.
    while k >= 0 and (k == j or given.received[0, hub, d, k] > given.cycles[j]):
        k -= 1
    newest[hub, 0, j] = k
    if given.tracks.status[d, j] == 1:
        best, boosting, last_plot = fused_at(given, centre, True, False, j, receiver)
        for to in range(hub):
            if may_be_told(star, d, to):
                write_fused(receiver.states[best], boosting, last_plot, inward[to].tracks, d, j)
    newest[hub, 0, j] = kept


@njit
def fuse_at_hub(given, star, d, j, receiver, memory, fused, x):
    """Write what the hub makes at cycle j of what it receives, for node `d`, as row `x`."""
    tracks, hub = given.tracks, star.hub
    count = predict_reports(given, hub, j, receiver)
    if count == 0:
        forget(memory)
        fused.status[x, j] = tracks.status[hub, j] if d == hub else 0
        return
    if star.remembers:
        boosting, last_plot = remember(given, star.shared, star.adding, j, receiver, memory)
        write_fused(memory.combined, boosting, last_plot, fused, x, j)
        return
    for n in range(count):
        memory.size[receiver.order[n]] = spread(receiver.states[receiver.order[n]])
    sort_by(memory.size, receiver.order, count)
    boosting, last_plot = intersect_reports(tracks, count, receiver)
    write_fused(receiver.states[receiver.order[0]], boosting, last_plot, fused, x, j)


@njit
def new_centre(star, d, contained):
    """A centre with room for what it adds."""
    nodes = star.shared.shape[0]
    apart = star.independent
    for m in range(nodes):
        apart = apart and not (star.permitted[m, d] and star.shared[m, d])
    return Centre(d, apart, contained, np.full(nodes + 1, -1, np.int64), np.zeros(nodes + 1, np.bool_),
                  np.empty(nodes + 1), np.zeros((WORK, 6, 6)))


@njit
def fuse_around_hub(given, star, receivers, fused):
    """What some nodes (`receivers`, (R,)) hold at every cycle: the hub what it fuses, others what they make of their
    own track and of the newest estimate that it has sent them. `given` and `fused` as in `kernels.fusion.fuse_all`.
    """
    nodes, count = given.tracks.status.shape
    hub = star.hub
    inward = [told_to_hub(given, star, d) for d in range(nodes)]
    outward = [told_by_hub(given, star, d) for d in range(nodes)]
    at_hub, at_centre = [new_receiver(nodes, count) for d in range(nodes)], []
    memories, centres = [new_memory(nodes) for d in range(nodes)], []
    row = np.full(nodes, -1, np.int64)
    for x in range(receivers.shape[0]):
        row[receivers[x]] = x
    for d in range(nodes):
        receive(inward[d], hub, at_hub[d])
        at_centre.append(new_receiver(nodes + 1, count))
        receive(outward[d], d, at_centre[d])
        centres.append(new_centre(star, d, at_hub[d].newest[d, 0]))
    for j in range(count):
        for d in range(nodes):
            if star.restarts and not star.adding and d != hub:
                report_restarted(outward[d], centres[d], j, at_centre[d], star, inward)
        for d in range(nodes):
            if d != hub:
                fuse_at_hub(inward[d], star, d, j, at_hub[d], memories[d], outward[d].tracks, nodes)
            elif row[hub] >= 0:
                fuse_at_hub(inward[d], star, d, j, at_hub[d], memories[d], fused, row[hub])
        for d in range(nodes):
            x = row[d]
            if d == hub or x < 0:
                continue
            best, burning, newest = fused_at(outward[d], centres[d], star.restarts, True, j, at_centre[d])
            if best < 0:
                fused.status[x, j] = given.tracks.status[d, j]
            else:
                write_fused(at_centre[d].states[best], burning, newest, fused, x, j)
