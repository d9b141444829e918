"""How three alerts went wrong, with the package's own pieces, and what sharing would and would not have changed."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.rng import check_seed
from trackfuse.earth import Place, distance_km
from trackfuse.flight import refly
from trackfuse.history.launches import shipped_scenario
from trackfuse.history.runs import PredictedImpacts, predicted_impacts
from trackfuse.simulation.prepare import Noise, Prepared, draw_noise, prepare
from trackfuse.simulation.progress import progress
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import run_each, simulate_each
from trackfuse.warning import concern

if TYPE_CHECKING:
    import pandas as pd

POLICIES = ("national", "bilateral", "trilateral", "ideal")
TITLES = {
    "A20": "Engines stopped, track lost, and predicted on past Japan (2022-11-03)",
    "A24": "A spent stage taken for the missile (2023-04-13)",
    "A17": "The wrong region first (2022-10-04)",
}
"""By the alert's name in data/alerts.csv."""
NATION = "JPN"
IN_SIGHT_S = (2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""For how long the object is in sight, s: none of these is published."""
INSTANTS_S = (84.0, 88.0, 92.0, 96.0, 100.0, 110.0, 120.0, 140.0, 160.0, 180.0)
NEAREST_COAST = "Okushiri"
"""The island nearest to the flight of 2023-04-13 (data/places.csv)."""
BEARING_2022_10_04_DEG = 86.2
"""From the published splash and the passage over Aomori (derived); the bearing in data/launches.csv is an estimate from
maps."""
SETTLE_S = 20.0
"""After the last detection, so that every report of it has arrived."""


@displayed(lambda value: f"{value.alert_id}: {value.title}", lambda value: value.table)
@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarmCase:
    """How one alert went wrong.

    Parameters
    ----------
    alert_id, event_id, title : str
    table : DataFrame
    summary : str
        What the table shows, and what sharing would and would not have changed.
    """

    alert_id: str
    event_id: str
    title: str
    table: pd.DataFrame
    summary: str

    def __str__(self) -> str:
        sentences = re.split(r"(?<=\.) (?=[A-Z])", self.summary)
        return "\n".join([self.title, *(textwrap.fill(f"- {each}", 100, subsequent_indent="  ") for each in sentences)])


def false_alarm_cases(*, runs: int = 8, seed: int = 0) -> tuple[FalseAlarmCase, ...]:
    """The three alerts that named what did not happen or the wrong place, each with its mechanism.

    Parameters
    ----------
    runs : int
        Runs a case and policy.
    seed : int

    Returns
    -------
    tuple of FalseAlarmCase
        2022-11-03 (engines stopped and the track lost), 2023-04-13 (a spent stage tracked), 2022-10-04 (wrong region).
    """
    check_seed(seed)
    found = []
    with progress(3, "false alarms", unit="cases") as bar:
        for case in (track_lost, stage_tracked, wrong_region):
            found.append(case(runs=runs, seed=seed))
            bar.update()
    return tuple(found)


def track_lost(*, runs: int = 8, seed: int = 0) -> FalseAlarmCase:
    """2022-11-03: engines stopped early, the track was lost, and it was predicted forward past Japan.

    Parameters
    ----------
    runs, seed : int

    Returns
    -------
    FalseAlarmCase
        Its table has one row a policy and time in sight after burn-out (seen_s): share of runs with a track, and
        medians over these of the error of the predicted impact (km), its standard deviation along its longer axis
        (km), and the greatest chance of concerning a Japanese place.
    """
    import pandas as pd

    scenario = shipped_scenario("L20221103a")
    ready = prepare(scenario)
    flight = ready.flight
    rows = []
    for seen_s, run in product(IN_SIGHT_S, range(runs)):
        until_s = flight.burnout_s + seen_s
        noise = _without_detections_after(until_s, scenario, ready, seed, run)
        cycle = min(int(np.searchsorted(ready.cycle_s, until_s + SETTLE_S)), len(ready.cycle_s) - 1)
        for policy in POLICIES:
            done = run_each(scenario, [scenario.policy(policy)], ready, noise)[0]
            rows.append({"policy": policy, "seen_s": seen_s} | _predicted_at(done, cycle))
    medians = {"tracked": "mean", "error_km": "median", "sigma_km": "median", "chance": "median"}
    found = pd.DataFrame(rows, columns=["policy", "seen_s", *medians])
    found = found.groupby(["policy", "seen_s"], sort=False).agg(medians)
    full_burn = refly(scenario.launch, kick_deg=flight.kick_deg, pitch_azimuth_deg=flight.pitch_azimuth_deg)
    lat_deg, lon_deg = full_burn.impact_lat_deg, full_burn.impact_lon_deg
    near = min(_places(scenario, nation=NATION), key=lambda p: distance_km(p.lat_deg, p.lon_deg, lat_deg, lon_deg))
    brief, longer = (found.loc[("bilateral", seen_s), "chance"] for seen_s in (2.0, 15.0))
    summary = (
        f"The same ascent with the class's whole burn comes down near {near.name} ({lat_deg:.1f} N, "
        f"{lon_deg:.1f} E): a centre that assumes that the engines burn on, when they stopped at "
        f"{flight.burnout_s:.0f} s, warns the coast that was warned. Free flight in sight tells the two apart: "
        f"under the arrangement of the day the greatest chance of a Japanese place is {brief:.2f} after 2 s and "
        f"{longer:.2f} after 15 s. {_known_to(found, 2.0)} {_known_to(found, 15.0)} Real-time exchange with South "
        f"Korea would not have changed it: it takes a few more seconds in any sensor's view to tell the two apart, "
        f"and a missile that broke up is not seen for so long. The minute announced for the overflight (07:48) is not "
        f"explained: no flight of this ascent is over Japan nine minutes after launch."
    )
    return _case("A20", scenario, found.reset_index(), summary)


def stage_tracked(*, runs: int = 8, seed: int = 0) -> FalseAlarmCase:
    """2023-04-13: a spent stage was tracked and taken for the missile.

    Parameters
    ----------
    runs, seed : int
        Four policies and four objects: a run takes five seconds or so.

    Returns
    -------
    FalseAlarmCase
        Missile and spent stages fly as objects of their own, which sensors and centres see and separate as they can.
        Its table has one row a policy, of what Tokyo holds and announces: its tracks for each object (tracks), how many
        of them change from one object to another (changed), the share of runs in which places are warned for nothing
        (false), and medians of when (false_s), for how long (back_s, until it is taken back), the bodies that the
        tracks behind it followed (of), and the centre with the most tracks of its own and their number (by, own).
    """
    import pandas as pd

    scenario = replace(shipped_scenario("L20230413"), debris=True)
    flown = [target.flight for target in prepare(scenario).targets]
    missile, stage = flown[0], flown[2]
    rows = [_mixed_up(done) for run in range(runs) for done in simulate_each(scenario, POLICIES, seed=seed, run=run)]
    by_policy = pd.DataFrame(rows).groupby("policy", sort=False)
    table = pd.DataFrame([{"policy": policy} | _over_runs(part, scenario) for policy, part in by_policy])
    (coast,) = _places(scenario, name=NEAREST_COAST)
    ends = (missile.impact_lat_deg, missile.impact_lon_deg), (coast.lat_deg, coast.lon_deg)
    short, to_coast = (distance_km(stage.impact_lat_deg, stage.impact_lon_deg, *end) for end in ends)
    figures = table.set_index("policy")
    shares = figures["false"]
    spared = f"the fewest with {_joined(list(shares.index[shares == shares.min()]))}"
    spared = "as often with every arrangement" if shares.min() == shares.max() else spared
    most = str(shares.idxmax())
    worst = figures.loc[most]
    cause = (
        f"Worst is {most}: from {worst['false_s']:.0f} s, for {worst['back_s']:.0f} s, on account of {worst['of']}: "
        f"the missile and its last stage fly side by side. {worst['by']} alone makes {worst['own']:.0f} tracks of "
        f"{len(flown)} bodies and reports them; a track made of plots of two bodies points where neither flies. "
    )
    summary = (
        f"The second stage falls into the Sea of Japan {short:.0f} km short of the missile and "
        f"{(missile.impact_s - stage.impact_s) / 60.0:.0f} min before it, {to_coast:.0f} km from the islands off "
        f"Hokkaido. Runs in which places in Japan are warned for nothing: {_listed(shares, '{:.0%}')}; "
        f"{spared}. {cause if shares.max() > 0.0 else ''}Tracks of Tokyo's centre for each body: "
        f"{_listed(figures['tracks'], '{:.1f}')}. The items that are shared do not say of which body a track is. "
        f"The minute announced for the impact (08:00) is that of the missile's own flight "
        f"({missile.impact_s / 60.0:.0f} min), not of the stage's ({stage.impact_s / 60.0:.0f} min): the "
        f"two may have been mixed. That the object was in "
        f"sight for a moment only is not modelled: sensors here see all of its flight that they can."
    )
    return _case("A24", scenario, table, summary)


def wrong_region(*, runs: int = 8, seed: int = 0) -> FalseAlarmCase:
    """2022-10-04: the first message named Hokkaido, and not Aomori, over which the missile flew.

    Parameters
    ----------
    runs, seed : int

    Returns
    -------
    FalseAlarmCase
        Its table has one row a policy and instant (t_s): medians of the chances of concerning a place in Hokkaido and
        in Aomori if the engines stopped then, of the chance that they burn, and of the predicted range (km).
    """
    import pandas as pd

    scenario = shipped_scenario("L20221004")
    scenario = replace(scenario, launch=replace(scenario.launch, azimuth_deg=BEARING_2022_10_04_DEG))
    found = [_regions(done) for run in range(runs) for done in simulate_each(scenario, POLICIES, seed=seed, run=run)]
    table = pd.concat(found).groupby(["policy", "t_s"], sort=False).median().reset_index()
    likely = table[table["chance_aomori"] >= scenario.rule.probability]
    known_s = likely.groupby("policy")["t_s"].min().reindex(list(POLICIES))
    summary = (
        f"If the engines stopped at once, the probability of Aomori would exceed the rule's "
        f"{scenario.rule.probability:g} from: {_listed(known_s, '{:.0f} s')}. The probability of "
        f"Hokkaido never does: it is {table['chance_hokkaido'].max():.2f} at most. The direction of "
        f"flight is known to a few kilometres as soon "
        f"as there is a track, so that in this model neither noise nor any arrangement makes the first message name "
        f"Hokkaido alone; a region chosen before the track, or from a rough direction, does. The model's own rule "
        f"waits for the engines to stop ({prepare(scenario).flight.burnout_s:.0f} s); deciding while they burn is "
        f"worth up to a minute and brings such errors. The islands of Tokyo were named by a fault of the system. "
        f"Sharing would have changed none of this."
    )
    return _case("A17", scenario, table, summary)


# ---- parts -----------------------------------------------------------------------------------------------------------


def _case(alert_id: str, scenario: Scenario, table: pd.DataFrame, summary: str) -> FalseAlarmCase:
    event_id, title = scenario.name, TITLES[alert_id]
    return FalseAlarmCase(alert_id=alert_id, event_id=event_id, title=title, table=table, summary=summary)


def _without_detections_after(until_s: float, scenario: Scenario, ready: Prepared, seed: int, run: int) -> Noise:
    noise = draw_noise(scenario, ready, seed=seed, run=run)
    first, *others = noise.draws
    missed = replace(first, uniform=np.where(ready.looks.t_s > until_s, 1.0, first.uniform))
    return replace(noise, draws=(missed, *others))


def _predicted_at(run: Run, cycle: int) -> dict[str, float]:
    """Error and sigma (km) of the predicted impact, and the greatest chance of a place, taking the engines as off."""
    found = predicted_impacts(run, NATION, np.array([cycle]))
    if not found.cycle.size:
        return {"tracked": False}
    error_km, chance = run.impact_error_km(found.predictions), _chance(run, found, nation=NATION)
    return {"tracked": True, "error_km": error_km[0], "sigma_km": found.sigma_km[0], "chance": chance[0]}


def _regions(run: Run) -> pd.DataFrame:
    """Chances of regions, that the engines burn, and the predicted range (km) at each instant; nan without a track."""
    import pandas as pd

    cycles = np.searchsorted(run.prepared.cycle_s, INSTANTS_S)
    found = predicted_impacts(run, NATION, cycles)
    figures = {f"chance_{region.lower()}": _chance(run, found, region=region) for region in ("Hokkaido", "Aomori")}
    figures |= {"burning": run.fused.boosting[found.node, found.cycle], "range_km": found.range_km}
    return pd.DataFrame(figures, index=found.cycle).reindex(cycles).assign(policy=run.policy.name, t_s=INSTANTS_S)


def _places(scenario: Scenario, **wanted: str) -> tuple[Place, ...]:
    """The places whose fields have the values wanted."""
    return tuple(p for p in scenario.places if all(getattr(p, name) == value for name, value in wanted.items()))


def _chance(run: Run, found: PredictedImpacts, **places: str) -> np.ndarray:
    """The greatest probability that a predicted flight concerns one of some places, shape (M,)."""
    stopped = np.zeros(found.cycle.size)
    chances, _ = concern(found.predictions, stopped, _places(run.scenario, **places), run.scenario.rule)
    return chances.max(axis=1, initial=0.0)


def _mixed_up(run: Run) -> dict[str, Any]:
    """What Tokyo makes of the bodies of one launch in a run."""
    node = [centre.nation for centre in run.scenario.nodes].index(NATION)
    rates, notices = run.rates, run.notices
    mine = notices[(notices["nation"] == NATION) & notices["outcome"].isin(["false", "cancelled"])]
    wrong, cancelled = (mine[mine["kind"] == kind] for kind in ("place", "cancel"))
    followed = run.objects[run.fused.of(node)[wrong["track"].unique()]] if len(wrong) else []
    return {
        "policy": run.policy.name,
        "tracks": rates["tracks"].iloc[node] / len(run.prepared.targets),
        "changed": rates["changed_tracks"].iloc[node],
        "own": rates["own_tracks"].to_numpy(),
        "false": len(wrong) > 0,
        "false_s": wrong["met_s"].min(),
        "back_s": cancelled["met_s"].max() - wrong["met_s"].min(),
        "bodies": {run.object_names[true] for true in followed},
    }


def _over_runs(rows: pd.DataFrame, scenario: Scenario) -> dict[str, Any]:
    """One row of the table of `stage_tracked` from the runs under one policy."""
    names = set().union(*rows["bodies"])
    bodies = sorted(name.removeprefix(scenario.name).strip() or "the missile" for name in names)
    own = np.mean(rows["own"].tolist(), axis=0)
    return {
        **rows[["tracks", "changed", "false"]].mean(),
        **rows.loc[rows["false"], ["false_s", "back_s"]].median(skipna=False),
        "of": " and ".join(bodies),
        "by": scenario.nodes[int(own.argmax())].node_id,
        "own": own.max(),
    }


def _joined(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _listed(values: pd.Series, form: str) -> str:
    return ", ".join(f"{name} {form.format(value)}" for name, value in values.items())


def _known_to(found: pd.DataFrame, seen_s: float) -> str:
    """One sentence on what a short track is worth under each policy."""
    sigma_km = found.xs(seen_s, level="seen_s")["sigma_km"]
    known = [f"{policy} {'no track' if np.isnan(km) else f'{km:.0f} km'}" for policy, km in sigma_km.items()]
    return f"After {seen_s:.0f} s in sight the impact is known in Tokyo to (one sigma): {', '.join(known)}."
