"""Several policies on the same noise, over many runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import NATION_NAMES, displayed, significant
from trackfuse.core.errors import ScenarioError
from trackfuse.core.language import translate
from trackfuse.core.version import __version__
from trackfuse.scoring.gains import paired_gain, share_interval, summary
from trackfuse.sharing import Policy
from trackfuse.simulation.figures import BY_NAME, FIGURES, USUAL, WARNING_TIME, Figure
from trackfuse.simulation.figures.own import OwnKey, check_figures
from trackfuse.simulation.prepare import prepare
from trackfuse.simulation.provenance import caption
from trackfuse.simulation.simulate import RunFigures, run_figures
from trackfuse.studies.runs import DRAWN, checked_scenario, distinct_policies, each_run

STATUS_QUO = "bilateral"
"""What sharing is measured against unless said otherwise: the arrangement of November 2023."""

_NEVER: dict[str, float | int] = {"median": np.nan, "p05": np.nan, "p95": np.nan, "n": 0}
_GAIN = ("median", "p05", "p95", "low", "high", "p_policy", "p_baseline", "n")
_LABEL = ("scenario", "posture", "object", "nation", "place", "figure", "unit")


class FigureValues(NamedTuple):
    """One figure of merit of a nation or place, under P policies.

    Parameters
    ----------
    object, nation, place : str
        The launch that it is of ("" if of the whole run); `place` is "" for a figure of the nation as a whole.
    figure, unit : str
    larger_is_better : bool
    by_run : ndarray, shape (P, runs)
        In that unit; not finite where it never occurred.
    """

    object: str
    nation: str
    place: str
    figure: str
    unit: str
    larger_is_better: bool
    by_run: np.ndarray

    @property
    def label(self) -> dict[str, str]:
        """What it is of: the columns of tables that name it."""
        return {name: getattr(self, name) for name in ("object", "nation", "place", "figure", "unit")}

    def summary_of(self, policy: int) -> dict[str, float | int]:
        """Median, p05 and p95 over the n runs in which it occurred under one policy (nan if it never did), and the
        share of runs in which it did not, with its 95 % interval.
        """
        runs = self.by_run.shape[1]
        never = int((~np.isfinite(self.by_run[policy])).sum())
        low, high = share_interval(never, runs)
        shares = {"p_never": never / runs, "p_never_low": low, "p_never_high": high}
        return (summary(self.by_run[policy]) or _NEVER) | shares

    def gain_of(self, policy: int, baseline: int) -> dict[str, float | int]:
        """Paired gain of one policy over another, as `paired_gain` gives it."""
        return paired_gain(self.by_run[policy], self.by_run[baseline], larger_is_better=self.larger_is_better)


@displayed(table=lambda value: _medians(value))
@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Figures of several policies, run by run on the same noise.

    Parameters
    ----------
    scenario : Scenario
    policies : tuple of Policy
    baseline : str
        The policy that gains are measured against.
    runs, seed : int
    nation_figures : ndarray, shape (P, runs, L, C, F)
        By policy, run, launch, nation (the scenario's C, in their order) and figure of `FIGURES`; inf where it never
        occurred, nan where it does not apply. Each figure in its own unit.
    warning_time_s : ndarray, shape (P, runs, places)
        From the notice to the true arrival at each place concerned; nan where no notice was given.
    places : tuple of (name, nation)
        The places that the true flight passes over or comes down near.
    own : tuple of FigureValues
        The user's own figures.
    version, data_hash : str
        Of the package and of its data.
    """

    scenario: Scenario
    policies: tuple[Policy, ...]
    baseline: str
    runs: int
    seed: int
    nation_figures: np.ndarray
    warning_time_s: np.ndarray
    places: tuple[tuple[str, str], ...]
    own: tuple[FigureValues, ...] = ()
    version: str = __version__
    data_hash: str = field(default_factory=data_hash)

    @property
    def objects(self) -> tuple[str, ...]:
        """Names of the L launches."""
        return prepare(self.scenario).launch_ids

    def values(self) -> Iterator[FigureValues]:
        """Every figure that applies, under all policies: those of nations, the user's own, then those of places."""
        for n, launch in enumerate(self.objects):
            for i, nation in enumerate(self.scenario.nations):
                for k, each in enumerate(FIGURES):
                    by_run = self.nation_figures[:, :, n, i, k]
                    if not np.isnan(by_run).all():
                        yield FigureValues(launch, nation, "", each.name, each.unit, each.larger_is_better, by_run)
        yield from self.own
        for i, (place, nation) in enumerate(self.places):
            each = WARNING_TIME
            yield FigureValues("", nation, place, each.name, each.unit, True, self.warning_time_s[:, :, i])

    @property
    def nodes(self) -> pd.DataFrame:
        """One row a policy, launch, nation and figure: median, p05, p95 over the n runs in which it occurred, and
        p_never, the share of runs in which it did not, with its 95 % interval.
        """
        return self._summaries(place=False).drop(columns="place")

    @property
    def warnings(self) -> pd.DataFrame:
        """One row a policy and place: warning time in seconds, with the same columns as `nodes`."""
        return self._summaries(place=True)

    def _summaries(self, *, place: bool) -> pd.DataFrame:
        rows = [
            self._of(each) | {"policy": policy.name} | each.summary_of(p)
            for p, policy in enumerate(self.policies)
            for each in self.values()
            if bool(each.place) == place
        ]
        return pd.DataFrame(rows, columns=[*_LABEL, "policy", *_NEVER, "p_never", "p_never_low", "p_never_high"])

    @property
    def gains(self) -> pd.DataFrame:
        """One row a policy other than the baseline, launch, nation or place, and figure: the paired gain, positive is
        better.

        Columns are scenario, posture, object (the launch), nation, place, figure, unit, policy, baseline; median, p05
        and p95 of the gain over runs, low to high (the 95 % interval of its median); p_policy and p_baseline, the
        shares of runs in which the figure occurs at all under either; and n, the runs in which it does under both.
        """
        base = [policy.name for policy in self.policies].index(self.baseline)
        rows = [
            self._of(each) | {"policy": policy.name, "baseline": self.baseline} | each.gain_of(p, base)
            for p, policy in enumerate(self.policies)
            if p != base
            for each in self.values()
        ]
        return pd.DataFrame(rows, columns=[*_LABEL, "policy", "baseline", *_GAIN])

    def _of(self, each: FigureValues) -> dict[str, str | None]:
        return {"scenario": self.scenario.name, "posture": self.scenario.posture} | each.label

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        drawn = translate("{runs} runs on the same noise, seed {seed}").format(runs=self.runs, seed=self.seed)
        return caption(self.scenario, drawn, self.version, self.data_hash, self.policies)

    def __repr__(self) -> str:
        names = ", ".join(policy.name for policy in self.policies)
        return f"<Comparison {self.scenario.name}: {names}; {self.runs} runs, seed {self.seed}>"


