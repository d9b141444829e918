"""When every node receives what: detections, launch reports and track reports flooded over links, in one pass through
time.

Times in s. A message that a link loses or never carries has an infinite delay, so that the arithmetic needs no flags.
Every delay is a function of the link and the message alone, and a link that gets a message sooner never delivers it
later: an arrival is the least over all paths, hence never later when a path is added or a delay shortened.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.kernels.jit import njit
from trackfuse.kernels.stereo import confirmed_by_lines

OWN_PLOT, FOREIGN_PLOT, LAUNCH_REPORT, TRACK, WARNING, NOTHING = 0, 1, 2, 3, 4, -1
WARNING_LEVEL, TRACK_LEVEL, DETECTION_LEVEL = 0, 1, 2


class Looks(NamedTuple):
    """The n looks, in order of time."""

    t: np.ndarray  # (n,)
    sensor: np.ndarray  # (n,)
    number: np.ndarray  # (n,) count on the sensor's own clock: the column of `LinkTable.table`
    detects: np.ndarray  # (n, 2) whether the look detects if the sensor is not cued, and if it is
    sight: np.ndarray  # (n, 3) unit vector of its line of sight, ECEF; nan if it does not count as one


class Sources(NamedTuple):
    """The S sensors."""

    home: np.ndarray  # (S,) node index
    infrared: np.ndarray  # (S,) whether its detections are launch reports
    angles: np.ndarray  # (S,) whether they hold no range: they confirm a track by two places alone
    report_delay: np.ndarray  # (S,)


class Confirmation(NamedTuple):
    """Radar detections that confirm a track, 2 or more, and the time within which they, or the lines of sight of two
    fixes (see `kernels.stereo`), must have been measured.
    """

    plots: int
    window: float


class Message(NamedTuple):
    """A detection, or a node's report of a cycle."""

    index: int | np.int64  # looks come first, then the reports of each node in turn
    is_detection: bool
    is_infrared: bool
    origin: int | np.int64  # node
    address: int | np.int64  # column of `LinkTable.row`
    number: int | np.int64  # column of `LinkTable.table`
    stamp: float  # when the origin has it


class LinkTable(NamedTuple):
    """Links as arrays (L links, N nodes, S sensors)."""

    source: np.ndarray  # (L,) node index
    target: np.ndarray  # (L,)
    period_s: np.ndarray  # (L,)
    delay_s: np.ndarray  # (L,) where it is the same for every message
    usable: np.ndarray  # (3, N, L) links that carry a level of an origin's data, first `count` of the last axis
    count: np.ndarray  # (3, N)
    row: np.ndarray  # (L, S + N) row of `table` with the delays of an origin's messages, or -1
    table: np.ndarray  # (R, K) drawn delays; messages are numbered
    outage_s: np.ndarray  # (L, M, 2) begin and end, padded with infinities
    processing_s: np.ndarray  # (N,) what a node takes to pass on what is not its own


class Releasable(NamedTuple):
    """Which messages may go to which of N nodes; empty where all may."""

    looks: np.ndarray  # (2, n, N) as a launch report and as a detection
    reports: np.ndarray  # (2, N, J, N) level, origin, cycle, and who may have it


class Outcome(NamedTuple):
    """What comes of n looks for N nodes and J cycles; `deliver` writes into it."""

    detected: np.ndarray  # (n,)
    cued: np.ndarray  # (n,)
    received: np.ndarray  # (n, N) when each node has the detection
    launch_reported: np.ndarray  # (n, N) when each node has the launch report that it is
    known: np.ndarray  # (N,) first knowledge of the launch
    known_by: np.ndarray  # (N,) by what, one of the codes above
    known_from: np.ndarray  # (N,) whose data it was, node index
    confirmed: np.ndarray  # (N,) receipt of the last detection that confirms a track
    message: np.ndarray  # (N,) first launch report, or report of another node
    track_received: np.ndarray  # (N, N, J) sender, receiver, cycle
    warning_received: np.ndarray  # (N, N, J)


def nothing_received(looks, nodes, cycles):
    """The outcome before the first look: nothing is detected and nothing is received."""
    never = math.inf
    return Outcome(
        detected=np.zeros(looks, bool),
        cued=np.zeros(looks, bool),
        received=np.full((looks, nodes), never),
        launch_reported=np.full((looks, nodes), never),
        known=np.full(nodes, never),
        known_by=np.full(nodes, NOTHING, np.int8),
        known_from=np.full(nodes, -1, np.int32),
        confirmed=np.full(nodes, never),
        message=np.full(nodes, never),
        track_received=np.full((nodes, nodes, cycles), never),
        warning_received=np.full((nodes, nodes, cycles), never),
    )


