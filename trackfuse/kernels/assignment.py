"""The assignment of columns to rows with the least sum of costs: global nearest neighbour. Costs have no unit.

Source: Crouse, On implementing 2D rectangular assignment algorithms (2016): shortest augmenting paths, row by row, with
the order among equal costs that scipy's `linear_sum_assignment` has.
"""

import math

import numpy as np

from trackfuse.kernels.jit import njit


@njit
def assign(cost, alone, out):
    """Write the column of every row into `out` (T,), -1 for none, so that the sum of costs is least.

    `cost` (T, M) is that of each pair, inf where it is ruled out; `alone` (T,) is the finite cost of a row without a
    column. A pair that costs no less than `alone` (or nan) is never made, and no column is given twice.
    """
    rows, columns = cost.shape
    free = True
    for i in range(rows):
        out[i] = -1
        for j in range(columns):
            if cost[i, j] < alone[i]:
                free = free and out[i] < 0
                out[i] = j
    taken = np.zeros(columns, np.bool_)
    for i in range(rows):
        if out[i] >= 0:
            free = free and not taken[out[i]]
            taken[out[i]] = True
    # Where no row or column has a second choice, every row has what it can have.
    if not free:
        augment(cost, alone, out)


@njit
def augment(cost, alone, out):
    """As `assign`, row by row along shortest augmenting paths.

    Every row has a column of its own behind the M shared ones, which stands for none: there always is a solution.
    """
    rows, columns = cost.shape
    width = columns + rows
    row_price, column_price = np.zeros(rows), np.zeros(width)
    shortest, path, remaining = np.empty(width), np.empty(width, np.int64), np.empty(width, np.int64)
    owner, reached, settled = np.full(width, -1), np.empty(rows, np.bool_), np.empty(width, np.bool_)
    for i in range(rows):
        out[i] = -1
    for first in range(rows):
        for j in range(width):
            remaining[j], shortest[j], settled[j] = width - 1 - j, math.inf, False
        for i in range(rows):
            reached[i] = False
        left, row, sink, least = width, first, -1, 0.0
        while sink < 0:
            reached[row] = True
            index, lowest = -1, math.inf
            for n in range(left):
                j = remaining[n]
                price = math.inf
                if j == columns + row:
                    price = alone[row]
                elif j < columns and cost[row, j] < alone[row]:
                    price = cost[row, j]
                price = least + price - row_price[row] - column_price[j]
                if price < shortest[j]:
                    path[j], shortest[j] = row, price
                # Among equals a column that nobody has ends the path.
                if shortest[j] < lowest or (shortest[j] == lowest and owner[j] < 0):
                    index, lowest = n, shortest[j]
            if lowest == math.inf:
                break
            least, j = lowest, remaining[index]
            settled[j] = True
            if owner[j] < 0:
                sink = j
            row = owner[j]
            left -= 1
            remaining[index] = remaining[left]
        # Only a cost of `alone` that is not finite leaves a row without a path: it has no column then.
        if sink < 0:
            continue
        row_price[first] += least
        for i in range(rows):
            if reached[i] and i != first:
                row_price[i] += least - shortest[out[i]]
        for j in range(width):
            if settled[j]:
                column_price[j] -= least - shortest[j]
        j, row = sink, -1
        while row != first:
            row = path[j]
            owner[j] = row
            out[row], j = j, out[row]
    for i in range(rows):
        if out[i] >= columns:
            out[i] = -1
