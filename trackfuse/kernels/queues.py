"""Who knows what when, where links take only so many messages a second: every message in its turn, in one pass through
time.

The same rules as in `kernels.exchange`, but messages meet: what reaches a full link waits until those before it have
gone, first in, first out. So an event is an arrival at a node, and events are worked through in order of time. Every
message carries its origin and goes over a link once, in the richest form that the sender has and the link takes; it is
not sent back to its origin or to whom it came from.
"""

import math
from heapq import heappop, heappush

import numpy as np

from trackfuse.kernels.exchange import (
    DETECTION_LEVEL,
    FOREIGN_PLOT,
    LAUNCH_REPORT,
    OWN_PLOT,
    TRACK,
    TRACK_LEVEL,
    WARNING,
    WARNING_LEVEL,
    departure,
    learn,
)
from trackfuse.kernels.jit import njit

PASSED_ON = 10
"""Added to the level of a message that its holder is done with: it joins the queues of the links from there."""


@njit
def send(events, m, node, came, level, at, is_plot, infrared, origin, address, number, stamp, sent, free, queue, wires):
    """Put a message that a node has at an instant on every link that takes it from there.

    `came` is the node it came from, -1 at its origin; `sent` (M, L) is in what form it has gone over each link, `free`
    (L,) when each link is free again.
    """
    payload, spacing, target = queue
    for q in range(wires.count[WARNING_LEVEL, origin]):
        link = wires.usable[WARNING_LEVEL, origin, q]
        to = target[link]
        if wires.source[link] != node or to == origin:
            continue
        if to == came:
            continue
        form = min(level, payload[link])
        if is_plot and form < DETECTION_LEVEL:
            if not infrared:
                continue
            form = WARNING_LEVEL
        if sent[m, link] >= form:
            continue
        sent[m, link] = form
        leaves = max(departure(at, wires.period_s[link]), free[link])
        free[link] = leaves + spacing[link]
        drawn = wires.row[link, address]
        there = leaves + (wires.table[drawn, number] if drawn >= 0 else wires.delay_s[link])
        handed = departure(stamp, wires.period_s[link])
        for k in range(wires.outage_s.shape[1]):
            if wires.outage_s[link, k, 0] <= handed <= wires.outage_s[link, k, 1]:
                there = math.inf
        if there < math.inf:
            heappush(events, (there, m, to, node, form))


@njit
def confirms(times, held, new, need, window):
    """Put a plot's time of measurement among a node's; whether it completes enough of them within the window."""
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
def run_queued(t, sensor, number, home, infrared, report_delay, pd, uniform, cue_delay, cycles, need, window, wires,
               heard, payload, spacing):
    """As `kernels.exchange.run`; `payload` (L,) is the level of what each link takes, `spacing` (L,) the least time
    between two messages on it, s.
    """
    sensor, number, home = sensor.astype(np.int64), number.astype(np.int64), home.astype(np.int64)
    looks, nodes, reports = t.shape[0], cue_delay.shape[0], cycles.shape[0]
    messages, queue = looks + nodes * reports, (payload, spacing, wires.target.astype(np.int64))
    (detected, cued, plot_received, known, confirmed, message, track_received, warning_received, known_code,
     known_origin) = heard
    holding = np.zeros(home.shape[0], np.bool_)
    times, held = np.empty((nodes, looks + 1)), np.zeros(nodes, np.int64)
    got = np.full((messages, nodes), -1, np.int8)
    sent, free = np.full((messages, payload.shape[0]), -1, np.int8), np.full(payload.shape[0], -math.inf)
    events = [(math.inf, 0, 0, 0, 0)]
    k, j = 0, 0
    while k < looks or j < reports or events[0][0] < math.inf:
        look_at, cycle_at = t[k] if k < looks else math.inf, cycles[j] if j < reports else math.inf
        if events[0][0] <= min(look_at, cycle_at):
            at, m, node, came, level = heappop(events)
            worked_on = level >= PASSED_ON
            level -= PASSED_ON if worked_on else 0
            if got[m, node] >= level and not worked_on:
                continue
            got[m, node] = max(got[m, node], level)
            plot, flash = m < looks, False
            if plot:
                s = sensor[m]
                origin, address, count, flash = home[s], s, number[m], infrared[s]
                stamp = t[m] + report_delay[s]
            else:
                origin, count = (m - looks) // reports, (m - looks) % reports
                address, stamp = home.shape[0] + origin, cycles[count]
            if worked_on:
                send(events, m, node, came, level, at, plot, flash, origin, address, count, stamp, sent, free, queue,
                     wires)
                continue
            if plot and level == DETECTION_LEVEL:
                plot_received[m, node] = at
                code = OWN_PLOT if node == origin else (LAUNCH_REPORT if flash else FOREIGN_PLOT)
                learn(node, at, code, origin, known, known_code, known_origin)
                if not flash and confirmed[node] == math.inf:
                    if confirms(times[node], held[node], t[m], need, window):
                        confirmed[node] = at
                    held[node] += 1
            if flash:
                message[node] = min(message[node], at)
                if node != origin:
                    learn(node, at, LAUNCH_REPORT, origin, known, known_code, known_origin)
            if not plot:
                if level == TRACK_LEVEL:
                    track_received[origin, node, count] = at
                warning_received[origin, node, count] = min(warning_received[origin, node, count], at)
                message[node] = min(message[node], at)
                code = TRACK if level == TRACK_LEVEL else WARNING
                learn(node, at, code, origin, known, known_code, known_origin)
            work = 0.0 if came < 0 else wires.processing_s[node]
            heappush(events, (at + work, m, node, came, level + PASSED_ON))
        elif look_at <= cycle_at:
            s = sensor[k]
            centre = home[s]
            cued[k] = holding[s] or t[k] >= known[centre] + cue_delay[centre]
            if uniform[k] < pd[k, 1 if cued[k] else 0]:
                detected[k] = holding[s] = True
                heappush(events, (t[k] + report_delay[s], k, centre, -1, DETECTION_LEVEL))
            k += 1
        else:
            for i in range(nodes):
                if confirmed[i] <= cycles[j]:
                    m = looks + i * reports + j
                    got[m, i] = TRACK_LEVEL
                    send(events, m, i, -1, TRACK_LEVEL, cycles[j], False, False, i, home.shape[0] + i, j, cycles[j],
                         sent, free, queue, wires)
            j += 1
