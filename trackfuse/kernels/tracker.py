"""A node's tracker: one step works through what has come in, gives it to tracks, and leaves every track up to date.

A node is a state machine. `step` takes its state and the meetings of its tracks (see `kernels.reassociation`), the
detections received since the step before, and an instant; it reads nothing later, and returns state and meetings.
Where detections carry their object there is a track for each of them
(`association` None); else they are associated, and tracks begin and end. What is compiled depends on what is asked for:
an argument that is None takes its code with it.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.kernels.association import AGILE, STEADY, Scan, gate_limit, nearest, score, shares
from trackfuse.kernels.company import score_in_company
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.jit import njit
from trackfuse.kernels.line_pairs import begin_by_lines
from trackfuse.kernels.node_state import NEVER, TrackArrays, close_slot, give, longer, precedes, with_room
from trackfuse.kernels.oosm import update_in_order
from trackfuse.kernels.reassociation import FAR_BACK_S, LOOK_BACK_S, better_exchanged, exchange, note_meeting
from trackfuse.kernels.tentative import (
    SECONDS,
    choose,
    confirm,
    keep_best,
    open_tentative,
    pair,
    radar_detections,
)
from trackfuse.kernels.track_update import CONFIRMED, NONE, estimate, reprocess

FAST_S = 2.0
"""A track that is not confirmed is dropped so long (s) after its window of confirmation, for detections still on their
way."""
BELOW_M = -2000.0
"""A track to which detections are associated ends when it has come down so far (height, m)."""
MISSED = 20
"""A track to which detections are associated ends when radars have so many times since its last detection seen
something in its direction that was not it."""


class Detected(NamedTuple):
    """The m detections that a node has ever received, in any order."""

    plots: np.ndarray  # (m,) DETECTION
    sensor: np.ndarray  # (m,) number of each one's sensor
    truth: np.ndarray  # (m,) number of the object that each is of, read where objects are known


@njit
def bring_up(plots, state, k, new, associated, settings, oosm):
    """Update a track by the detections that its list has and its state has not: by an algorithm for out-of-sequence
    measurements, or (`oosm` None) by working through the list again.
    """
    if oosm is not None:
        update_in_order(plots, state, k, new, oosm, not associated, settings)
    if oosm is None:
        reprocess(plots, state, k, not associated, settings)


@njit(inline="always")
def step_known(detected, new, state, settings, oosm):
    """Give every new detection to the track of its object, and bring the tracks up to date. The state must have room
    for them (`node_state.with_room`).
    """
    plots, truth = detected.plots, detected.truth
    for row in new:
        if truth[row] >= 0:
            give(plots, state, truth[row], row, 1.0, 0)
    for k in range(state.slots.shape[0]):
        if state.slots[k].earliest < NEVER:
            bring_up(plots, state, k, new, False, settings, oosm)
    return state


@njit
def open_slots(state):
    """Slots of the tracks that are open, in the order of their initiation."""
    found, numbers = np.empty(state.slots.shape[0], np.int64), np.empty(state.slots.shape[0], np.int64)
    count = 0
    for k in range(state.slots.shape[0]):
        if state.slots[k].open:
            found[count], numbers[count] = k, state.slots[k].number
            count += 1
    return found[np.argsort(numbers[:count])]


@njit
def update_by_scan(plots, rows, state, meetings, association, settings, oosm):
    """Give the detections of a scan (`rows`) to tracks; begin tentative ones with radar detections that are left, and
    tracks with lines of sight that are left and cross another that was. Returns (state, meetings).

    Confirmed tracks choose first among the detections within their gates; then those that crossed lines of sight began;
    then tentative ones, which may share (see `kernels.tentative`), then confirmed tracks that went without, allowing
    for an engine that started or stopped.
    """
    n_rows = rows.shape[0]
    tally, tracks = state.tally[0], open_slots(state)
    tally.scans += 1
    many, infrared = tracks.shape[0], plots[rows[0]].infrared
    started, by_lines = np.zeros(many, np.bool_), np.zeros(many, np.bool_)
    radars, count = np.zeros(many, np.int64), np.zeros(many, np.int64)
    for i in range(many):
        s = state.slots[tracks[i]]
        started[i], by_lines[i] = s.last >= 0 and s.confirmed < math.inf, s.last < 0 and s.confirmed < math.inf
        if started[i]:
            count[i] = s.count
        elif not by_lines[i]:
            radars[i] = radar_detections(plots, state, tracks[i])
    firm, crossed, tentative = np.flatnonzero(started), np.flatnonzero(by_lines), np.flatnonzero(~(started | by_lines))
    single = np.flatnonzero(radars == 1)
    state = with_room(state, n_rows, n_rows + single.shape[0] * min(n_rows, SECONDS))
    scan = Scan(plots, rows, np.empty((many, n_rows, 5)), np.ones(n_rows, np.bool_), association)
    ahead = np.empty((many, 7))
    for i in range(many):
        score(plots, state, tracks[i], rows, association.limits, settings, scan.scores[i], ahead[i])
    if firm.shape[0] > 0 and not infrared:
        for i in single:
            first = state.mine[tracks[i], 0]
            score_in_company(plots, first, rows, ahead, count, association.limits, settings, scan.scores[i])
    if many > 1:
        meetings = note_meetings(scan, state, tracks, started, meetings)
    part, idle = np.zeros((many, n_rows + 1)), np.ones(many, np.bool_)
    if association.shared:
        if firm.shape[0] > 0:
            mine = np.empty((firm.shape[0], n_rows + 1))
            shares(scan, firm, mine)
            for i in range(firm.shape[0]):
                part[firm[i]] = mine[i]
                idle[firm[i]] = mine[i, n_rows] > 0.5
    else:
        outright(scan, firm, STEADY, part, idle)
    outright(scan, crossed, STEADY, part, idle)
    wanted = np.zeros(n_rows, np.bool_)
    choose(scan, state, tracks, tentative, radars, part, wanted)
    scan.free[wanted] = False
    outright(scan, firm[idle[firm]], AGILE, part, idle)
    scan.free[wanted] = True
    for i in range(many):
        s, total, behind = state.slots[tracks[i]], 0.0, False
        for n in range(n_rows):
            behind = behind or scan.scores[i, n, 4] > 0.0
            if part[i, n] > 0.0:
                give(plots, state, tracks[i], rows[n], part[i, n], tally.scans)
                total += part[i, n]
        if total >= 0.5 and started[i]:
            s.missed = 0
        if not infrared and started[i] and idle[i] and behind:
            s.missed += 1
        if s.earliest < NEVER:
            bring_up(plots, state, tracks[i], rows, True, settings, oosm)
        s.scored = 0
    if tentative.shape[0] > 0:
        for k in confirm(plots, state, plots[rows[0]].t_s, settings.confirm.window_s):
            for n in range(n_rows):
                scan.free[n] = scan.free[n] and not (state.mine[k, :state.slots[k].count] == rows[n]).any()
    if infrared:
        scan.free[wanted] = False
        for k in begin_by_lines(scan, state):
            bring_up(plots, state, k, rows, True, settings, oosm)
    elif scan.free.any():
        for i in single:
            if state.slots[tracks[i]].open:
                for k in pair(scan, state, tracks, i):
                    bring_up(plots, state, k, rows, True, settings, oosm)
        for n in np.flatnonzero(scan.free):
            k = open_tentative(state)
            give(plots, state, k, rows[n], 1.0, tally.scans)
            bring_up(plots, state, k, rows, True, settings, oosm)
        keep_best(plots, state)
    return state, meetings


@njit
def outright(scan, tracks, column, part, idle):
    """Give free detections to some of the tracks outright: write 1 into their `part`, and whether they went without."""
    chosen = np.full(part.shape[0], -1, np.int64)
    nearest(scan, tracks, column, chosen)
    for i in tracks:
        if chosen[i] >= 0:
            part[i, chosen[i]] = 1.0
            idle[i] = False


@njit
def note_meetings(scan, state, tracks, started, meetings):
    """Note which tracks want the same detections of a scan, tentative ones with confirmed ones. Returns the
    meetings.
    """
    limit = gate_limit(scan)
    inside = (scan.scores[:, :, AGILE] <= limit) & (scan.scores[:, :, AGILE + 1] > -math.inf)
    for i in range(tracks.shape[0]):
        for j in range(i + 1, tracks.shape[0]):
            if (started[i] or started[j]) and (inside[i] & inside[j]).any():
                one, two = state.slots[tracks[i]].number, state.slots[tracks[j]].number
                meetings = note_meeting(state, meetings, one, two, scan.plots[scan.rows[0]].t_s)
    return meetings


@njit
def slot_of(state, number):
    """Slot of the open track of that number, -1 if it is closed."""
    for k in range(state.slots.shape[0]):
        if state.slots[k].open and state.slots[k].number == number:
            return k
    return -1


@njit
def reassociate(detected, t, state, meetings, settings):
    """Exchange detections between tracks that met, where these make more sense so. Returns the state; the meetings of
    tracks that are closed are dropped.
    """
    left = 0
    for r in range(state.tally[0].meetings):
        if slot_of(state, meetings[r].one) >= 0 and slot_of(state, meetings[r].two) >= 0:
            meetings[left] = meetings[r]
            left += 1
    state.tally[0].meetings = left
    due = np.zeros(left, np.bool_)
    for r in range(left):
        known = meetings[r]
        if not known.clear and known.next <= t:
            due[r] = True
            known.next = t + max(LOOK_BACK_S, 0.5 * (t - known.since))
            known.clear = known.next > known.since + FAR_BACK_S
    firm = np.zeros(state.slots.shape[0], np.bool_)
    for k in range(state.slots.shape[0]):
        firm[k] = state.slots[k].depth > 0
    plots = detected.plots
    for r in np.flatnonzero(due):
        pair = slot_of(state, meetings[r].one), slot_of(state, meetings[r].two)
        if not (firm[pair[0]] and firm[pair[1]]):
            continue
        rows, chosen = better_exchanged(plots, detected.sensor, state, pair, meetings[r], settings)
        if chosen.any():
            state = with_room(state, rows.shape[0], 0)
            exchange(plots, state, pair, rows, chosen)
            for k in pair:  # what a track has given away can only be worked through again without
                reprocess(plots, state, k, False, settings)
    return state


@njit
def step_associated(detected, new, t, state, meetings, association, settings, oosm):
    """Associate the new detections scan by scan, in the order of measurement, and look back at tracks that met. Returns
    (state, meetings).
    """
    plots, sensor = detected.plots, detected.sensor
    done = np.zeros(new.shape[0], np.bool_)
    for i in range(new.shape[0]):
        if done[i]:
            continue
        same = np.zeros(new.shape[0], np.bool_)
        j = i
        while j < new.shape[0] and plots[new[j]].t_s == plots[new[i]].t_s:
            same[j] = sensor[new[j]] == sensor[new[i]]
            j += 1
        done |= same
        state, meetings = update_by_scan(plots, new[same], state, meetings, association, settings, oosm)
    return reassociate(detected, t, state, meetings, settings), meetings


@njit(inline="always")
def report(plots, state, k, t, associated, settings, mean, covariance):
    """What a track that has started claims at the instant t, into `mean` and `covariance`. Returns (status, probability
    that the engine burns, whether it goes on). Tracks that detections are associated with end when the filter fails or
    knows too little, when they have come down, or when radars that should see them keep seeing something else.
    """
    status, boosting = estimate(plots, state, k, t, settings, mean, covariance)
    if not associated:
        return status, boosting, True
    if state.slots[k].missed >= MISSED:
        status = NONE
    if status == CONFIRMED and altitude(mean[0], mean[1], mean[2]) < BELOW_M:
        status = NONE
    return status, boosting, status == CONFIRMED


@njit
def blank(mean, covariance):
    """Write an estimate that there is not."""
    for i in range(6):
        mean[i] = math.nan
        for k in range(6):
            covariance[i, k] = math.nan


@njit
def number_rows(plots, state, t):
    """Give rows of output to tracks that are confirmed by the instant t, in the order of their first detections."""
    tally = state.tally[0]
    while True:
        first = -1
        for k in range(state.slots.shape[0]):
            s = state.slots[k]
            confirmed = s.open and s.row < 0 and s.last >= 0 and t >= s.confirmed
            if confirmed and (first < 0 or precedes(plots, state.mine[k, 0], state.mine[first, 0])):
                first = k
        if first < 0:
            return
        state.slots[first].row = tally.rows
        tally.rows += 1


@njit(inline="always")
def report_all(plots, state, t, j, associated, settings, output):
    """Write what every track claims at cycle j, at the instant t, and end those that are over."""
    if associated:
        number_rows(plots, state, t)
    for k in range(state.slots.shape[0]):
        s = state.slots[k]
        if not s.open:
            continue
        if s.last < 0 or t < s.confirmed:
            waited = t - plots[state.mine[k, s.count - 1]].t_s if associated else 0.0
            if waited > settings.confirm.window_s + FAST_S:
                close_slot(state, k, True)
            continue
        mean, covariance = output.mean[s.row, j], output.covariance[s.row, j]
        status, boosting, goes_on = report(plots, state, k, t, associated, settings, mean, covariance)
        output.status[s.row, j] = status
        if status == CONFIRMED:
            output.boosting[s.row, j] = boosting
        else:
            blank(mean, covariance)
        if status == CONFIRMED or (status != NONE and not associated):
            output.last_plot[s.row, j] = plots[s.last].t_s
        if not goes_on:
            close_slot(state, k, False)


@njit
def with_rows(output, rows):
    """The output with room for so many rows."""
    old = output.status.shape[0]
    if rows <= old:
        return output
    size = 2 * rows
    out = TrackArrays(longer(output.mean, size), longer(output.covariance, size), longer(output.status, size),
                      longer(output.boosting, size), longer(output.last_plot, size))
    out.mean[old:] = math.nan
    out.covariance[old:] = math.nan
    out.status[old:] = NONE
    out.boosting[old:] = math.nan
    out.last_plot[old:] = math.nan
    return out


@njit(inline="always")
def step(detected, new, t, state, meetings, association, settings, oosm):
    """One step of a node: what it has received since the last one (`new`, rows of the detections in order of
    measurement) is worked in at the instant t.

    Parameters: `detected` a Detected; `state` a NodeState; `meetings` (R,) MEETINGS; `association` an Association, or
    None where it is known which object each detection is of; `oosm` None to work through again what comes late, or a
    way of `kernels.oosm`. Returns (state, meetings): pass them to the next step. Without association the state must
    have room for what is new (`node_state.with_room`); with it grows by itself.
    """
    if association is None:
        state = step_known(detected, new, state, settings, oosm)
    if association is not None:
        state, meetings = step_associated(detected, new, t, state, meetings, association, settings, oosm)
    return state, meetings


@njit(inline="always")
def work_cycle(detected, new, t, j, state, meetings, association, settings, oosm, output):
    """One cycle of a node at the instant t: a `step`, and what every track claims, in column j of the output. Returns
    (state, meetings, output).
    """
    if new.shape[0] > 0 or association is not None:
        state, meetings = step(detected, new, t, state, meetings, association, settings, oosm)
    if association is not None:
        output = with_rows(output, state.tally[0].rows + state.slots.shape[0])
    report_all(detected.plots, state, t, j, association is not None, settings, output)
    return state, meetings, output


@njit
def track_node(detected, reception, state, meetings, association, settings, oosm, output):
    """Step one node through all cycles. The detections come in order of measurement. Returns (state, output)."""
    received, arrival, cycles = reception
    arrived = 0
    for j in range(cycles.shape[0]):
        before = arrived
        while arrived < arrival.shape[0] and received[arrival[arrived]] <= cycles[j]:
            arrived += 1
        new = np.sort(arrival[before:arrived])
        state, meetings, output = work_cycle(
            detected, new, cycles[j], j, state, meetings, association, settings, oosm, output
        )  # fmt: skip
    return state, output
