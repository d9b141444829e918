"""Exercises: several launches on one clock, with sensors and links that fail meanwhile, and what each nation knew when.

Every launch is a simulation of its own on the exercise's clock; their tracks are not mixed up with each other.
"""

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.core.version import __version__
from trackfuse.sensing.sensor import Infrared, Sensor
from trackfuse.sharing import Link
from trackfuse.simulation.figures import first_times
from trackfuse.simulation.provenance import made_with
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import simulate_each
from trackfuse.studies.runs import check_count, each_run

EVENTS = {
    "knows of the launch": "first_knowledge_s",
    "holds a track": "first_track_s",
    "tells the public": "first_notice_s",
}
"""Events that the report times, and the figures that they are."""
SensorOrLink = TypeVar("SensorOrLink", Sensor, Link)


@displayed(lambda value: f"{value.from_s:g} s: {value.description}")
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
    affected : tuple of str
        Sensors or one nation, or links, that fail.
    delay_s : float
        What a late satellite's report takes longer, s.
    note : str
    """

    kind: str
    from_s: float
    until_s: float = 0.0
    scenario: Scenario | None = None
    affected: tuple[str, ...] = ()
    delay_s: float = 0.0
    note: str = ""

    @property
    def description(self) -> str:
        """The inject in a few words."""
        if self.scenario is not None:
            what = self.scenario.title
        elif self.kind == "late_satellite":
            what = f"infrared reports {self.delay_s:g} s late until {self.until_s:g} s"
        elif self.kind == "false_plots":
            what = f"radars report noise that crosses their thresholds until {self.until_s:g} s"
        else:
            what = f"{self.kind.replace('_', ' ')} until {self.until_s:g} s: {', '.join(self.affected)}"
        return f"{what} ({self.note})" if self.note else what


@displayed(lambda value: f"{value.name}: {value.title}", lambda value: _schedule(value))
@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """A schedule of launches and failures.

    Parameters
    ----------
    name, title, source, notes : str
    injects : tuple of Inject
        In the order of the file; at least one is a launch.

    Raises
    ------
    ScenarioError
        If no inject is a launch.
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
        return tuple(sorted((each for each in self.injects if each.kind == "launch"), key=lambda each: each.from_s))

    @property
    def nations(self) -> tuple[str, ...]:
        """Codes of the nations that have a centre in any launch's scenario, in the order of the launches."""
        scenarios = [launch.scenario for launch in self.launches if launch.scenario is not None]
        return tuple(dict.fromkeys(nation for scenario in scenarios for nation in scenario.nations))

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
    times_s : ndarray, shape (runs, L, P, C, 3)
        By launch, policy, nation (the exercise's C nations, in their order) and EVENTS, on the exercise's clock; inf if
        it never happened, or if the nation has no centre in that launch's scenario.
    version, data_hash : str
    """

    exercise: Exercise
    policies: tuple[str, ...]
    seed: int
    runs: int
    first: tuple[tuple[Run, ...], ...]
    times_s: np.ndarray
    version: str = __version__
    data_hash: str = field(default_factory=data_hash)

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
        rows: list[dict[str, Any]] = [
            {"clock_s": one.from_s, "what": one.kind.replace("_", " "), "who": "controllers", "launch": one.description}
            for one in self.exercise.injects
        ]
        columns = [f"{name}_s" for name in self.policies]
        for launch, of_launch in zip(self.exercise.launches, np.moveaxis(self.times_s, 1, 0), strict=True):
            name = launch.scenario.name if launch.scenario is not None else ""
            for n, nation in enumerate(self.exercise.nations):
                for e, event in enumerate(EVENTS):
                    times = of_launch[:, :, n, e]
                    both = np.isfinite(times[:, 0]) & np.isfinite(times[:, -1])
                    gained = np.median(times[both, 0] - times[both, -1]) if both.any() else np.nan
                    medians = np.median(np.where(np.isnan(times), np.inf, times), axis=0)
                    label = {"clock_s": medians.min(), "what": event, "who": nation, "launch": name}
                    rows.append(label | dict(zip(columns, medians, strict=True)) | {"gained_s": gained})
        table = pd.DataFrame(rows, columns=["clock_s", "what", "who", "launch", *columns, "gained_s"])
        return table.sort_values("clock_s", kind="stable", ignore_index=True)

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


def _schedule(exercise: Exercise) -> pd.DataFrame:
    """What a notebook shows of an exercise: its injects in the order of the file."""
    rows = [(each.description, each.kind.replace("_", " "), each.from_s) for each in exercise.injects]
    return pd.DataFrame(rows, columns=["inject", "kind", "from_s"])


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
    SettingsError
        If fewer than two policies are given, or the number of runs is below 1.
    TrackfuseError
        If a policy is not known.

    Notes
    -----
    Each launch is simulated by itself: no centre mistakes one missile for another, and nobody is too busy.
    """
    check_count("runs", runs)
    if len(policies) < 2:
        raise SettingsError(f"policies: {policies!r} are not two or more to compare")
    scenarios = exercise.flown()
    for scenario in scenarios:
        for name in policies:
            scenario.policy(name)

    nations = exercise.nations

    def run_of(task: int) -> tuple[np.ndarray, tuple[Run, ...]]:
        launch, run = divmod(task, runs)
        scenario = scenarios[launch]
        simulated = tuple(simulate_each(scenario, policies, seed=seed, run=run))
        times = np.full((len(policies), len(nations), len(EVENTS)), np.inf)
        rows = [nations.index(nation) for nation in scenario.nations]
        times[:, rows] = [_times_s(each) for each in simulated]
        return times, simulated if run == 0 else ()

    done = each_run(run_of, len(scenarios) * runs, f"exercise {exercise.name}")
    shape = len(scenarios), runs, len(policies), len(nations), len(EVENTS)
    times = np.array([of_run for of_run, _ in done]).reshape(shape)
    lift_off_s = np.array([launch.from_s for launch in exercise.launches])
    return AfterAction(
        exercise=exercise,
        policies=tuple(policies),
        seed=seed,
        runs=runs,
        first=tuple(simulated for _, simulated in done[::runs]),
        times_s=times.swapaxes(0, 1) + lift_off_s[:, None, None, None],
    )


def _times_s(run: Run) -> np.ndarray:
    """Instants of EVENTS by nation, (C, 3), s after lift-off; of several launches in one scenario their mean."""
    by_launch = [first_times(run, launch) for launch in range(len(run.knowledge))]
    return np.mean([[times[name] for name in EVENTS.values()] for times in by_launch], axis=0).T


def _disturbed(launch: Inject, injects: tuple[Inject, ...]) -> Scenario:
    """A launch's scenario with what fails around it, times from its own lift-off."""
    scenario = launch.scenario
    assert scenario is not None  # an inject of kind "launch" has one
    sensors, policies, noisy = scenario.sensors, scenario.policies, scenario.false_plots
    for inject in injects:
        span = (inject.from_s - launch.from_s, inject.until_s - launch.from_s)
        if inject.kind == "sensor_outage":
            sensors = tuple(_without(sensor, (sensor.sensor_id, sensor.nation), inject, span) for sensor in sensors)
        elif inject.kind == "link_outage":
            policies = tuple(
                replace(policy, links=tuple(_without(link, (link.link_id,), inject, span) for link in policy.links))
                for policy in policies
            )
        elif not span[0] <= 0.0 < span[1]:
            continue  # the others are of whole launches: those that lift off meanwhile
        elif inject.kind == "late_satellite":
            sensors = tuple(
                replace(sensor, report_delay_s=sensor.report_delay_s + inject.delay_s)
                if isinstance(sensor, Infrared)
                else sensor
                for sensor in sensors
            )
        elif inject.kind == "false_plots":
            noisy = True
    return replace(scenario, sensors=sensors, policies=policies, false_plots=noisy)


def _without(
    failing: SensorOrLink, names: tuple[str, ...], inject: Inject, span: tuple[float, float]
) -> SensorOrLink:
    """The sensor or link with one outage more, if the inject names it."""
    if not set(names) & set(inject.affected):
        return failing
    return replace(failing, outages_s=(*failing.outages_s, span))
