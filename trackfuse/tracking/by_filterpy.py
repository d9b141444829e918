"""The same models driven by filterpy: a slow tracker to read, to teach with, and to hold the compiled one to.

Motion, gradients, process noise and measurements are those of `kernels.filter`; predicting, updating, mixing and
weighing the modes is filterpy's. What decides when a filter sleeps or wakes is written out here once more.

Interacting models: Blom & Bar-Shalom 1988; likelihood and normalised innovation: Bar-Shalom, Li & Kirubarajan 2001, 5.4
and 11.6; points of the unscented filter: Julier & Uhlmann 1997.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from filterpy.kalman import ExtendedKalmanFilter, IMMEstimator, JulierSigmaPoints, UnscentedKalmanFilter

from trackfuse.kernels import filter as motion_kernel
from trackfuse.kernels import imm
from trackfuse.kernels.filter import AIR_RADIUS2, MEAN, SCRATCH
from trackfuse.kernels.filters_only import move_mean
from trackfuse.kernels.imm import BURN, COAST, ENTRY, Motion
from trackfuse.tracking.detection import look, measured, off
from trackfuse.tracking.node_filter import NodeFilter
from trackfuse.tracking.single_model import burning

PRIORS = {BURN: (imm.THRUST_MPS2, imm.THRUST_SIGMA_MPS2**2), ENTRY: (0.0, imm.DRAG_SIGMA**2)}
"""Of the seventh number of a mode, lent to free fall, which has none."""


def step(
    row: int, x: np.ndarray, h: float, motion: Motion, more: float = 0.0, unseen: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """State, shape (7,), transition and process noise, shape (7, 7), of a mode one step of h seconds after `x`.

    In m, m/s and the mode's seventh number. `more` is white acceleration (m^2/s^3 an axis) besides, of free fall;
    `unseen` the newest plot's age, s, of the engine.
    """
    f, scratch = np.zeros((8, 7)), np.zeros((SCRATCH, 9, 9))
    n = 6 if row == COAST else 7
    f[MEAN, :n] = x[:n]
    imm.filter_step(row, f, h, motion._replace(coast_psd=motion.coast_psd + more), unseen, scratch)
    phi = np.eye(7)
    phi[:n, :n] = scratch[0, :n, :n]
    return np.r_[f[MEAN, :n], x[n:]], phi, f[:7].copy()


def substeps(row: int, x: np.ndarray, seconds: float, motion: Motion) -> int:
    """Into how many steps a prediction of at most `GRID_S` seconds is cut, from a state of shape (7,), m and m/s."""
    if row == COAST:
        return imm.fall_steps(np.tile(x, (8, 1)), seconds, motion)
    return imm.steps_within(seconds, imm.STEP_S)


def stops(now: float, until: float) -> list[float]:
    """Ends, s, of the pieces into which a prediction is cut: the multiples of `GRID_S` on the way, and `until`."""
    out = []
    while now < until:
        now = imm.next_stop(now, until)
        out.append(now)
    return out


class Mode(ExtendedKalmanFilter):
    """filterpy's extended filter of one mode, seven states; the seventh of free fall is lent by the other mode.

    It begins with the state `x`, shape (7,), in ECEF m, m/s and the mode's seventh number, and its covariance `p`,
    shape (7, 7), in the same units squared.
    """

    def __init__(self, row: int, motion: Motion, x: np.ndarray, p: np.ndarray) -> None:
        super().__init__(dim_x=7, dim_z=3)
        self.row, self.motion, self.seconds, self.unseen, self.next = row, motion, 0.0, 0.0, x
        self.x, self.P = x, p

    def predict(self, u: object = 0) -> None:
        """Predict by `seconds`, in steps, from an instant `unseen` seconds after the newest plot."""
        steps = substeps(self.row, self.x, self.seconds, self.motion)
        for k in range(steps):
            more = imm.curved(np.vstack([self.P, self.x])) if self.row == COAST else 0.0
            unseen = self.unseen + (k + 0.5) * self.seconds / steps
            self.next, self.F, self.Q = step(self.row, self.x, self.seconds / steps, self.motion, more, unseen)
            super().predict()

    def predict_x(self, u: object = 0) -> None:
        """The motion that `predict` has worked out."""
        self.x = self.next

    def update_by(self, plot: np.void) -> None:
        """Update by a detection, its range corrected as `kernels.filter.compensated` does."""
        f = np.zeros((8, 7))
        f[:7], f[MEAN] = self.P, self.x
        _, z, variances = measured(plot, motion_kernel.compensated(f, plot))
        super().update(
            z, lambda x: look(x, plot)[1], lambda x: look(x, plot)[0],
            R=np.diag(variances), residual=lambda a, b: off(a, b, plot),
        )  # fmt: skip

    @property
    def square(self) -> float:
        """Normalised innovation squared of the last update."""
        return float(self.y @ np.linalg.solve(self.S, self.y))

    @property
    def log_density(self) -> float:
        """Log-likelihood of the last update, to a constant."""
        return -0.5 * (self.square + float(np.linalg.slogdet(self.S)[1]))


def mode_of(row: int, motion: Motion, f: np.ndarray) -> Mode:
    """A mode from a kernel's filter, ndarray of shape (8, 7): covariance, then mean, in m, m/s and a seventh number."""
    x, p = f[MEAN].copy(), f[:7].copy()
    if row == COAST:
        x[6], p[6], p[:, 6], p[6, 6] = 0.0, 0.0, 0.0, 1.0
    return Mode(row, motion, x, p)