def _medians(comparison: Comparison) -> pd.DataFrame:
    """What a notebook shows: the usual figures and the warning times, a column a policy, median (5-95 % of runs)."""
    shown = (*USUAL, WARNING_TIME.name, *(each.figure for each in comparison.own))
    rows = []
    for each in comparison.values():
        if each.figure in shown:
            words = BY_NAME[each.figure].words if each.figure in BY_NAME else each.figure
            said = (each.summary_of(p) for p in range(len(comparison.policies)))
            cells = {policy.name: _median(of) for policy, of in zip(comparison.policies, said, strict=True)}
            whom = each.place or NATION_NAMES.get(each.nation, each.nation)
            rows.append({"figure": words, "unit": each.unit, "for": whom} | cells)
    names = ["figure", "unit", "for"]
    return pd.DataFrame(rows, columns=[*names, *(policy.name for policy in comparison.policies)]).set_index(names)


def _median(of: dict[str, float | int]) -> str:
    median, low, high = (significant(float(of[name])) for name in ("median", "p05", "p95"))
    never = f"; never in {of['p_never']:.0%}" if 0.0 < of["p_never"] < 1.0 else ""
    return f"{median} ({low} to {high}{never})" if of["n"] else "never"


def compare(
    scenario: Scenario | str,
    policies: Sequence[Policy | str] | None = None,
    *,
    runs: int = 100,
    seed: int = 0,
    baseline: str | None = None,
    threads: int | None = None,
    posture: str | None = None,
    figures: Sequence[Figure] = (),
) -> Comparison:
    """Compare policies run by run on the same noise.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or the name of a shipped one.
    policies : sequence of Policy or str, optional
        Default: all of the scenario's, poorest first.
    runs : int
        Number of runs, 1 or more.
    seed : int
    baseline : str, optional
        Policy that gains are measured against; default "bilateral", the status quo, if it is compared, else the first.
    threads : int, optional
        Default: all cores. The result does not depend on it.
    posture : str, optional
        Which sensors are on station and work: "full", "none" (no ship), "published" or "drawn"; by default that of the
        scenario, else "drawn", run by run and the same for every policy.
    figures : sequence of functions
        Figures of merit of your own, besides: each takes a `Run` and returns a table with the columns nation, figure,
        unit and value, and larger_is_better where larger is.

    Returns
    -------
    Comparison
        Arrays of the shapes given there; the same bits for the same arguments.

    Raises
    ------
    ScenarioError, SettingsError, FlightError
        If a policy or the baseline is not known, runs is not a positive whole number, or the launch cannot be flown.
    PluginError
        If a figure of your own fails, or gives no such table.

    Examples
    --------
    >>> table = tf.compare("kn25_2023_02_20", ["bilateral", "trilateral"], runs=2, seed=7)
    >>> table
    <Comparison kn25_2023_02_20: bilateral, trilateral; 2 runs, seed 7>
    >>> sorted(set(table.gains["nation"]))
    ['JPN', 'ROK', 'USA']
    """
    check_figures(figures)
    chosen = checked_scenario(scenario, runs=runs, seed=seed, posture=posture, default=DRAWN)
    runs, seed = int(runs), int(seed)
    picked = distinct_policies(chosen, policies)
    base = _baseline(picked, baseline)
    run_of, places = runner(chosen, picked, seed, figures)
    done = each_run(run_of, runs, chosen.name, threads=threads)
    return Comparison(
        scenario=chosen,
        policies=picked,
        baseline=base,
        runs=runs,
        seed=seed,
        nation_figures=np.stack([each.nations for each in done], axis=1),
        warning_time_s=np.stack([each.warning_time_s for each in done], axis=1),
        places=places,
        own=_own_values([each.own for each in done]),
    )