def everything_releasable():
    """No message is kept from anybody."""
    return Releasable(looks=np.empty((0, 0, 0), bool), reports=np.empty((0, 0, 0, 0), bool))


@njit
def recipients(level, message, releasable, everybody):
    """Which nodes may have a message in the form of a level (N,); `everybody` where there is no sharing rule."""
    if releasable.reports.shape[0] == 0:
        return everybody
    if message.is_detection:
        return releasable.looks[1 if level == DETECTION_LEVEL else 0, message.index]
    return releasable.reports[level, message.origin, message.number]


@njit
def departure(t, period):
    """First multiple of the period not before t."""
    return max(t, math.ceil(t / period) * period) if period > 0.0 else t


@njit
def message_at(index, looks, sources, cycles):
    """The message of an index."""
    count, reports = looks.t.shape[0], cycles.shape[0]
    is_detection, is_infrared = index < count, False
    if is_detection:
        address = np.int64(looks.sensor[index])
        origin, number = np.int64(sources.home[address]), np.int64(looks.number[index])
        is_infrared = sources.infrared[address]
        stamp = looks.t[index] + sources.report_delay[address]
    else:
        origin, number = (index - count) // reports, (index - count) % reports
        address, stamp = sources.home.shape[0] + origin, cycles[number]
    return Message(index, is_detection, is_infrared, origin, address, number, stamp)


@njit
def flood(level, message, links, may_have, arrival):
    """Write when every node has a message over links of a level (Bellman-Ford; a handful of nodes).

    Who may not have it, by `may_have` (N,), does not pass it on either."""
    source, target, period, delay, usable, count, row, table, outage, processing = links
    origin, address, stamp = message.origin, message.address, message.stamp
    for i in range(arrival.shape[0]):
        arrival[i] = math.inf
    arrival[origin] = stamp
    changed = True
    while changed:
        changed = False
        for q in range(count[level, origin]):
            link = usable[level, origin, q]
            at, to = arrival[source[link]], target[link]
            if at >= arrival[to] or not may_have[to]:
                continue
            if source[link] != origin:
                at += processing[source[link]]
            drawn = row[link, address]
            there = departure(at, period[link]) + (table[drawn, message.number] if drawn >= 0 else delay[link])
            if there >= arrival[to]:
                continue
            sent, out = departure(stamp, period[link]), False
            for m in range(outage.shape[1]):
                out = out or outage[link, m, 0] <= sent <= outage[link, m, 1]
            if not out:
                arrival[to] = there
                changed = True


@njit
def learn(node, at, code, origin, known, known_by, known_from):
    """Note what a node knows first; of two things at one instant the lower code counts."""
    if at < known[node] or (at == known[node] and at < math.inf and code < known_by[node]):
        known[node], known_by[node], known_from[node] = at, code, origin


@njit
def confirm(times, arrivals, held, confirmation, least):
    """Receipt of the last of the earliest received plots that confirm a track, end with the newest and lie within the
    window.

    `times`, `arrivals`: the node's plots in order of measurement, `held` of them; `least` is scratch, one a plot
    needed."""
    need, window = confirmation
    newest = held - 1
    least[:] = math.inf
    for m in range(newest - 1, -1, -1):
        if times[m] < times[newest] - window:
            break
        a = arrivals[m]
        q = need - 2
        if a < least[q]:
            while q > 0 and least[q - 1] > a:
                least[q] = least[q - 1]
                q -= 1
            least[q] = a
    return max(arrivals[newest], least[need - 2])


class Lines(NamedTuple):
    """The lines of sight that each of N nodes has, L at most."""

    times: np.ndarray  # (N, L) of measurement
    arrivals: np.ndarray  # (N, L)
    sights: np.ndarray  # (N, L, 3)
    held: np.ndarray  # (N,)


@njit
def no_lines(nodes, sensor, angles):
    """No lines of sight, with room for those of all looks."""
    most = 0
    for k in range(sensor.shape[0]):
        most += 1 if angles[sensor[k]] else 0
    return Lines(np.empty((nodes, most)), np.empty((nodes, most)), np.empty((nodes, most, 3)),
                 np.zeros(nodes, np.int64))