@dataclass
class ImmState:
    """What a track holds: free fall, another mode if one is awake, its probability, and what decides on sleep."""

    free: Mode
    other: Mode | None
    probability: float
    time: float
    burned: float
    seen: float
    surprise: float = 0.0
    left: bool = False

    def burning(self) -> float:
        """Probability that the engine burns."""
        return self.probability if self.other is not None and self.other.row == BURN else 0.0


def state_of(b: np.void, motion: Motion) -> ImmState:
    """The state of a track from a kernel's, a record of IMM."""
    row = BURN if b["probability"] > 0.0 else ENTRY
    either = b["probability"] + b["falling"]
    return ImmState(
        free=mode_of(COAST, motion, b["filters"][COAST]),
        other=mode_of(row, motion, b["filters"][row]) if either > 0.0 else None,
        probability=either, time=b["time"], burned=b["burned"], seen=b["seen"], surprise=b["surprise"],
        left=b["left"] > 0.0,
    )  # fmt: skip


def lend_prior(state: ImmState) -> None:
    """Give free fall the seventh number that the other mode expects of it."""
    assert state.other is not None
    prior, variance = PRIORS[state.other.row]
    state.free.x[6], state.free.P[6], state.free.P[:, 6] = prior, 0.0, 0.0
    state.free.P[6, 6] = variance


def wake(state: ImmState, row: int) -> None:
    """Wake another mode: from free fall, and for an engine as uncertain as what free fall may have missed."""
    state.other = mode_of(row, state.free.motion, np.r_[state.free.P, state.free.x[None]])
    state.other.x[6] = PRIORS[row][0]
    state.other.P[6], state.other.P[:, 6] = 0.0, 0.0
    state.other.P[6, 6] = PRIORS[row][1]
    if row == BURN:
        state.other.P[:3, :3] += np.eye(3) * imm.WAKE_POSITION_M**2
        state.other.P[3:6, 3:6] += np.eye(3) * imm.WAKE_VELOCITY_MPS**2
        state.surprise, state.burned = 0.0, state.time
    state.probability = 0.5


def sleep_once_out(state: ImmState) -> None:
    """Put the engine's mode to sleep once it is out for good."""
    out = state.probability < imm.SLEEP and state.time - state.burned > imm.PAUSE_S
    if state.other is not None and state.other.row == BURN and out:
        state.other = None


def enter(state: ImmState, motion: Motion) -> None:
    """Wake the mode of re-entry as `kernels.imm.enter` does."""
    if state.other is not None or motion.inverse_ballistic_coefficient == 0.0:
        return
    x = state.free.x
    state.left = state.left or bool(x[:3] @ x[:3] > imm.LEFT_RADIUS2)
    if state.left and x[:3] @ x[:3] < AIR_RADIUS2 and x[:3] @ x[3:6] < 0.0:
        wake(state, ENTRY)


