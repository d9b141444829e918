"""How three alerts went wrong, with the package's own pieces, and what sharing would and would not have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.rng import check_seed
from trackfuse.earth import distance_km
from trackfuse.flight import Flight, refly
from trackfuse.history.launches import scenario_of, shipped_event
from trackfuse.scoring.accuracy import ground_distance_km
from trackfuse.simulation.predicted import predict_at
from trackfuse.simulation.prepare import Prepared, draw_noise, prepare
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import run_once, simulate
from trackfuse.warning import concern

if TYPE_CHECKING:
    import pandas as pd

POLICIES = ("national", "bilateral", "trilateral", "ideal")
NATION = "JPN"
IN_SIGHT_S = (2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""For how long the object is in sight, s: none of these is published."""
INSTANTS_S = (84.0, 88.0, 92.0, 96.0, 100.0, 110.0, 120.0, 140.0, 160.0, 180.0)
HOKKAIDO_COAST = 42.17, 139.52
"""Okushiri, the island nearest to the flight (data/places.csv), degrees."""
SETTLE_S = 20.0
"""After the last plot, so that every report of it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """How one alert went wrong.

    Parameters
    ----------
    alert_id, event_id, title : str
    table : DataFrame
    says : str
        What it comes to, and what sharing would and would not have changed.
    """

    alert_id: str
    event_id: str
    title: str
    table: pd.DataFrame
    says: str


def mechanisms(*, runs: int = 8, seed: int = 0) -> tuple[Mechanism, ...]:
    """The three alerts that named what did not happen or the wrong place, as mechanisms.

    Parameters
    ----------
    runs : int
        Runs a case and policy.
    seed : int

    Returns
    -------
    tuple of Mechanism
        2022-11-03 (engines stopped and the track lost), 2023-04-13 (a spent stage tracked), 2022-10-04 (wrong region).
    """
    check_seed(seed)
    return (track_lost(runs=runs, seed=seed), stage_tracked(runs=runs, seed=seed), wrong_region(runs=runs, seed=seed))


def track_lost(*, runs: int = 8, seed: int = 0) -> Mechanism:
    """2022-11-03: engines stopped early, the track was lost, and what was left was carried on past Japan.

    Parameters
    ----------
    runs, seed : int

    Returns
    -------
    Mechanism
        Its table has one row a policy and time in sight after burn-out (seen_s): share of runs with a track, and
        medians of the error of the predicted impact (km), its standard deviation along its longer axis (km), and the
        greatest chance of concerning a Japanese place.
    """
    import pandas as pd

    behind = shipped_event("L20221103a")
    assert behind.launch is not None
    scenario = scenario_of(behind.launch, behind.on)
    ready = prepare(scenario)
    flight = ready.flight
    whole = refly(behind.launch, kick_deg=flight.kick_deg, pitch_azimuth_deg=flight.pitch_azimuth_deg)
    rows = [row for seen_s in IN_SIGHT_S
            for row in _short(scenario, ready, flight.burnout_s, seen_s, runs, seed)]  # fmt: skip
    table = pd.DataFrame(rows)
    near = _nearest(scenario, whole)
    brief, longer = (_cell(table, "bilateral", seen, "chance") for seen in (2.0, 15.0))
    says = (
        f"The same ascent with the class's whole burn comes down near {near} ({whole.impact_lat_deg:.1f} N, "
        f"{whole.impact_lon_deg:.1f} E): whoever takes it that the engines burn on, while they stopped at "
        f"{flight.burnout_s:.0f} s, warns the coast that was warned. Free flight in sight tells the two apart: "
        f"under the arrangement of the day the greatest chance of a Japanese place is {brief:.2f} after 2 s and "
        f"{longer:.2f} after 15 s. {_sharing(table, 2.0)} {_sharing(table, 15.0)} Real-time exchange with South "
        f"Korea would not have changed it: what tells the two apart is a few more seconds in anybody's sight, and "
        f"a missile that broke up gives nobody these. The minute announced for the overflight (07:48) is not "
        f"explained: no flight of this ascent is over Japan nine minutes after launch."
    )
    return Mechanism(alert_id="A20", event_id=behind.event_id, table=table, says=says,
                     title="Engines stopped, track lost, and carried on past Japan (2022-11-03)")  # fmt: skip


def stage_tracked(*, runs: int = 8, seed: int = 0) -> Mechanism:
    """2023-04-13: a spent stage was tracked and taken for the missile.

    Parameters
    ----------
    runs, seed : int
        Four policies and four objects: a run takes five seconds or so.

    Returns
    -------
    Mechanism
        Missile and spent stages fly as objects of their own, seen and told apart as sensors and centres can. Its table
        has one row a policy, of what Tokyo holds and tells: entries of its picture for each object (tracks), how many
        of them change from one object to another (changed), the share of runs in which places are warned for nothing
        (false), and medians of when (false_s), for how long (back_s, until it is taken back), the bodies that the
        tracks behind it followed (of), and the centre with the most tracks of its own and their number (by, own).
    """
    import pandas as pd

    behind = shipped_event("L20230413")
    assert behind.launch is not None
    scenario = replace(scenario_of(behind.launch, behind.on), debris=True)
    flown = [target.flight for target in prepare(scenario).targets]
    missile, stage = flown[0], flown[2]
    rows = [_mixed(scenario, policy, runs, seed) for policy in POLICIES]
    table = pd.DataFrame(rows)
    short, to_coast = (
        distance_km(stage.impact_lat_deg, stage.impact_lon_deg, *end)
        for end in ((missile.impact_lat_deg, missile.impact_lon_deg), HOKKAIDO_COAST)
    )
    shares = dict(zip(table["policy"], table["false"], strict=True))
    least = " and ".join(name for name, share in shares.items() if share == min(shares.values()))
    most = max(shares, key=shares.__getitem__)
    found = table.set_index("policy").loc[most]
    cause = (
        f"Worst is {most}: from {found['false_s']:.0f} s, for {found['back_s']:.0f} s, on account of {found['of']}: "
        f"missile and last stage fly side by side. {found['by']} alone makes {found['own']:.0f} tracks of {len(flown)} "
        f"bodies and tells of them; one that holds plots of two bodies leads where neither flies. "
        if shares[most] > 0.0 else ""
    )  # fmt: skip
    says = (
        f"The second stage falls into the Sea of Japan {short:.0f} km short of the missile and "
        f"{(missile.impact_s - stage.impact_s) / 60.0:.0f} min before it, {to_coast:.0f} km from the islands off "
        f"Hokkaido. Runs in which places in Japan are warned for nothing: "
        f"{_listed(shares, '{:.0%}')}. {cause}Entries of Tokyo's picture for each body: "
        f"{_listed(dict(zip(table['policy'], table['tracks'], strict=True)), '{:.1f}')}. Items of a track do not say "
        f"of which body it is, whether they come at once or through others; least goes wrong under {least}. The minute "
        f"announced for the impact (08:00) is that of the missile's own flight ({missile.impact_s / 60.0:.0f} min), "
        f"not of the stage's ({stage.impact_s / 60.0:.0f} min): the two may have been mixed. That the object was in "
        f"sight for a moment only is not modelled: sensors here see all of its flight that they can."
    )
    return Mechanism(alert_id="A24", event_id=behind.event_id, table=table, says=says,
                     title="A spent stage taken for the missile (2023-04-13)")  # fmt: skip


def wrong_region(*, runs: int = 8, seed: int = 0) -> Mechanism:
    """2022-10-04: the first message named Hokkaido, and not Aomori, over which the missile flew.

    Parameters
    ----------
    runs, seed : int

    Returns
    -------
    Mechanism
        Its table has one row a policy and instant (t_s): medians of the chances of concerning a place in Hokkaido and
        in Aomori if the engines stopped then, of the chance that they burn, and of the predicted range (km).
    """
    import pandas as pd

    behind = shipped_event("L20221004")
    assert behind.launch is not None
    # The published splash and the passage over Aomori give the bearing; that of the row is an estimate from maps.
    scenario = scenario_of(replace(behind.launch, azimuth_deg=86.2), behind.on)
    ready = prepare(scenario)
    rows = []
    for policy in POLICIES:
        found = [_regions(done, ("Hokkaido", "Aomori")) for done in _runs(scenario, ready, policy, runs, seed)]
        for t_s in INSTANTS_S:
            at = np.array([values[int(np.searchsorted(ready.cycle_s, t_s))] for values in found])
            with np.errstate(all="ignore"):
                middle = [float(np.nanmedian(column)) if np.isfinite(column).any() else np.nan for column in at.T]
            names = ("chance_hokkaido", "chance_aomori", "burning", "range_km")
            rows.append({"policy": policy, "t_s": t_s} | dict(zip(names, middle, strict=True)))
    table = pd.DataFrame(rows)
    known = ", ".join(f"{policy} {_first(table, policy):.0f} s" for policy in POLICIES)
    most = float(table["chance_hokkaido"].max())
    says = (
        f"If the engines stopped at once, Aomori would be likelier than the rule's "
        f"{scenario.rule.probability:g} from: {known}. Hokkaido's chance never gets there: it is "
        f"{most:.2f} at most. The direction of flight is known to a few kilometres as soon as there is a track, so "
        f"that in this model neither noise nor any arrangement makes the first message name Hokkaido alone; a "
        f"region chosen before the track, or from a rough direction, does. The model's own rule waits for the "
        f"engines to stop ({ready.flight.burnout_s:.0f} s); deciding while they burn is worth up to a minute and "
        f"brings such errors. The islands of Tokyo were named by a fault of the system. Sharing mends none of this."
    )
    return Mechanism(alert_id="A17", event_id=behind.event_id, table=table, says=says,
                     title="The wrong region first (2022-10-04)")  # fmt: skip


# ---- parts -----------------------------------------------------------------------------------------------------------


def _mixed(scenario: Scenario, policy: str, runs: int, seed: int) -> dict[str, object]:
    """What Tokyo makes of the bodies of one launch under a policy."""
    told, names, tracks, changed, own = [], [], [], [], []
    for run in range(runs):
        done = simulate(scenario, policy=policy, seed=seed, run=run)
        node = [centre.nation for centre in scenario.nodes].index(NATION)
        rates, notices = done.rates, done.notices
        tracks.append(rates["tracks"].iloc[node] / len(done.prepared.targets))
        changed.append(rates["changed_tracks"].iloc[node])
        own.append(rates["own_tracks"])
        mine = notices[(notices["nation"] == NATION) & notices["outcome"].isin(["false", "cancelled"])]
        wrong, back = (mine.loc[mine["kind"] == kind] for kind in ("place", "cancel"))
        if len(wrong):
            told.append((wrong["met_s"].min(), back["met_s"].max() - wrong["met_s"].min()))
            rows = done.fused.of(node)[list(set(wrong["track"]))]
            names += [done.object_names[done.objects[row]] for row in rows]
    middle = np.median(told, axis=0) if told else np.full(2, np.nan)
    made = np.mean(own, axis=0)
    bodies = sorted({name.removeprefix(scenario.launch.launch_id).strip() or "the missile" for name in names})
    return {"policy": policy, "tracks": float(np.mean(tracks)), "changed": float(np.mean(changed)),
            "false": len(told) / runs, "false_s": float(middle[0]), "back_s": float(middle[1]),
            "of": " and ".join(bodies), "by": scenario.nodes[int(made.argmax())].node_id,
            "own": float(made.max())}  # fmt: skip


def _listed(values: dict[str, float], form: str) -> str:
    return ", ".join(f"{name} {form.format(value)}" for name, value in values.items())


def _runs(scenario: Scenario, ready: Prepared, policy: str, runs: int, seed: int,
          until_s: float = np.inf) -> list[Run]:  # fmt: skip
    """Runs in which nothing is detected any more after an instant."""
    done, dark = [], ready.looks.t_s > until_s
    for run in range(runs):
        noise = draw_noise(scenario, ready, seed=seed, run=run)
        blind = replace(noise.draws[0], uniform=np.where(dark, 1.0, noise.draws[0].uniform))
        noise = replace(noise, draws=(blind, *noise.draws[1:]))
        done.append(run_once(scenario, scenario.policy(policy), ready, noise, seed=seed, run=run))
    return done


def _short(scenario: Scenario, ready: Prepared, from_s: float, seen_s: float, runs: int,
           seed: int) -> list[dict[str, object]]:  # fmt: skip
    """What Japan's centre makes of an object that is in sight for so long."""
    rows = []
    at = min(int(np.searchsorted(ready.cycle_s, from_s + seen_s + SETTLE_S)), len(ready.cycle_s) - 1)
    for policy in POLICIES:
        found = [_end(done, at) for done in _runs(scenario, ready, policy, runs, seed, from_s + seen_s)]
        held = np.array([values for values in found if values is not None])
        middle = np.median(held, axis=0) if len(held) else np.full(3, np.nan)
        rows.append({"policy": policy, "seen_s": seen_s, "tracked": len(held) / runs, "error_km": middle[0],
                     "sigma_km": middle[1], "chance": middle[2]})  # fmt: skip
    return rows


