"""The way to orbit above the lower stages: a stage that is steered, and the coast that follows.

States, knots and summaries as in `kernels.flight`. The steered stage burns above the air, which acts on the coast only.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.kernels import flight, forces
from trackfuse.kernels.jit import njit

STEP_S = 1.0
COAST_S = 5.0


class Upper(NamedTuple):
    """A stage that is steered: its row of `flight.Vehicle.stages`, the angles of `forces.Forces.aim`, and its burn."""

    stage: np.ndarray
    pitch: float
    yaw: float
    burn_s: float


@njit
def ascend(vehicle, steering, upper, followed_s, knots, out, dropped):
    """One flight from the pad to orbit, and the fall of the last lower stage.

    `vehicle` and `steering` are those of the lower stages, `vehicle.betas` (2,) the ballistic coefficients of the
    ascent and of the last lower stage; `followed_s` counts from insertion. Writes the lower stage's summary into
    `dropped` (SUMMARY,) and into `out` (SUMMARY,) the insertion: its instant as that of burn-out, its state at IMPACT.
    Returns the number of knots; the status in `out` is STAYED_UP where the lower stages flew to their end."""
    record, nothing = flight.empty_record(out, knots), flight.empty_record(dropped, np.empty((0, 10)))
    s, t, beta = flight.boost(vehicle, steering, flight.FINE[0], record)
    if out[flight.STATUS] != flight.LANDED:
        return record.count[0]
    spent = vehicle.betas[1]
    flight.fall(s, t, (spent, spent), 0.0, flight.FINE[1], nothing)
    coast = forces.free_fall(beta, 0.0)
    ignition = t + upper.stage[0]
    s = flight.run(s, t, ignition, COAST_S, t, coast, -math.inf, record)
    thrust, loss, aim = upper.stage[2], upper.stage[3], (upper.pitch, upper.yaw, 0.0)
    steps = max(1, math.ceil(upper.burn_s / STEP_S))
    h = upper.burn_s / steps
    # Without drag: it burns above the air.
    burn = forces.Forces(math.inf, 0.0, thrust, loss, forces.STEERED, aim)
    flight.note(record, ignition, s, 0.0, burn)
    for i in range(steps):
        s = forces.step(s, i * h, h, burn)
        # As written, to the last bit: loss * t would be rounded otherwise.
        reduced = forces.Forces(math.inf, 0.0, thrust / (1.0 - loss * (i + 1) * h), 0.0, forces.STEERED, aim)
        flight.note(record, ignition + (i + 1) * h, s, 0.0, reduced)
    insertion = ignition + upper.burn_s
    flight.note_burnout(s, insertion, out)
    for i in range(6):
        out[flight.IMPACT + i] = s[i]
    if followed_s > 0.0:
        flight.run(s, insertion, insertion + followed_s, COAST_S, insertion, coast, -math.inf, record)
    out[flight.STATUS] = flight.STAYED_UP
    return record.count[0]
