"""Exercises: several launches on one clock, with sensors and links that fail meanwhile, and what each nation knew when.

Every launch is a simulation of its own on the exercise's clock; their tracks are not mixed up with each other.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import ScenarioError, SettingsError, check_between
from trackfuse.core.version import __version__
from trackfuse.sensing.sensor import Infrared, Sensor
from trackfuse.sharing import Link, Policy
from trackfuse.simulation.figures import NATIONS, nation_figures
from trackfuse.simulation.provenance import made_with
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import simulate

EVENTS = ("knows of the launch", "holds a track", "tells the public")
"""What the report times, in the order of `figures.METRICS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inject:
    """One thing that happens in an exercise.

    Parameters
    ----------
    kind : str
        "launch", "sensor_outage", "link_outage", "late_satellite" or "false_plots".
    from_s, until_s : float
        On the exercise's clock, s; a launch has only its lift-off, `from_s`.
    scenario : Scenario, optional
        Of a launch.
    whom : tuple of str
        Sensors or one nation, or links, that fail.
    delay_s : float
        What a late satellite's report takes longer, s.
    note : str
    """

    kind: str
    from_s: float
    until_s: float = 0.0
    scenario: Scenario | None = None
    whom: tuple[str, ...] = ()
    delay_s: float = 0.0
    note: str = ""

    @property
    def words(self) -> str:
        """The inject in a few words."""
        if self.scenario is not None:
            what = self.scenario.title
        elif self.kind == "late_satellite":
            what = f"infrared reports {self.delay_s:g} s late until {self.until_s:g} s"
        elif self.kind == "false_plots":
            what = f"radars report noise that crosses their thresholds until {self.until_s:g} s"
        else:
            what = f"{self.kind.replace('_', ' ')} until {self.until_s:g} s: {', '.join(self.whom)}"
        return f"{what} ({self.note})" if self.note else what


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """A schedule of launches and failures.

    Parameters
    ----------
    name, title, source, notes : str
    injects : tuple of Inject
        In the order of the file; at least one is a launch.
    """

    name: str
    title: str
    source: str
    injects: tuple[Inject, ...]
    notes: str = ""

    def __post_init__(self) -> None:
        if not self.launches:
            raise ScenarioError(f"exercise {self.name!r}: no inject is a launch")

    @property
    def launches(self) -> tuple[Inject, ...]:
        """The injects that are launches, in order of lift-off."""
        return tuple(sorted((one for one in self.injects if one.kind == "launch"), key=lambda one: one.from_s))

    @property
    def undisturbed(self) -> "Exercise":
        """The same launches with nothing failing: what to compare with."""
        return replace(self, name=f"{self.name}, undisturbed", injects=self.launches)

    def flown(self) -> tuple[Scenario, ...]:
        """Each launch's scenario with the failures in it, on the launch's own clock.

        Returns
        -------
        tuple of Scenario
            In order of lift-off.
        """
        return tuple(_disturbed(launch, self.injects) for launch in self.launches)


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterAction:
    """A played exercise.

    Parameters
    ----------
    exercise : Exercise
    policies : tuple of str
        Compared; the first is the one without the sharing.
    seed, runs : int
    first : tuple of tuple of Run
        By launch and policy: the first run, to look into.
    times_s : ndarray, shape (runs, L, P, 3, 3)
        By launch, policy, nation (JPN, ROK, USA) and EVENTS, on the exercise's clock; inf if it never happened.
    version, data_hash : str
    """

    exercise: Exercise
    policies: tuple[str, ...]
    seed: int
    runs: int
    first: tuple[tuple[Run, ...], ...]
    times_s: np.ndarray
    version: str
    data_hash: str

    @property
    def report(self) -> pd.DataFrame:
        """After-action table in order of the clock: injects, and what each nation knew and said when.

        Returns
        -------
        DataFrame
            clock_s (of an event the earliest under any policy), what, who, launch, for each policy a column with the
            median over runs (s on the exercise's clock; inf where it did not happen in half of them), and gained_s of
            the last policy over the first: the median over runs in which both happened.
        """
        rows = [
            {"clock_s": one.from_s, "what": one.kind.replace("_", " "), "who": "controllers", "launch": one.words}
            for one in self.exercise.injects
        ]
        for k, launch in enumerate(self.exercise.launches):
            for n, nation in enumerate(NATIONS):
                rows += [self._event(k, n, e, launch, nation) for e in range(len(EVENTS))]
        columns = ["clock_s", "what", "who", "launch", *(f"{name}_s" for name in self.policies), "gained_s"]
        table = pd.DataFrame(rows, columns=columns)
        return table.sort_values("clock_s", kind="stable", ignore_index=True)

    def _event(self, k: int, n: int, e: int, launch: Inject, nation: str) -> dict[str, object]:
        times = self.times_s[:, k, :, n, e]
        typical = _median(times)
        both = np.isfinite(times[:, 0]) & np.isfinite(times[:, -1])
        gained = float(np.median(times[both, 0] - times[both, -1])) if both.any() else np.nan
        scenario = launch.scenario
        row: dict[str, object] = {
            "clock_s": typical.min(),
            "what": EVENTS[e],
            "who": nation,
            "launch": scenario.name if scenario is not None else "",
            "gained_s": gained,
        }
        return row | {f"{name}_s": t for name, t in zip(self.policies, typical, strict=True)}

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        return (
            f"Exercise {self.exercise.title}; policies {' and '.join(self.policies)}; seed {self.seed}, "
            f"{self.runs} run{'s' if self.runs > 1 else ''}; sensor parameters assumed where not published; each "
            f"launch tracked by itself; {made_with(self.version, self.data_hash)}"
        )

    def _repr_html_(self) -> str:
        table = self.report.round(1).to_html(index=False, na_rep="")
        return f"{table}<p>{self.caption()}</p>"

    def __repr__(self) -> str:
        table = self.report.round(1).to_string(index=False, na_rep="", max_colwidth=44)
        return f"{table}\n{self.caption()}"


def _median(times: np.ndarray) -> np.ndarray:
    """Median over runs; inf where it did not happen in half of them or more."""
    ranked = np.sort(times, axis=0)
    low, high = ranked[(len(times) - 1) // 2], ranked[len(times) // 2]
    return np.where(np.isfinite(high), 0.5 * (low + np.where(np.isfinite(high), high, 0.0)), np.inf)


def play(
    exercise: Exercise, policies: tuple[str, ...] = ("bilateral", "trilateral"), *, seed: int = 0, runs: int = 1
) -> AfterAction:
    """Play an exercise under several policies on the same noise.

    Parameters
    ----------
    exercise : Exercise
    policies : tuple of str
        Two or more, the one without the sharing first.
    seed : int
    runs : int
        Each another draw of all noise.

    Returns
    -------
    AfterAction

    Raises
    ------
    TrackfuseError
        If a policy is not known or fewer than two are given, or the number of runs is below 1.

    Notes
    -----
    Each launch is simulated by itself: no centre mistakes one missile for another, and nobody is too busy.
    """
    check_between(SettingsError, "runs", runs, 1, 100_000)
    if len(policies) < 2:
        raise SettingsError(f"policies: {policies!r} are not two or more to compare")
    scenarios, launches = exercise.flown(), exercise.launches
    for scenario in scenarios:
        for name in policies:
            scenario.policy(name)
    times = np.full((runs, len(scenarios), len(policies), len(NATIONS), len(EVENTS)), np.inf)
    first: list[tuple[Run, ...]] = []
    for k, scenario in enumerate(scenarios):
        for run in range(runs):
            done = tuple(simulate(scenario, policy=name, seed=seed, run=run) for name in policies)
            times[run, k] = [nation_figures(one)[:, : len(EVENTS)] for one in done]
            if run == 0:
                first.append(done)
        times[:, k] += launches[k].from_s
    return AfterAction(
        exercise=exercise,
        policies=tuple(policies),
        seed=seed,
        runs=runs,
        first=tuple(first),
        times_s=times,
        version=__version__,
        data_hash=data_hash(),
    )


def _disturbed(launch: Inject, injects: tuple[Inject, ...]) -> Scenario:
    """A launch's scenario with what fails around it, times from its own lift-off."""
    scenario = launch.scenario
    assert scenario is not None  # an inject of kind "launch" has one
    sensors, policies, noisy = scenario.sensors, scenario.policies, scenario.false_plots
    for inject in injects:
        span = (inject.from_s - launch.from_s, inject.until_s - launch.from_s)
        if inject.kind == "sensor_outage":
            sensors = tuple(_dark(sensor, span) if _meant(sensor, inject) else sensor for sensor in sensors)
        elif inject.kind == "link_outage":
            policies = tuple(_cut(policy, inject.whom, span) for policy in policies)
        elif not span[0] <= 0.0 < span[1]:
            continue  # the others are of whole launches: those that lift off meanwhile
        elif inject.kind == "late_satellite":
            sensors = tuple(_late(sensor, inject.delay_s) for sensor in sensors)
        elif inject.kind == "false_plots":
            noisy = True
    return replace(scenario, sensors=sensors, policies=policies, false_plots=noisy)


def _meant(sensor: Sensor, inject: Inject) -> bool:
    return sensor.sensor_id in inject.whom or sensor.nation in inject.whom


def _dark(sensor: Sensor, span: tuple[float, float]) -> Sensor:
    return replace(sensor, outages_s=(*sensor.outages_s, span))


def _late(sensor: Sensor, delay_s: float) -> Sensor:
    if not isinstance(sensor, Infrared):
        return sensor
    return replace(sensor, report_delay_s=sensor.report_delay_s + delay_s)


def _cut(policy: Policy, names: tuple[str, ...], span: tuple[float, float]) -> Policy:
    def cut(link: Link) -> Link:
        return replace(link, outages_s=(*link.outages_s, span)) if link.link_id in names else link

    return replace(policy, links=tuple(cut(link) for link in policy.links))
