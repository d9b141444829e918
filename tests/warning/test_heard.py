"""A prediction heard from another centre: it counts when its report has arrived, and never makes a notice later."""

import numpy as np

from trackfuse.warning import available

CYCLES = np.array([10.0, 20.0, 30.0])


def test_own_and_heard_predictions() -> None:
    """The first node predicts at 20 s; its report of then is lost, the next one, with the same content, is at 34 s."""
    received = np.full((2, 2, 3), np.inf)
    received[0, 1] = [12.0, np.inf, 34.0]
    at = available(np.array([0, 1]), np.array([1, 2]), CYCLES, received)
    np.testing.assert_array_equal(at, [[20.0, 34.0], [np.inf, 30.0]])


def test_another_voice_never_makes_it_later() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        node, cycle = rng.integers(0, 4, 6), rng.integers(0, 3, 6)
        received = CYCLES + rng.exponential(8.0, size=(4, 4, 3))
        received[rng.random(received.shape) < 0.3] = np.inf
        poorer = received.copy()
        poorer[rng.integers(4), rng.integers(4)] = np.inf
        at = available(node, cycle, CYCLES, received)
        assert (at <= available(node, cycle, CYCLES, poorer)).all()
        assert (at >= CYCLES[cycle][:, None]).all() and (at[np.arange(6), node] == CYCLES[cycle]).all()
