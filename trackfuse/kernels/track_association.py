"""Which tracks of which nodes are of one object, as each node decides it at every cycle: track-to-track association.

The node that decides is the receiver; what it holds is in `kernels.track_clusters`, how it looks again at what it has
joined in `kernels.track_reassignment`. Clusters that lose all their tracks are over; the others stand in the order in
which they were made. SI, ECEF, times in s.
"""

import math

import numpy as np

from trackfuse.kernels.assignment import assign
from trackfuse.kernels.filter import SCRATCH
from trackfuse.kernels.fusion import DOUBT, newest_by
from trackfuse.kernels.jit import njit
from trackfuse.kernels.track_clusters import (
    Clusters,
    Items,
    Receiver,
    Reports,
    States,
    are_disjoint,
    distance,
    join,
    leave,
    move,
    one_of,
    representative,
    take_in,
)
from trackfuse.kernels.track_reassignment import dissolve, recheck

LOOK_AGAIN_S = 30.0
"""Time between two checks of what was joined."""


@njit
def assign_new(o, usable, now, receiver):
    """Find clusters for those tracks of node `o` that are in none: the nearest within the gate, or new ones."""
    own, clusters = receiver.own, receiver.clusters
    first, end, of, size, members = own.first[o], own.first[o + 1], clusters.of, clusters.size, clusters.row
    rows, count = np.empty(end - first, np.int64), 0
    for row in range(first, end):
        if usable[row] and of[row] < 0:
            rows[count] = row
            count += 1
    fitting, fit = np.empty(clusters.count[0], np.int64), 0
    for c in range(clusters.count[0]):
        if size[c] > 0 and members[c, o] < 0:
            fitting[fit] = c
            fit += 1
    cost, alone, chosen = np.full((count, fit), math.inf), np.full(count, receiver.gate), np.empty(count, np.int64)
    for b in range(fit):
        c = fitting[b]
        # It is chosen once a cycle, for the first node whose tracks are compared with the cluster.
        if clusters.chosen[c] != now:
            clusters.best[c] = representative(c, o, now, receiver)
            clusters.chosen[c] = now if clusters.best[c] >= 0 else -1
        if clusters.best[c] >= 0:
            for a in range(count):
                cost[a, b] = distance(rows[a], clusters.best[c], now, receiver)
    assign(cost, alone, chosen)
    for a in range(count):
        if chosen[a] >= 0:
            c = fitting[chosen[a]]
        else:
            c = clusters.count[0]
            clusters.number[c], size[c], clusters.chosen[c] = clusters.count[1], 0, -1
            for n in range(members.shape[1]):
                members[c, n] = -1
            clusters.count[0] += 1
            clusters.count[1] += 1
        join(rows[a], c, receiver.reports.cycle[rows[a]], o, clusters)
        if o == receiver.node:
            clusters.chosen[c] = -1


@njit
def process_report(o, now, again, receiver):
    """Bring the clusters up to date with the newest reports of node `o`; `again` to check what was joined before."""
    own, clusters, cycles = receiver.own, receiver.clusters, receiver.reports.cycles
    usable, status, of = np.zeros(len(own.node), np.bool_), own.status, clusters.of
    for row in range(own.first[o], own.first[o + 1]):
        k = receiver.reports.cycle[row]
        if k < 0:
            continue
        # A target whose engine burned in an old report may be anywhere: fusion does not use such a report either.
        is_old = (cycles[now] - cycles[k]) * receiver.states.motion.stop_rate > 1.0
        if status[row, k] == 1:
            usable[row] = not is_old or own.boosting[row, k] <= DOUBT
        elif of[row] >= 0:
            leave(row, k, o, clusters)
    if again and o != receiver.node:
        recheck(o, usable, now, receiver)
    for row in range(own.first[o], own.first[o + 1]):
        if usable[row] and of[row] < 0:
            assign_new(o, usable, now, receiver)
            break


@njit
def merge(now, receiver):
    """Merge clusters that lie within the gate and have no node in common, the nearest first; forget those that are
    over.
    """
    clusters, reported = receiver.clusters, receiver.reports.cycle
    count, size, members = clusters.count[0], clusters.size, clusters.row
    most, found = count * (count - 1) // 2, 0
    pairs, squared = np.empty((most, 2), np.int64), np.empty(most)
    for c in range(count):
        for other in range(c + 1, count):
            if size[c] == 0 or size[other] == 0 or not are_disjoint(c, other, members):
                continue
            row = representative(c, -1, now, receiver)
            against = representative(other, -1, now, receiver)
            apart = distance(row, against, now, receiver) if row >= 0 and against >= 0 else math.inf
            if apart <= receiver.gate:
                pairs[found, 0], pairs[found, 1], squared[found] = c, other, apart
                found += 1
    for _ in range(found):
        nearest = 0
        for n in range(1, found):
            if squared[n] < squared[nearest]:
                nearest = n
        squared[nearest] = math.inf
        elder, younger = pairs[nearest, 0], pairs[nearest, 1]
        # After another merger they may have a node in common.
        if are_disjoint(younger, elder, members):
            while size[younger] > 0:
                o = clusters.joined[younger, 0]
                row = members[younger, o]
                leave(row, reported[row], o, clusters)
                join(row, elder, reported[row], o, clusters)
    kept = 0
    for c in range(count):
        if size[c] > 0:
            if kept < c:
                move(c, kept, clusters)
            kept += 1
    clusters.count[0] = kept