def changes(state: ImmState, span: float, motion: Motion) -> np.ndarray:
    """Probabilities, shape (2, 2), of changing from free fall (0) to the other mode (1) and back within a time."""
    assert state.other is not None
    if state.other.row == ENTRY:
        start, stop = 1.0 / imm.ENTER_S, 1.0 / imm.LEAVE_S
    else:
        staging = (state.time - state.burned) * motion.stage_rate < 1.0
        start, stop = motion.stage_rate if staging else motion.start_rate, motion.stop_rate
    start, stop = 1.0 - math.exp(-span * start), 1.0 - math.exp(-span * stop)
    return np.array([[1.0 - start, start], [stop, 1.0 - stop]])


def predict(state: ImmState, until: float, motion: Motion) -> None:
    """Predict the state of a track to a time, s."""
    for stop in stops(state.time, until):
        span = stop - state.time
        sleep_once_out(state)
        enter(state, motion)
        state.free.seconds = span
        if state.other is None:
            state.free.predict()
        else:
            lend_prior(state)
            state.other.seconds, state.other.unseen = span, state.time - state.seen
            pair = IMMEstimator(
                [state.free, state.other], [1.0 - state.probability, state.probability], changes(state, span, motion)
            )
            state.probability = float(pair.cbar[1])
            pair.predict()
        state.time = stop


def update(state: ImmState, plot: np.void) -> None:
    """Update the state of a track by a detection of its own time."""
    plume = bool(plot["plume"])
    state.seen = plot["t_s"]
    if plume and (state.other is None or state.other.row != BURN):
        wake(state, BURN)
    if state.other is None:
        state.free.update_by(plot)
    else:
        lend_prior(state)
        state.free.update_by(plot)
        state.other.update_by(plot)
        # Not the library's likelihoods: they take metres squared beside radians squared for singular, and underflow.
        gain = state.free.log_density - state.other.log_density
        odds = (1.0 / state.probability - 1.0) * math.exp(min(max(gain, -300.0), 300.0))
        odds *= imm.COLD_PLUME if plume else 1.0
        state.probability = min(max(1.0 / (1.0 + odds), 1e-12), 1.0 - 1e-12)
    expected = 4.0 if plot["rate_sigma"] < math.inf else 3.0
    state.surprise = imm.MEMORY * state.surprise + state.free.square - expected
    if state.other is None or state.other.row == ENTRY:
        if state.surprise > imm.WAKE:
            wake(state, BURN)
    else:
        if state.probability > imm.SURE:
            state.burned = state.time
        sleep_once_out(state)


def combined(state: ImmState) -> tuple[np.ndarray, np.ndarray]:
    """Mean, shape (6,), in m and m/s, and covariance, shape (6, 6), of the mixture."""
    share = state.probability if state.other is not None else 0.0
    share = 0.0 if share < imm.NEGLIGIBLE else (1.0 if share > 1.0 - imm.NEGLIGIBLE else share)
    if state.other is None or share == 0.0:
        return state.free.x[:6].copy(), state.free.P[:6, :6].copy()
    if share == 1.0:
        return state.other.x[:6].copy(), state.other.P[:6, :6].copy()
    pair = IMMEstimator([state.free, state.other], [1.0 - share, share], np.eye(2))
    return pair.x[:6].copy(), pair.P[:6, :6].copy()


def sound(state: ImmState) -> bool:
    """Whether all numbers are finite and all variances positive."""
    modes = [(state.free, 6)] + ([(state.other, 7)] if state.other is not None else [])
    return all(np.isfinite(m.x[:n]).all() and bool((np.diag(m.P)[:n] > 0.0).all()) for m, n in modes)


INTERACTING = NodeFilter(
    initiate=state_of, predict=predict, update=update, estimate=lambda state: (*combined(state), state.burning()),
    sound=sound, copied=copy.deepcopy,
)  # fmt: skip


