"""Searches of inputs by hypothesis: so many, the same ones each time, without making a fault smaller."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

T = TypeVar("T")


def search(inputs: st.SearchStrategy[T], number: int, check: Callable[[T], object], seed: int) -> None:
    """Check so many inputs."""

    @seeded(seed)
    @settings(max_examples=number, deadline=None, database=None, derandomize=False, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(inputs)
    def searched(each: T) -> None:
        check(each)

    searched()
