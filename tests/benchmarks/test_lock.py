"""How much of a run holds Python's lock."""

from benchmarks import lock
from trackfuse.kernels import delivery


def test_a_run_is_compiled_in_part_and_nothing_stays_replaced() -> None:
    before = dict(vars(delivery))
    seconds, share = lock.compiled_share(runs=2)
    assert 0.0 < share < 1.0 and seconds > 0.0
    assert dict(vars(delivery)) == before