@njit
def add_line(lines, node, t, at, sight):
    """Add a line of sight that a node has."""
    m = lines.held[node]
    lines.times[node, m], lines.arrivals[node, m] = t, at
    for i in range(3):
        lines.sights[node, m, i] = sight[i]
    lines.held[node] += 1


@njit
def confirm_by_newest(lines, node, window):
    """Receipt of the last of the lines of sight that confirm a track, end with the newest and lie within the window."""
    held = lines.held[node]
    return confirmed_by_lines(lines.times[node], lines.arrivals[node], lines.sights[node], held, held - 1, window)


@njit
def deliver(looks, sources, cue_delay, cycles, confirmation, links, releasable, outcome):
    """Decide detections, cues, receptions and reports; looks and cycles come in order of time.

    `looks` to `outcome` are the values of those names above; cue_delay (N,), cycles (J,). Of a look and a cycle at one
    instant the look comes first. Writes into `outcome`. A node whose `outcome.confirmed` is set beforehand reports from
    that instant on, whatever it detects.
    """
    t, sensor, _, detects, sight = looks
    home, infrared, angles, _ = sources
    (detected, cued, received, launch_reported, known, known_by, known_from, confirmed, first_message, track_received,
     warning_received) = outcome
    count, nodes, reports = t.shape[0], cue_delay.shape[0], cycles.shape[0]
    has_detected = np.zeros(home.shape[0], np.bool_)
    times, arrivals, held = np.empty((nodes, count)), np.empty((nodes, count)), np.zeros(nodes, np.int64)
    least, arrival, everybody = np.empty(confirmation.plots), np.empty(nodes), np.ones(nodes, np.bool_)
    lines = no_lines(nodes, sensor, angles)

    k, j = 0, 0
    while k < count or j < reports:
        if k < count and (j == reports or t[k] <= cycles[j]):
            s = np.int64(sensor[k])
            centre = np.int64(home[s])
            cued[k] = has_detected[s] or t[k] >= known[centre] + cue_delay[centre]
            if detects[k, 1 if cued[k] else 0]:
                detected[k] = has_detected[s] = True
                message = message_at(k, looks, sources, cycles)
                flood(DETECTION_LEVEL, message, links, recipients(DETECTION_LEVEL, message, releasable, everybody),
                      arrival)  # fmt: skip
                for i in range(nodes):
                    at = arrival[i]
                    received[k, i] = at
                    if at == math.inf:
                        continue
                    code = OWN_PLOT if i == centre else (LAUNCH_REPORT if infrared[s] else FOREIGN_PLOT)
                    learn(i, at, code, centre, known, known_by, known_from)
                    if not angles[s] and t[k] < confirmed[i]:
                        times[i, held[i]], arrivals[i, held[i]] = t[k], at
                        held[i] += 1
                        confirmed[i] = min(confirmed[i], confirm(times[i], arrivals[i], held[i], confirmation, least))
                    elif angles[s] and t[k] < confirmed[i]:
                        add_line(lines, i, t[k], at, sight[k])
                        confirmed[i] = min(confirmed[i], confirm_by_newest(lines, i, confirmation.window))
                if infrared[s]:
                    flood(WARNING_LEVEL, message, links, recipients(WARNING_LEVEL, message, releasable, everybody),
                          arrival)  # fmt: skip
                    for i in range(nodes):
                        launch_reported[k, i] = arrival[i]
                        first_message[i] = min(first_message[i], arrival[i])
                        if i != centre:
                            learn(i, arrival[i], LAUNCH_REPORT, centre, known, known_by, known_from)
            k += 1
            continue
        for i in range(nodes):
            if confirmed[i] > cycles[j]:
                continue
            message = message_at(count + i * reports + j, looks, sources, cycles)
            for level in (TRACK_LEVEL, WARNING_LEVEL):
                flood(level, message, links, recipients(level, message, releasable, everybody), arrival)
                report_received = track_received if level == TRACK_LEVEL else warning_received
                for other in range(nodes):
                    if other == i:
                        continue
                    report_received[i, other, j] = arrival[other]
                    first_message[other] = min(first_message[other], arrival[other])
                    code = TRACK if level == TRACK_LEVEL else WARNING
                    learn(other, arrival[other], code, i, known, known_by, known_from)
        j += 1
