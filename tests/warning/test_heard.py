"""A prediction heard from another centre: it warns when its report has arrived, and never makes a notice later."""

import numpy as np

from trackfuse.warning.notice import _heard

CYCLES = np.array([10.0, 20.0, 30.0])


def test_own_and_heard_predictions() -> None:
    """The first node sees at 20 s that a place is concerned; its report of then is lost, the next arrives at 34 s."""
    first = np.array([[1], [3]])
    received = np.full((2, 2, 3), np.inf)
    received[0, 1] = [12.0, np.inf, 34.0]
    np.testing.assert_array_equal(_heard(first, CYCLES, received), [[20.0], [34.0]])


def test_another_voice_never_makes_it_later() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        first = rng.integers(0, 4, size=(4, 6))
        received = CYCLES + rng.exponential(8.0, size=(4, 4, 3))
        received[rng.random(received.shape) < 0.3] = np.inf
        poorer = received.copy()
        poorer[rng.integers(4), rng.integers(4)] = np.inf
        assert (_heard(first, CYCLES, received) <= _heard(first, CYCLES, poorer)).all()
        assert (_heard(first, CYCLES, received) <= np.append(CYCLES, np.inf)[first]).all()
