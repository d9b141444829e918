"""A fusion rule of a user's own: what it is given, and the loop that applies it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trackfuse.core.errors import is_kind
from trackfuse.core.estimates import check_estimate
from trackfuse.core.plugins import call
from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.fusion import FusionInput, new_receiver, predict_reports, receive, spread
from trackfuse.kernels.node_state import TrackArrays
from trackfuse.tracking.estimate import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What a centre knows two estimates of one object to have in common.

    Parameters
    ----------
    detections : bool
        Whether the tracks behind them hold a detection in common. Process noise and thrust, which no report contains,
        they always have in common.
    """

    detections: bool


class FusionRule(Protocol):
    """A function that fuses what a centre holds of an object with one more estimate of it, at the same instant.

    Parameters
    ----------
    held, report : Estimate
    common : Common

    Returns
    -------
    Estimate
        At the same instant, with a finite mean and a symmetric positive definite covariance.
    """

    def __call__(self, held: Estimate, report: Estimate, common: Common, /) -> Estimate: ...


TAKES = ("held", "report", "common")


def fuse_by_own_rule(
    rule: FusionRule, given: FusionInput, shared: np.ndarray, receivers: np.ndarray, fused: TrackArrays
) -> None:
    """Write what some nodes hold at every cycle by a user's rule; see `kernels.fusion.fuse_all`.

    Parameters
    ----------
    rule : FusionRule
        Called pair by pair, the most certain position first; not where there is one estimate alone.
    given : FusionInput
        Tracks of N nodes at J cycles, and their reports.
    shared : ndarray of bool, shape (N, N)
        Which nodes' tracks hold a detection in common.
    receivers : ndarray of int, shape (R,)
        Nodes.
    fused : TrackArrays
        Of the R receivers, with status 0 at first.

    Raises
    ------
    PluginError
        If the rule raises, or gives anything but an `Estimate` of that instant with finite mean and a positive definite
        covariance.
    """
    tracks, cycles = given.tracks, given.cycles
    receiver = new_receiver(*tracks.status.shape)
    for x, d in enumerate(receivers):
        receive(given, d, receiver)
        for j, t_s in enumerate(cycles):
            count = predict_reports(given, d, j, receiver)
            if count == 0:
                fused.status[x, j] = tracks.status[d, j]
                continue
            order = sorted(receiver.order[:count].tolist(), key=lambda o: spread(receiver.states[o]))
            burning = [float(tracks.boosting[o, receiver.cycle[o]]) for o in order]
            held = _estimate(receiver.states[order[0]], float(t_s), burning[0])
            for n, o in enumerate(order[1:], start=1):
                report = _estimate(receiver.states[o], float(t_s), burning[n])
                common = Common(detections=bool(shared[order[:n], o].any()))
                held = _checked(rule, (held, report, common), int(d), float(t_s))
            fused.status[x, j], fused.boosting[x, j] = 1, held.boosting
            fused.mean[x, j], fused.covariance[x, j] = held.mean, held.covariance
            fused.last_plot[x, j] = max(tracks.last_plot[o, receiver.cycle[o]] for o in order)


def _estimate(state: np.ndarray, t_s: float, boosting: float) -> Estimate:
    """What a predicted track (8, 7) of the kernels holds; copied, so that a rule cannot change it."""
    return Estimate(mean=state[MEAN, :6].copy(), covariance=state[:6, :6].copy(), t_s=t_s, boosting=boosting)


def _checked(rule: FusionRule, given: tuple[Estimate, Estimate, Common], node: int, t_s: float) -> Estimate:
    """What the rule makes of two estimates."""

    def check(made: Estimate) -> None:
        if not is_kind(made, Estimate):
            raise TypeError(f"gives {type(made).__name__}, not an Estimate")
        if made.t_s != t_s:
            raise ValueError(f"gives an estimate at {made.t_s:g} s")
        check_estimate(made.mean, made.covariance)

    return call("fusion", rule, given, check, (node, t_s))
