"""Two runs of one launch and a small comparison, shared by the tests of the views."""

import pytest

import trackfuse as tf
from trackfuse.simulation.run import Run
from trackfuse.studies.compare import Comparison

LAUNCH = "hwasong12_2017_08_29"


@pytest.fixture(scope="session")
def run() -> Run:
    return tf.simulate(LAUNCH, policy="trilateral", seed=3)


@pytest.fixture(scope="session")
def base() -> Run:
    return tf.simulate(LAUNCH, policy="bilateral", seed=3)


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    return tf.compare(LAUNCH, runs=4, seed=3)
