"""When every node receives what, where links take only so many messages a second: every message waits for its turn.

The same rules as in `kernels.delivery`, but messages meet: what reaches a full link waits until those before it have
gone, first in, first out. So an event is an arrival at a node, and events are worked through in order of time. Every
message carries its origin and goes over a link once, in the richest form that the sender has and the link takes; it is
not sent back to its origin or to the node that it came from. Times in s.
"""

import math
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from trackfuse.kernels.delivery import (
    DETECTION_LEVEL,
    FOREIGN_PLOT,
    LAUNCH_REPORT,
    OWN_PLOT,
    TRACK,
    TRACK_LEVEL,
    WARNING,
    WARNING_LEVEL,
    add_line,
    departure,
    learn,
    message_at,
    no_lines,
    recipients,
)
from trackfuse.kernels.jit import njit
from trackfuse.kernels.stereo import confirmed_by_lines

PASSED_ON = 10
"""Added to the level of a message that its holder has worked on: it joins the queues of the links from there."""


class Capacity(NamedTuple):
    """What each of the L links takes."""

    payload: np.ndarray  # (L,) level of the richest form that crosses
    spacing: np.ndarray  # (L,) least time between two messages, s


class Queues(NamedTuple):
    """Where M messages and L links stand."""

    events: list[tuple[float, int, int, int, int]]  # arrivals: when, message, node, the node before, level
    sent: np.ndarray  # (M, L) form in which each message has gone over each link, -1 if it has not
    free: np.ndarray  # (L,) when each link is free again


@njit
def send(queues, message, node, came_from, level, at, capacity, links, releasable, everybody):
    """Put a message that a node has at an instant on every link that takes it from there.

    `came_from` is the node that sent it, -1 at its origin; `level` is the form in which the node has it. Who may not
    have that form, by `releasable` (see `recipients`), is sent the poorer one.
    """
    for q in range(links.count[WARNING_LEVEL, message.origin]):
        link = links.usable[WARNING_LEVEL, message.origin, q]
        to = np.int64(links.target[link])
        if links.source[link] != node or to == message.origin:
            continue
        if to == came_from:
            continue
        form = min(level, capacity.payload[link])
        if message.is_detection and form < DETECTION_LEVEL:
            if not message.is_infrared:
                continue
            form = WARNING_LEVEL
        if not recipients(form, message, releasable, everybody)[to]:
            if message.is_detection and not message.is_infrared:
                continue
            if form == WARNING_LEVEL or not recipients(WARNING_LEVEL, message, releasable, everybody)[to]:
                continue
            form = WARNING_LEVEL
        if queues.sent[message.index, link] >= form:
            continue
        queues.sent[message.index, link] = form
        leaves = max(departure(at, links.period_s[link]), queues.free[link])
        queues.free[link] = leaves + capacity.spacing[link]
        drawn = links.row[link, message.address]
        there = leaves + (links.table[drawn, message.number] if drawn >= 0 else links.delay_s[link])
        handed = departure(message.stamp, links.period_s[link])
        for k in range(links.outage_s.shape[1]):
            if links.outage_s[link, k, 0] <= handed <= links.outage_s[link, k, 1]:
                there = math.inf
        if there < math.inf:
            heappush(queues.events, (there, message.index, to, node, form))


@njit
def confirms(times, held, new, need, window):
    """Put a detection's time of measurement among a node's; whether it completes enough of them within the window."""
    at = held
    while at > 0 and times[at - 1] > new:
        times[at] = times[at - 1]
        at -= 1
    times[at] = new
    for first in range(max(0, at - need + 1), at + 1):
        if first + need - 1 <= held and times[first + need - 1] - times[first] <= window:
            return True
    return False


@njit
def confirm_by_any(lines, node, window):
    """Receipt of the last of the lines of sight that confirm a track, whichever of them is the newest; inf if none do.

    Those received before the last one confirmed none: it is the newest, or was measured in the window before it.
    """
    first, times, held = math.inf, lines.times[node], lines.held[node]
    for newest in range(held):
        if times[newest] - window <= times[held - 1] <= times[newest]:
            at = confirmed_by_lines(times, lines.arrivals[node], lines.sights[node], held, newest, window)
            first = min(first, at)
    return first


