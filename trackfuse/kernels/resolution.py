"""Which detections a radar can tell apart. SI, angles in rad."""

import math

import numpy as np

from trackfuse.kernels.jit import njit


@njit
def keep_strongest(t, sensor, z, snr, cell, beam, keep):
    """Write which detections remain (m,): of those of one look that share a cell of a radar the strongest.

    Detections come in order of time, then of sensor: `t`, `sensor`, `snr` (m,), `z` (m, 4); `cell` (S,) is the length
    of a range cell, 0 of a sensor that always sees objects apart, `beam` (S,) the beamwidth.
    """
    order = np.empty(t.shape[0], np.int64)
    begin = 0
    for end in range(1, t.shape[0] + 1):
        if end < t.shape[0] and t[end] == t[begin] and sensor[end] == sensor[begin]:
            continue
        s = sensor[begin]
        for n in range(end - begin):
            one, k = begin + n, n
            while k > 0 and snr[one] > snr[order[k - 1]]:
                order[k] = order[k - 1]
                k -= 1
            order[k] = one
        for n in range(end - begin):
            one = order[n]
            keep[one] = True
            for m in range(n):
                other = order[m]
                if keep[other] and cell[s] > 0.0:
                    turn = abs(z[one, 1] - z[other, 1])
                    across = min(turn, 2.0 * math.pi - turn) * math.cos(z[one, 2])
                    if (abs(z[one, 0] - z[other, 0]) < cell[s] and across < beam[s]
                            and abs(z[one, 2] - z[other, 2]) < beam[s]):
                        keep[one] = False
        begin = end