@njit
def update_receiver(receiver, now, newest, last, checked):
    """Bring the clusters of one receiver up to date with what it has received by a cycle.

    `newest` (2, K, J) is the cycle of the newest report of each own track, as a state and as the published items;
    `last` (N,) the sum of those of each node that were taken in last, and `checked` (N,) when it was checked last what
    was joined, s.
    """
    own, reports, d = receiver.own, receiver.reports, receiver.node
    nodes, count = len(own.first) - 1, len(reports.cycles)
    for row in range(len(own.node)):
        kind = 1 if newest[1, row, now] > newest[0, row, now] else 0
        k = newest[kind, row, now]
        if own.node[row] == d:
            k, kind = now, 0
        reports.cycle[row], reports.kind[row] = k, kind
        reports.stamp[row] = (now * count + k) * (nodes + 1) + (1 + d if kind == 1 else 0)
        if kind == 1 and k > receiver.items.cycle[row] and own.status[row, k] == 1:
            take_in(row, k, receiver)
    # Its own tracks first: they are what others are compared with.
    for n in range(nodes):
        o = d if n == 0 else (n - 1 if n <= d else n)
        # Cycles of newest reports never go down: their sum rises if and only if something new has come.
        taken = 0
        for row in range(own.first[o], own.first[o + 1]):
            taken += reports.cycle[row] + 1
        if taken > last[o]:
            last[o] = taken
            again = reports.cycles[now] - checked[o] >= LOOK_AGAIN_S
            if again:
                checked[o] = reports.cycles[now]
            process_report(o, now, again, receiver)
    dissolve(now, receiver)
    merge(now, receiver)


@njit
def associate(own, received, cycles, offset, floor, gate, motion):
    """Clusters of every node: members (E, N, J), rows of tracks or -1, and whose cluster each of the E is.

    `received` (2, K, N, J) is when each node has the report of each own track of a cycle, as a state and as the
    published items; `gate` is the squared distance within which tracks are taken to be of one object. The remaining
    arguments are as in `OwnTracks` and `Reports`.
    """
    rows, nodes = len(own.node), received.shape[2]
    newest = np.empty((nodes, 2, rows, len(cycles)), np.int64)
    for d in range(nodes):
        for row in range(rows):
            for kind in range(2):
                newest_by(received[kind, row, d], cycles, newest[d, kind, row])
    last, checked = np.zeros((nodes, nodes), np.int64), np.zeros((nodes, nodes))
    reports = Reports(cycles, offset, floor, np.empty(rows, np.int64), np.empty(rows, np.int64),
                      np.empty(rows, np.int64))  # fmt: skip
    states = States(np.zeros((rows, 8, 7)), np.full(rows, -1), np.empty((6, 6)), np.empty((SCRATCH, 9, 9)), motion)
    # One receiver after the other at every cycle: what they have received alike is predicted once.
    many = 2 * rows
    all_of = Clusters(
        number=np.zeros((nodes, many), np.int64), size=np.zeros((nodes, many), np.int64),
        joined=np.full((nodes, many, nodes), -1), row=np.full((nodes, many, nodes), -1),
        best=np.full((nodes, many), -1), chosen=np.full((nodes, many), -1), of=np.full((nodes, rows), -1),
        since=np.full((nodes, rows), -1), history=np.full((nodes, rows, len(cycles)), -1),
        count=np.zeros((nodes, 2), np.int64),
    )  # fmt: skip
    filtered, item_at, gain = np.zeros((nodes, rows, 8, 7)), np.full((nodes, rows), -1), np.empty(6)
    for now in range(len(cycles)):
        for d in range(nodes):
            items = Items(filtered[d], item_at[d], gain)
            receiver = Receiver(d, gate, own, reports, items, states, one_of(all_of, d))
            update_receiver(receiver, now, newest[d], last[d], checked[d])
    for d in range(nodes):
        clusters = one_of(all_of, d)
        for row in range(rows):
            if clusters.of[row] >= 0:
                leave(row, len(cycles), own.node[row], clusters)
    return collect(own, all_of.history, all_of.count)


@njit
def collect(own, history, count):
    """Members (E, N, J) of the clusters of all nodes, and the node (E,) of each, from what `Clusters` holds of all."""
    node_of, status, total, before = own.node, own.status, 0, 0
    nodes, rows, cycles = history.shape
    for d in range(nodes):
        total += count[d, 1]
    member, node = np.full((total, nodes, cycles), -1), np.empty(total, np.int64)
    for d in range(nodes):
        for c in range(count[d, 1]):
            node[before + c] = d
        for row in range(rows):
            o = node_of[row]
            for k in range(cycles):
                if history[d, row, k] >= 0 and status[row, k] == 1:
                    member[before + history[d, row, k], o, k] = row
        before += count[d, 1]
    return member, node
