"""A warning rule whose people and machines are as slow as those behind real alerts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np

from trackfuse.catalog.catalog import alerts as published_alerts
from trackfuse.catalog.catalog import launches as published_launches
from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import check_seed
from trackfuse.core.times import as_day
from trackfuse.history.cases import Case, calibration_cases, cases_of, starts_of
from trackfuse.history.chain import Delay, learned
from trackfuse.studies.runs import check_count
from trackfuse.warning import WarningRule

SPLIT = date(2022, 12, 31)
"""Delays are learned from alerts up to this day. After the alerts of October and November 2022 Japan announced
(December 2022) that it would warn earlier and over wider areas: what follows is predicted across that change, and the
day leaves about half of the alerts to predict."""


def learned_rule(
    until: date | str = SPLIT, rule: WarningRule | None = None, *, runs: int = 24, seed: int = 0
) -> WarningRule:
    """A warning rule whose people and machines are as slow as those behind real alerts.

    Parameters
    ----------
    until : date or str
        Last day from which delays are learned, such as "2022-12-31".
    rule : WarningRule, optional
        Everything else; by default the default rule.
    runs, seed : int
        Of the simulations of those alerts' launches; some ten seconds in all.

    Returns
    -------
    WarningRule
        With delays for every nation and audience of which an alert up to that day tells (to 2022: Japan's public and
        mariners, South Korea's public); the assumed steps stay for the others. They are those that `backtest` adds for
        the same day, runs and seed, doubt about the chain included, so that one run's draw is that of one alert not
        seen yet.

    Raises
    ------
    SettingsError
        If the day is none, runs is not a positive whole number, or the seed is negative.
    """
    until = as_day(SettingsError, "learned_rule until", until)
    check_count("runs", runs)
    check_seed(seed)
    calibrating = [case for case in calibration_cases(shipped_cases(), until) if case.minute.quantity == "notice"]
    starts = starts_of(calibrating, runs, seed)
    delays = delays_of({case.minute.chain for case in calibrating}, calibrating, starts)
    points = tuple((chain, delay.points_s) for chain, delay in delays.items())
    return replace(WarningRule() if rule is None else rule, learned=points)


def shipped_cases() -> list[Case]:
    """The minutes of the shipped alerts, list of Case."""
    return cases_of(published_alerts(), "data/alerts.csv", published_launches(), "data/launches.csv")


def delays_of(chains: Iterable[str], calibrating: list[Case], starts: dict[Case, np.ndarray]) -> dict[str, Delay]:
    """What the teaching minutes say of every chain; of one that none of them is of, what was known before.

    Parameters
    ----------
    chains : iterable of str
    teaching : list of Case
    starts : dict of Case to ndarray, shape (n,)
        Instants from which each chain ran, s.

    Returns
    -------
    dict of str to Delay
    """
    return {
        chain: learned(chain, [(starts[case], case.published_s) for case in calibrating
                               if case.minute.chain == chain and starts[case].size])
        for chain in sorted(chains)
    }  # fmt: skip