@njit
def receive_report(message, node, level, at, outcome):
    """Write that a node has another node's report in the form of a level."""
    origin, cycle = message.origin, message.number
    if level == TRACK_LEVEL:
        outcome.track_received[origin, node, cycle] = at
    outcome.warning_received[origin, node, cycle] = min(outcome.warning_received[origin, node, cycle], at)
    outcome.message[node] = min(outcome.message[node], at)
    code = TRACK if level == TRACK_LEVEL else WARNING
    learn(node, at, code, origin, outcome.known, outcome.known_by, outcome.known_from)


@njit
def deliver_queued(looks, sources, cue_delay, cycles, confirmation, links, releasable, capacity, outcome):
    """As `kernels.delivery.deliver`, over links of limited capacity."""
    t, sensor, home = looks.t, looks.sensor.astype(np.int64), sources.home.astype(np.int64)
    detected, cued, received, launch_reported, known, known_by, known_from, confirmed, first_message, _, _ = outcome
    count, nodes, reports = t.shape[0], cue_delay.shape[0], cycles.shape[0]
    messages, links_count = count + nodes * reports, capacity.payload.shape[0]
    has_detected = np.zeros(home.shape[0], np.bool_)
    times, held = np.empty((nodes, count + 1)), np.zeros(nodes, np.int64)
    lines = no_lines(nodes, sensor, sources.angles)
    everybody = np.ones(nodes, np.bool_)
    got = np.full((messages, nodes), -1, np.int8)
    events = [(math.inf, 0, 0, 0, 0)]
    queues = Queues(events, np.full((messages, links_count), -1, np.int8), np.full(links_count, -math.inf))
    k, j = 0, 0
    while k < count or j < reports or events[0][0] < math.inf:
        look_at, cycle_at = t[k] if k < count else math.inf, cycles[j] if j < reports else math.inf
        if events[0][0] <= min(look_at, cycle_at):
            at, m, node, came_from, level = heappop(events)
            worked_on = level >= PASSED_ON
            level -= PASSED_ON if worked_on else 0
            if got[m, node] >= level and not worked_on:
                continue
            got[m, node] = max(got[m, node], level)
            message = message_at(m, looks, sources, cycles)
            origin = message.origin
            if worked_on:
                send(queues, message, node, came_from, level, at, capacity, links, releasable, everybody)
                continue
            if message.is_detection and level == DETECTION_LEVEL:
                received[m, node] = at
                code = OWN_PLOT if node == origin else (LAUNCH_REPORT if message.is_infrared else FOREIGN_PLOT)
                learn(node, at, code, origin, known, known_by, known_from)
                if not sources.angles[message.address] and confirmed[node] == math.inf:
                    if confirms(times[node], held[node], t[m], confirmation.plots, confirmation.window):
                        confirmed[node] = at
                    held[node] += 1
                if sources.angles[message.address] and confirmed[node] == math.inf:
                    add_line(lines, node, t[m], at, looks.sight[m])
                    confirmed[node] = confirm_by_any(lines, node, confirmation.window)
            if message.is_infrared:
                launch_reported[m, node] = min(launch_reported[m, node], at)
                first_message[node] = min(first_message[node], at)
                if node != origin:
                    learn(node, at, LAUNCH_REPORT, origin, known, known_by, known_from)
            if not message.is_detection:
                receive_report(message, node, level, at, outcome)
            work = 0.0 if came_from < 0 else links.processing_s[node]
            heappush(events, (at + work, m, node, came_from, level + PASSED_ON))
        elif look_at <= cycle_at:
            s = sensor[k]
            centre = home[s]
            cued[k] = has_detected[s] or t[k] >= known[centre] + cue_delay[centre]
            if looks.detects[k, 1 if cued[k] else 0]:
                detected[k] = has_detected[s] = True
                heappush(events, (t[k] + sources.report_delay[s], k, centre, -1, DETECTION_LEVEL))
            k += 1
        else:
            for i in range(nodes):
                if confirmed[i] <= cycles[j]:
                    m = count + i * reports + j
                    got[m, i] = TRACK_LEVEL
                    message = message_at(m, looks, sources, cycles)
                    send(queues, message, i, -1, TRACK_LEVEL, cycles[j], capacity, links, releasable, everybody)
            j += 1
