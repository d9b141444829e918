"""The compiled assignment against scipy's."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from trackfuse.core.rng import generator
from trackfuse.kernels.assignment import assign


def assigned(cost: np.ndarray, alone: np.ndarray) -> np.ndarray:
    out = np.full(len(alone), -7)
    assign(np.ascontiguousarray(cost, dtype=float), np.ascontiguousarray(alone, dtype=float), out)
    return out


def with_own_columns(cost: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """The whole matrix (T, M + T): behind the shared columns one for every row, which stands for none."""
    return np.concatenate([cost, np.where(np.eye(len(alone), dtype=bool), alone[:, None], np.inf)], axis=1)


def by_scipy(cost: np.ndarray, alone: np.ndarray) -> tuple[np.ndarray, float]:
    whole = with_own_columns(cost, alone)
    rows, columns = linear_sum_assignment(whole)
    return np.where(columns < cost.shape[1], columns, -1), float(whole[rows, columns].sum())


def is_unique(cost: np.ndarray, alone: np.ndarray, chosen: np.ndarray, total: float) -> bool:
    """Whether every assignment that differs in a row costs more."""
    whole = with_own_columns(cost, alone)
    for row, column in enumerate(np.where(chosen >= 0, chosen, cost.shape[1] + np.arange(len(alone)))):
        without = whole.copy()
        without[row, column] = 1e9
        if without[linear_sum_assignment(without)].sum() <= total + 1e-9:
            return False
    return True


def paid(cost: np.ndarray, alone: np.ndarray, chosen: np.ndarray) -> float:
    return float(sum(alone[t] if m < 0 else cost[t, m] for t, m in enumerate(chosen)))


@pytest.mark.parametrize("whole_numbers", [False, True])
def test_it_is_scipy_s(whole_numbers: bool) -> None:
    """Of 2,000 matrices, half of them with many equal costs: the same total, and the same pairs where no others are
    as good.
    """
    rng, unique, ambiguous = generator(int(whole_numbers), "assignment"), 0, 0
    for _ in range(1000):
        rows, columns = rng.integers(0, 9, 2)
        if whole_numbers:
            cost, alone = rng.integers(-3, 6, (rows, columns)).astype(float), rng.integers(0, 6, rows).astype(float)
        else:
            cost, alone = rng.normal(0.0, 2.0, (rows, columns)), rng.normal(1.0, 2.0, rows)
        cost[rng.random((rows, columns)) < rng.choice([0.0, 0.3, 0.8])] = np.inf
        cost[rng.random(rows) < 0.1] = np.inf
        chosen, (expected, total) = assigned(cost, alone), by_scipy(cost, alone)
        given = chosen[chosen >= 0]
        assert len(set(given.tolist())) == len(given)
        assert paid(cost, alone, chosen) == pytest.approx(total, abs=1e-12)
        if is_unique(cost, alone, expected, total):
            unique += 1
            np.testing.assert_array_equal(chosen, expected)
        else:
            ambiguous += 1
    assert unique > 200
    assert (ambiguous > 150) == whole_numbers


def test_rows_of_nothing_but_inf_are_left_without() -> None:
    cost = np.array([[np.inf, np.inf], [1.0, 2.0], [1.5, np.inf]])
    assert assigned(cost, np.full(3, 9.0)).tolist() == [-1, 1, 0]
    assert assigned(np.full((3, 2), np.inf), np.zeros(3)).tolist() == [-1, -1, -1]
    assert assigned(np.empty((2, 0)), np.zeros(2)).tolist() == [-1, -1]
    assert assigned(np.empty((0, 2)), np.empty(0)).tolist() == []


def test_what_is_no_better_than_nothing_is_not_assigned() -> None:
    assert assigned(np.array([[3.0, 5.0], [4.0, 3.0]]), np.array([3.0, 4.0])).tolist() == [-1, 1]
    assert assigned(np.array([[np.nan, 1.0], [0.0, 1.0]]), np.array([2.0, 2.0])).tolist() == [1, 0]


def test_a_row_that_has_no_finite_cost_at_all_harms_no_other() -> None:
    alone = np.array([np.nan, 2.0, 2.0])
    assert assigned(np.array([[np.nan, np.inf], [0.0, 1.0], [0.0, 1.5]]), alone).tolist() == [-1, 1, 0]


def test_a_second_choice_is_taken_only_where_it_pays() -> None:
    # Both want column 0; the second row loses 10 by giving it up, the first 1.
    assert assigned(np.array([[0.0, 1.0], [0.0, 10.0]]), np.full(2, 20.0)).tolist() == [1, 0]
    # With a way out at 0.5 the first row goes without.
    assert assigned(np.array([[0.0, 1.0], [0.0, 10.0]]), np.array([0.5, 20.0])).tolist() == [-1, 0]
