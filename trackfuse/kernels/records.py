"""Every record that kernels take, in one place and in a fixed order.

Numba names compiled code after the types of its arguments, and a record type by a number that counts the types that the
process has made so far. Two processes that made their records in another order would write code of one name for two
types into one cache, and a third that loads both would silently run the wrong one. So all records are made here, before
the first kernel is compiled, and `kernels.jit` keeps caches apart by these numbers.
SI, ECEF, times in s, angles in rad.
"""

from typing import Any

import numpy as np


def _record(fields: list[Any]) -> np.dtype:
    """A record type with its fields as attributes, in Python as in compiled code."""
    return np.dtype((np.record, np.dtype(fields, align=True)))


DETECTION = _record([
    ("t_s", np.float64),
    ("z", np.float64, 3),  # range (m; 0 if angles alone are measured), azimuth, elevation (rad)
    ("sigma", np.float64, 3),  # their standard deviations
    ("site", np.float64, 3),  # of the sensor, ECEF, m
    ("enu", np.float64, 9),  # its local axes east, north, up, ECEF
    ("rate", np.float64),  # range rate relative to the Earth, m/s
    ("rate_sigma", np.float64),  # its standard deviation, inf if it is not measured
    ("infrared", np.bool_),  # whether angles alone are measured, as by infrared sensors
    ("plume", np.bool_),  # whether it is of a burning engine
])  # fmt: skip
"""A detection as kernels take it."""

IMM = _record([
    ("filters", np.float64, (3, 8, 7)),  # of free fall, of a burning engine, of re-entry: see `kernels.filter`
    ("probability", np.float64),  # that the engine burns; 0: its filter sleeps
    ("falling", np.float64),  # probability of re-entry; 0: its filter sleeps
    ("time", np.float64),  # of the estimate, s
    ("seen", np.float64),  # time of the newest detection, s
    ("burned", np.float64),  # when it last burned more likely than not, s
    ("surprise", np.float64),  # how surprising the latest detections were
    ("left", np.float64),  # 1 once the target has left the air
])  # fmt: skip
"""The state of the interacting models."""

SINGLE = _record([
    ("filter", np.float64, (8, 7)),
    ("time", np.float64),  # of the estimate, s
    ("seen", np.float64),  # time of the newest detection, s
    ("good", np.bool_),  # whether the points could be drawn
])  # fmt: skip
"""A track by one filter."""

SLOT = _record([
    ("count", np.int64),  # detections in its list
    ("depth", np.int64),  # snapshots
    ("last", np.int64),  # newest detection used; -1 before initiation
    ("broken", np.int64),  # position of the detection that broke the filter, else NEVER
    ("earliest", np.int64),  # position from which on the list has changed, else NEVER
    ("missed", np.int64),  # times that radars have seen something behind it, and not it
    ("number", np.int64),  # tracks initiated before it at this node; -1 for a slot that is free
    ("row", np.int64),  # row of output; -1 before there is any
    ("scored", np.int64),  # snapshots up to the one that `NodeState.scored` was predicted from; 0 but within a scan
    ("confirmed", np.float64),  # no estimate is given before this, s; inf of a tentative track
    ("score", np.float64),  # of a tentative track: log-likelihood over that of its detections each by itself
    ("open", np.bool_),  # whether it may still get detections
    ("stale", np.bool_),  # whether `ahead` is from before the newest snapshot
])  # fmt: skip
"""One track's numbers."""

TALLY = _record([
    ("free", np.int64),  # rows of the pool
    ("initiated", np.int64),  # tracks
    ("scans", np.int64),  # worked through
    ("rows", np.int64),  # of output in use
    ("meetings", np.int64),  # of its tracks
    ("lines", np.int64),  # lines of sight that are no track's
])  # fmt: skip
"""A node's numbers."""

MEETINGS = _record([
    ("one", np.int64),  # numbers of the two tracks
    ("two", np.int64),
    ("since", np.float64),  # when they first and last wanted the same detections, s
    ("last", np.float64),
    ("next", np.float64),  # when to compare
    ("clear", np.bool_),
])  # fmt: skip
"""Two tracks that want the same detections."""

SENSOR = _record([
    ("first_look_s", np.float64),
    ("revisit_s", np.float64),
    ("lat", np.float64),  # at lift-off, rad
    ("lon", np.float64),
    ("height", np.float64),  # of the site, m
    ("north_mps", np.float64),  # velocity of a ship, else 0
    ("east_mps", np.float64),
    # of a radar
    ("earth_radius", np.float64),  # local radius of the Earth, m
    ("low_base", np.float64),  # lowest heights of the two tables of elevation limits, m
    ("high_base", np.float64),
    ("sector_east", np.float64),  # middle of the sector as a unit vector
    ("sector_north", np.float64),
    ("sector_cos", np.float64),  # cosine of its half width
    ("anchor", np.float64),  # SNR x range^4 at 1 m^2 when cued, m^4
    ("search", np.float64),  # SNR in search over SNR when cued
    ("least_snr", np.float64),  # of a look worth keeping
    ("threshold", np.float64),  # of detection
    ("swerling", np.int64),  # type of fluctuation
    ("range_cell", np.float64),  # c / (2 B), m
    ("range_floor", np.float64),  # accuracy that no SNR improves on, m
    ("beam", np.float64),  # beamwidth, rad
    ("angle_floor", np.float64),  # rad
    ("rate_cell", np.float64),  # Doppler cell, wavelength / (2 dwell), m/s; 0: measures no range rate
    ("rate_floor", np.float64),  # m/s
    # of an infrared sensor
    ("cloud", np.float64),  # cloud top, m
    ("probability", np.float64),  # of detection in a look
    ("sight_sigma", np.float64),  # line-of-sight error, rad
])  # fmt: skip
"""A sensor as kernels take it; what it has not is 0."""

RECORDS = (DETECTION, IMM, SINGLE, SLOT, TALLY, MEETINGS, SENSOR)
