"""The bound of what the tracker states, against the tracker."""

from dataclasses import replace

import numpy as np

import trackfuse as tf
from trackfuse.simulation.information_arrival import bounds


def test_with_all_detections_a_track_in_the_air_claims_the_bound_of_what_it_states() -> None:
    """Two minutes and more after the burn-out of a flight that never leaves the air, of which drag and lift are unknown
    to the tracker: its filter and the bound with that process noise, worked out along the true path, agree to 1 %; the
    bound that knows the motion lies 10 % lower, since nobody knows that.
    """
    run = tf.simulate(replace(tf.load_scenario("kn25_2023_02_20"), biases="white"), "ideal", seed=6)
    cycles, out = run.prepared.cycle_s, run.flight.burnout_s
    settled = (cycles > out + 60.0) & (cycles < run.flight.apogee_s)
    known, stated = (
        np.sqrt(np.trace(bounds(run, out, [0], process_noise=each)[0, settled, :3, :3], axis1=1, axis2=2))
        for each in (False, True)
    )
    claimed = np.sqrt(np.trace(run.fused.covariance[0, settled, :3, :3], axis1=1, axis2=2))
    assert settled.sum() == 14
    np.testing.assert_allclose(claimed, stated, rtol=0.01)
    assert (stated > 1.1 * known).all()