def point_filter(x: np.ndarray, p: np.ndarray) -> UnscentedKalmanFilter:
    """filterpy's unscented filter of n states, its centre's weight 0 (the cubature points).

    It begins with the state `x`, shape (n,), in m, m/s and the axial acceleration (m/s^2) if n is 7, and its covariance
    `p`, shape (n, n), in the same units squared.
    """
    points = JulierSigmaPoints(len(x), kappa=0.0)
    found = UnscentedKalmanFilter(dim_x=len(x), dim_z=3, dt=1.0, hx=None, fx=None, points=points)
    found.x, found.P = x.copy(), p.copy()
    return found


def point_predict(ukf: UnscentedKalmanFilter, seconds: float, motion: Motion, unseen: float = 0.0) -> None:
    """Predict by at most `GRID_S` seconds, in the steps of `kernels.filter`: six states fall freely, seven have an
    engine, `unseen` seconds after the newest plot.
    """
    row, n = (COAST, 6) if len(ukf.x) == 6 else (BURN, 7)
    steps = substeps(row, ukf.x, seconds, motion)
    h = seconds / steps
    for k in range(steps):
        full = np.r_[ukf.x, 0.0] if n == 6 else ukf.x
        ukf.Q = step(row, full, h, motion, unseen=unseen + (k + 0.5) * h)[2][:n, :n]
        ukf.predict(fx=lambda x, dt: moved(x, h, motion))


def moved(x: np.ndarray, h: float, motion: Motion) -> np.ndarray:
    """A state of six or seven numbers, shape (6,) or (7,), in m, m/s and m/s^2, one step of h seconds later."""
    after = np.array(x)
    move_mean(COAST if len(x) == 6 else BURN, after, h, motion)
    return after


def point_update(ukf: UnscentedKalmanFilter, plot: np.void) -> float:
    """Update by a plot. Returns the normalised innovation squared."""
    _, z, variances = measured(plot)

    def middle(seen: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return seen[0] + weights @ np.array([off(row, seen[0], plot) for row in seen])

    ukf.z_mean, ukf.residual_z = middle, lambda a, b: off(np.asarray(a), np.asarray(b), plot)
    # filterpy looks from the points of its last prediction: not those of now, where nothing was predicted since.
    ukf.sigmas_f = ukf.points_fn.sigma_points(ukf.x, ukf.P)
    ukf.update(z, R=np.diag(variances), hx=lambda x: look(x, plot)[0])
    return float(ukf.y @ np.linalg.solve(ukf.S, ukf.y))


@dataclass
class Alone:
    """A track by one filter of seven states, extended or unscented."""

    by: Mode | UnscentedKalmanFilter
    time: float
    seen: float


def alone_predict(track: Alone, until: float, motion: Motion) -> None:
    """Predict to a time, s."""
    for stop in stops(track.time, until):
        if isinstance(track.by, Mode):
            track.by.seconds, track.by.unseen = stop - track.time, track.time - track.seen
            track.by.predict()
        else:
            point_predict(track.by, stop - track.time, motion, track.time - track.seen)
        track.time = stop


def alone_update(track: Alone, plot: np.void) -> None:
    """Update by a plot of its own time."""
    track.seen = plot["t_s"]
    if isinstance(track.by, Mode):
        track.by.update_by(plot)
    else:
        point_update(track.by, plot)


def _alone(make: Callable[[Motion, np.ndarray, np.ndarray], Mode | UnscentedKalmanFilter]) -> NodeFilter:
    def initiate(state: np.void, motion: Motion) -> Alone:
        f = state["filters"][BURN]
        return Alone(make(motion, f[MEAN].copy(), f[:7].copy()), state["time"], state["seen"])

    return NodeFilter(
        initiate=initiate, predict=alone_predict, update=alone_update, copied=copy.deepcopy,
        estimate=lambda track: (track.by.x[:6].copy(), track.by.P[:6, :6].copy(),
                            burning(track.by.x[6], track.by.P[6, 6])),
        sound=lambda track: bool(np.isfinite(track.by.x).all() and (np.diag(track.by.P) > 0.0).all()),
    )  # fmt: skip


FILTERS = {
    "imm": INTERACTING,
    "ekf": _alone(lambda motion, x, p: Mode(BURN, motion, x, p)),
    "ukf": _alone(lambda motion, x, p: point_filter(x, p)),
}
"""By the name that `TrackerSettings.filter` has for them."""
