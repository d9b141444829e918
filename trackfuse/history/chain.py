"""The human and technical chain behind a published minute: a delay learned from alerts up to a date, with its doubt.

Derived here: Bayes' rule on a grid. Source of the minutes: data/alerts.csv.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from trackfuse.core.constants import Z95
from trackfuse.warning import LEARNED_AT, learned_delay

MINUTE_S = 60.0
PRIOR_MEDIAN_S = {"notice": (150.0, 0.5), "detection": (20.0, 1.0)}
"""What was known before any alert: median delay (s) and the spread of its logarithm. Notices: the design of J-Alert,
two to three minutes from the early warning to the public (Cabinet Secretariat, 2012), good to a factor of 1.6.
Detections: the early warning was on the terminal in Tokyo about a minute after the launch of 2012-04-13, which is
mostly what the simulated detection takes by itself; good to a factor of 2.7."""
PRIOR_SPREAD = 0.4
"""Scale of the half-normal prior of a delay's own logarithmic spread (assumed)."""
_MEDIANS = 61
_SPREADS = np.linspace(0.05, 1.2, 24)


@dataclass(frozen=True, kw_only=True)  # no slots: its points take a tenth of a second and are asked for again and again
class Delay:
    """What is known of one chain's delay: weights over medians and spreads of a lognormal distribution.

    Parameters
    ----------
    chain : str
    median_s : ndarray, shape (a,)
    spread : ndarray, shape (b,)
        Standard deviations of the logarithm.
    weight : ndarray, shape (a, b)
        Posterior probabilities; they sum to 1.
    implied_s : tuple of float
        The delay that each published minute it has learned from implies: from the median start to its middle, s.
    """

    chain: str
    median_s: np.ndarray
    spread: np.ndarray
    weight: np.ndarray
    implied_s: tuple[float, ...]

    @property
    def used(self) -> int:
        """How many published minutes it has learned from."""
        return len(self.implied_s)

    @cached_property
    def points_s(self) -> tuple[float, ...]:
        """The delay of an alert not seen yet at each of `LEARNED_AT`, doubt about the chain included, s."""
        from scipy.special import ndtr

        low, high = np.log(self.median_s[[0, -1]]) + np.array([-4.0, 4.0]) * self.spread[-1]
        logs = np.linspace(low, high, 4001)
        share = np.zeros_like(logs)
        for median, weights in zip(self.median_s, self.weight, strict=True):
            share += (weights[:, None] * ndtr((logs - np.log(median))[None] / self.spread[:, None])).sum(axis=0)
        return tuple(np.exp(np.interp(ndtr(np.array(LEARNED_AT)), share, logs)).tolist())

    def why_wide(self, width_s: float) -> str:
        """Why an interval of 5 to 95 % is wider than one may wish.

        Parameters
        ----------
        width_s : float
            The interval wished for, s, rounding and the unknown second of the launch (a minute in all) included.

        Returns
        -------
        str
            A sentence; "" where nothing was learned.
        """
        if not self.implied_s:
            return ""
        spread = float((self.weight.sum(axis=0) * self.spread).sum())
        _, middle, _ = self.quantiles_s()
        # Half of a lognormal law's interval is its median times the hyperbolic sine of 1.645 spreads.
        enough = math.asinh(0.5 * max(width_s - MINUTE_S, 0.0) / middle) / Z95
        low_s, high_s = min(self.implied_s), max(self.implied_s)
        return (
            f"{self.chain}: its {self.used} minutes took {low_s:.0f} to {high_s:.0f} s, a spread of {spread:.2f} in "
            f"the logarithm; an interval of {width_s:.0f} s would need {enough:.2f}"
        )

    def sample(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """Delays of alerts not seen yet, doubt about the chain included.

        Parameters
        ----------
        rng : numpy.random.Generator
        n : int

        Returns
        -------
        ndarray, shape (n,)
            Seconds.
        """
        return learned_delay(self.points_s, rng.standard_normal(n))

    def quantiles_s(self) -> tuple[float, float, float]:
        """5 %, 50 % and 95 % points of the delay of an alert not seen yet, s."""
        p05, p50, p95 = learned_delay(self.points_s, np.array([-Z95, 0.0, Z95])).tolist()
        return p05, p50, p95


def learned(chain: str, minutes: Sequence[tuple[np.ndarray, float]]) -> Delay:
    """Learn a chain's delay from published minutes.

    Parameters
    ----------
    chain : str
        "detection", or the nation and kind of notice.
    minutes : sequence of (ndarray of shape (n,), float)
        For each alert: simulated instants from which the chain ran, and the start of the published minute, both in
        seconds on one clock.

    Returns
    -------
    Delay

    Notes
    -----
    The published minute is all that an alert gives: its likelihood is the probability that start plus delay falls in
    that minute, averaged over the starts, so that neither rounding nor the unknown second of the launch is taken for
    knowledge. Grid posterior of a lognormal delay; no minute at all gives the prior back.
    """
    return _learned(
        chain, tuple((np.asarray(starts, dtype=float).tobytes(), float(minute)) for starts, minute in minutes)
    )


@lru_cache(maxsize=64)  # every backtest learns from the same alerts, whatever it then looks at
def _learned(chain: str, known: tuple[tuple[bytes, float], ...]) -> Delay:
    """The same of the starts' bytes, by which it is remembered."""
    from scipy.special import ndtr

    minutes = [(np.frombuffer(starts), minute) for starts, minute in known]
    centre, doubt = PRIOR_MEDIAN_S["detection" if chain == "detection" else "notice"]
    median = centre * np.exp(np.linspace(-3.0, 3.0, _MEDIANS) * doubt)
    log_weight = -0.5 * (np.log(median / centre) / doubt)[:, None] ** 2 - 0.5 * (_SPREADS / PRIOR_SPREAD)[None] ** 2
    for starts, minute in minutes:
        edges = np.stack([minute - starts, minute + MINUTE_S - starts])
        with np.errstate(divide="ignore"):
            logs = np.log(np.maximum(edges, 0.0))
        score = (logs[:, None, None, :] - np.log(median)[None, :, None, None]) / _SPREADS[None, None, :, None]
        below, upto = ndtr(score)
        log_weight = log_weight + np.log((upto - below).mean(axis=-1) + 1e-12)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    for shared in (median, weight):
        shared.flags.writeable = False
    implied_s = tuple(float(minute + 0.5 * MINUTE_S - np.median(starts)) for starts, minute in minutes)
    return Delay(chain=chain, median_s=median, spread=_SPREADS, weight=weight, implied_s=implied_s)
