"""What sharing calibrates: how well each nation knows the biases of its own sensors after one flight, by policy."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.sensing.registration import ERRORS, registration_sigma, registration_table
from trackfuse.sharing import Policy
from trackfuse.simulation.deliver import Delivered
from trackfuse.simulation.local_tracks import with_biases
from trackfuse.simulation.prepare import Prepared, draw_noise, prepare
from trackfuse.simulation.release import deliver_and_track
from trackfuse.studies.runs import checked_scenario, each_run
from trackfuse.tracking import Estimate, Joint, LocalTracks, Registered, fall_on

COLUMNS = ("policy", "nation", "sensor", "error", "stated", "rms_left", "claimed", "n")

FALLING, FRESH_S = 0.03, 60.0
"""A report counts whose engine burns with no more than this probability, and that is no older than this, s."""


def calibration(
    scenario: Scenario | str,
    policies: Sequence[Policy | str] | None = None,
    *,
    runs: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """How well each nation's centres know the constant errors of its own sensors at the end of a flight.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or the name of a shipped one.
    policies : sequence of Policy or str, optional
        Default: "national", "bilateral", "trilateral" with tracks shared, and "ideal", under which every centre has all
        detections. The three published items are too coarse to tell of a sensor, and are not used.
    runs : int
        Number of runs, 1 or more.
    seed : int

    Returns
    -------
    DataFrame
        One row a policy, sensor and error of which some run tells something: `policy`, `nation` and `sensor`; `error`,
        with its unit; `stated`, its standard deviation before the flight; `rms_left`, root mean square over the runs of
        what is left once the estimate of the nation's best informed centre is taken off; `claimed`, root mean square
        of the standard deviations of these estimates; `n`, the number of runs in which the sensor detected. m, mrad, s.

    Raises
    ------
    SettingsError
        If the scenario's sensors have no constant errors, or runs or seed are out of range.
    ScenarioError, FlightError
        If there is no such scenario or policy, or no such flight.

    Notes
    -----
    One run has one draw of all errors, the same under every policy. The claim is consistent if `rms_left` and `claimed`
    agree: their squares' ratio has mean 1 and standard deviation sqrt(2 / n).
    """
    chosen = checked_scenario(scenario, runs=runs, seed=seed).in_posture(None, "drawn")
    asked = policies
    if asked is None:
        asked = ("national", "bilateral", chosen.policy("trilateral", payload="track"), "ideal")
    picked = [chosen.policy(policy) for policy in asked]
    prepared = prepare(chosen)
    sensors = prepared.looks.sensors
    sigma = np.array([registration_sigma(sensor) for sensor in sensors])
    if not sigma.any():
        raise SettingsError(f"scenario {chosen.name!r} biases: no sensor has errors that stay the same over a run")
    found = np.array(
        each_run(
            lambda run: [_known(chosen, policy, prepared, seed, run) for policy in picked],
            runs,
            f"biases {chosen.name}",
        )
    )
    stated = registration_table(sensors, sigma)
    scale = stated[stated.columns[1:]].to_numpy() / np.where(sigma > 0.0, sigma, 1.0)
    rows = []
    for p, policy in enumerate(picked):
        left, claimed = found[:, p, 0], found[:, p, 1]
        for s, e in np.argwhere(sigma > 0.0):
            seen = np.isfinite(left[:, s, e])
            if seen.any() and np.nanmin(claimed[:, s, e]) < 1.0:
                size = sigma[s, e] * scale[s, e]
                rms = [size * float(np.sqrt(np.mean(of[seen, s, e] ** 2))) for of in (left, claimed)]
                whose = (policy.name, sensors[s].nation, sensors[s].sensor_id, stated.columns[1 + e])
                rows.append((*whose, float(size), *rms, int(seen.sum())))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _known(scenario: Scenario, policy: Policy, prepared: Prepared, seed: int, run: int) -> np.ndarray:
    """What is left of the errors, and the standard deviations claimed, by the owner's best informed centre; (2, S, E),
    in stated standard deviations, nan where the sensor gave that nation no detection.
    """
    noise = draw_noise(scenario, prepared, seed=seed, run=run)
    delivered = deliver_and_track(scenario, policy, prepared, noise).delivered
    sensors = prepared.looks.sensors
    out = np.full((2, len(sensors), len(ERRORS)), np.nan)
    local, registered = with_biases(scenario, prepared, noise, delivered, "estimate")
    if registered is None:
        return out
    sigma = np.array([registration_sigma(sensor) for sensor in sensors])
    drawn = noise.draws[0].registration / np.where(sigma > 0.0, sigma, 1.0)
    for row in range(len(local.tracks.node)):
        joint = with_reports(prepared, delivered, local, registered, row)
        if joint is None:
            continue
        nation = scenario.nodes[local.tracks.node[row]].nation
        size = joint.mean[6:].reshape(-1, len(ERRORS))
        claimed = np.sqrt(np.diag(joint.covariance)[6:]).reshape(-1, len(ERRORS))
        for k, s in enumerate(joint.sensors):
            # Where a nation has several centres, the one that claims to know the error best: truth does not choose.
            better = ~(claimed[k] >= out[1, s]) & (sensors[s].nation == nation)
            out[0, s, better], out[1, s, better] = (size[k] - drawn[s])[better], claimed[k][better]
    return out


def with_reports(
    prepared: Prepared, delivered: Delivered, local: LocalTracks, registered: Registered, row: int
) -> Joint | None:
    """What a centre knows of its sensors from one of its tracks and from the others' newest reports of its target.

    Parameters
    ----------
    prepared, delivered
    local, registered
        From `with_biases`.
    row : int
        Number of the track.

    Returns
    -------
    Joint or None
        None where the track saw no free flight. Reports count where detections are known to be of one object, and
        only of centres that hold no detection in common with what is known so far: theirs are then new.
    """
    joint, tracks = registered.joint[row], local.tracks
    if joint is None or not prepared.known or len(prepared.targets) > 1:
        return joint
    now = prepared.cycle_s[joint.cycle]
    arrived = delivered.deliveries.track_received_s[tracks.node, tracks.node[row]] <= now
    used = (tracks.status == 1) & (tracks.boosting <= FALLING) & arrived & (prepared.cycle_s > now - FRESH_S)
    used[:, joint.cycle + 1 :] = False
    newest = [int(np.flatnonzero(each)[-1]) if each.any() else -1 for each in used]
    spread = [np.trace(tracks.covariance[k, j, :3, :3]) if j >= 0 else np.inf for k, j in enumerate(newest)]
    held = local.assigned[:, tracks.node] == np.arange(len(tracks.node))
    known = held[:, row].copy()
    for k in np.argsort(spread, kind="stable"):
        if k == row or newest[k] < 0 or (known & held[:, k]).any():
            continue
        j = newest[k]
        report = Estimate(mean=tracks.mean[k, j], covariance=tracks.covariance[k, j], t_s=float(prepared.cycle_s[j]))
        fallen = fall_on(report, now, prepared.tracker)
        joint = joint.seeing(fallen.mean, fallen.covariance)
        known |= held[:, k]
    return joint