def _own_values(found: list[tuple[dict[OwnKey, float], ...]]) -> tuple[FigureValues, ...]:
    """The user's own figures by run and policy as figures of the comparison, in the order in which they first occur."""
    keys = dict.fromkeys(key for run in found for policy in run for key in policy)
    return tuple(
        FigureValues(
            "", *(key[0], "", *key[1:]), np.array([[policy.get(key, np.inf) for policy in run] for run in found]).T
        )
        for key in keys
    )


def _baseline(policies: tuple[Policy, ...], baseline: str | None) -> str:
    names = [policy.name for policy in policies]
    if baseline is None:
        return STATUS_QUO if STATUS_QUO in names else names[0]
    if baseline not in names:
        raise ScenarioError(f"baseline {baseline!r} is not among the policies compared: {', '.join(names)}")
    return baseline


def runner(
    scenario: Scenario, policies: tuple[Policy, ...], seed: int, figures: Sequence[Figure] = ()
) -> tuple[Callable[[int], RunFigures], tuple[tuple[str, str], ...]]:
    """What simulates runs of a scenario under policies on the same noise, and the places that its missiles concern.

    Parameters
    ----------
    scenario : Scenario
    policies : tuple of Policy
        P policies.
    seed : int
    figures : sequence of Figure
        Of the user's own, besides.

    Returns
    -------
    run_of : callable
        Gives of a run's number its figures; warning times are those of the Q places below.
    places : tuple of (name, nation)
        The Q places that a missile passes over or comes down near.
    """
    prepared = prepare(scenario)
    concerned = np.isfinite(np.fmin.reduce(prepared.arrival_s, axis=0))
    places = tuple((place.name, place.nation) for place, met in zip(scenario.places, concerned, strict=True) if met)

    def run_of(run: int) -> RunFigures:
        found = run_figures(scenario, policies, prepared, seed=seed, run=run, figures=figures)
        return replace(found, warning_time_s=found.warning_time_s[:, concerned])

    return run_of, places