def _japan(done: Run) -> int:
    return [node.nation for node in done.scenario.nodes].index(NATION)


def _end(done: Run, at: int) -> tuple[float, float, float] | None:
    """Error and sigma (km) of the predicted impact, and the greatest chance of a place, taking the engines as off."""
    node = _japan(done)
    if done.fused.status[node, at] != 1:
        return None
    made = predict_at(done.fused, np.array([[node, at]]), done.prepared.cycle_s, done.scenario.tracker)
    places = tuple(place for place in done.scenario.places if place.nation == NATION)
    chance, _ = concern(made, np.zeros(1), places, done.scenario.rule)
    spread = np.linalg.eigvalsh(made.covariance[0, :2, :2])[-1] if made.status[0] == 0 else np.nan
    return float(done.impact_error_km(made)[0]), float(np.sqrt(spread)) / 1e3, float(chance.max(initial=0.0))


def _regions(done: Run, regions: Sequence[str]) -> np.ndarray:
    """Chances of regions, that the engines burn, predicted range (km), ndarray of shape (J, 4); nan untracked."""
    node, cycles = _japan(done), len(done.prepared.cycle_s)
    table = np.full((cycles, len(regions) + 2), np.nan)
    held = np.flatnonzero(done.fused.status[node] == 1)
    made = predict_at(done.fused, np.stack([np.full(held.size, node), held], axis=1), done.prepared.cycle_s,
                      done.scenario.tracker)  # fmt: skip
    for k, region in enumerate(regions):
        places = tuple(place for place in done.scenario.places if place.region == region)
        table[held, k] = concern(made, np.zeros(held.size), places, done.scenario.rule)[0].max(axis=1)
    launch = done.scenario.launch
    table[held, -2] = done.fused.boosting[node, held]
    table[held, -1] = ground_distance_km(np.degrees(made.lat_rad), np.degrees(made.lon_rad), launch.lat_deg,
                                         launch.lon_deg)  # fmt: skip
    return table


def _nearest(scenario: Scenario, flight: Flight) -> str:
    places = [place for place in scenario.places if place.nation == NATION]
    away = [distance_km(place.lat_deg, place.lon_deg, flight.impact_lat_deg, flight.impact_lon_deg) for place in places]
    return places[int(np.argmin(away))].name


def _cell(table: pd.DataFrame, policy: str, seen_s: float, column: str) -> float:
    return float(table.loc[(table["policy"] == policy) & (table["seen_s"] == seen_s), column].iloc[0])


def _sharing(table: pd.DataFrame, seen_s: float) -> str:
    """One sentence on what a short track is worth under each policy."""
    parts = []
    for policy in POLICIES:
        tracked, sigma = (_cell(table, policy, seen_s, name) for name in ("tracked", "sigma_km"))
        parts.append(f"{policy} {'no track' if tracked == 0.0 else f'{sigma:.0f} km'}")
    return f"After {seen_s:.0f} s in sight the impact is known in Tokyo to (one sigma): {', '.join(parts)}."


def _first(table: pd.DataFrame, policy: str) -> float:
    rows = table[(table["policy"] == policy) & (table["chance_aomori"] >= 0.1)]
    return float(rows["t_s"].min()) if len(rows) else float("nan")
