"""The face of sweeps: lay out, fly what is missing, and give back what is in the folder."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.sharing import Policy
from trackfuse.simulation.progress import progress
from trackfuse.simulation.provenance import own_parts
from trackfuse.studies.runs import DRAWN, check_count, checked_scenario, distinct_policies
from trackfuse.studies.sweeps import engine, rows, store
from trackfuse.studies.sweeps.design import Design, make_design
from trackfuse.studies.sweeps.fields import Setting, apply
from trackfuse.studies.sweeps.study import Study, load_sweep

FORMAT = 3
BLOCKS = 1000
"""At most about so many blocks, of at least ..."""
FLIGHTS = 50
"""... so many flights (runs times policies), a second's work."""


def sweep(
    base: Scenario | str,
    over: Mapping[str, Any] | str,
    policies: Sequence[Policy | str] | None = None,
    *,
    runs: int = 100,
    seed: int = 0,
    out: str | Path,
    design: str | None = None,
    points: int | None = None,
    threads: int | None = None,
    client: Any = None,
    block: int | None = None,
) -> Study:
    """Fly a scenario under several policies at many points of a design, every point with the same noise.

    Call it again with the same arguments to go on with what was interrupted.

    Parameters
    ----------
    base : Scenario or str
        A scenario, or the name of a shipped one. Without a posture of its own, sensors on station are drawn run by run.
    over : mapping, or "assumed"
        Dotted name of a field -> what it goes through: a list, array or range of values; {"low", "high", "n"} for n
        even steps; {"distribution": ...} with "uniform" or "loguniform" (low, high), "normal" (mean, sd), "lognormal"
        (median, spread) or "triangular" (low, mode, high), and "n" for as many quantiles in a grid; "assumed" for the
        low, nominal and high of the data. Names are described in `trackfuse.studies.sweeps.fields`: "policy.latency_s",
        "policies.trilateral.loss", "sensors.fps5.range_km", "sensors.*.report_delay_s", "launch.azimuth_deg",
        "launch.target", "rule.decision_s", "assumptions". "assumed" alone is everything that is assumed.
    policies : sequence of Policy or str, optional
        Default: all of the scenario's.
    runs : int
        Runs at each point, 1 or more.
    seed : int
    out : str or Path
        Folder for the results.
    design : str, optional
        "grid" (all combinations; default), "one_at_a_time" (each field alone, the others left; default for "assumed"),
        "random", "lhs" (default where `points` is given), "sobol" or "saltelli" (for Sobol indices).
    points : int, optional
        Points of a sampling design; a power of two for the last two. "saltelli" flies fields + 2 times as many.
    threads : int, optional
        Default: all cores.
    client : distributed.Client, LocalCluster or str, optional
        Of a dask cluster, the cluster, or its scheduler's address, to use instead of threads.
    block : int, optional
        Runs that are flown and written together; the results do not depend on it.

    Returns
    -------
    Study
        What `load_sweep` gives. Neither threads, workers, blocks nor interruptions change a bit of it.

    Raises
    ------
    ScenarioError, SettingsError
        For an unknown field (the nearest is offered), an empty design, a folder that holds something else or another
        sweep, a scheduler that does not answer within ten seconds.
    OSError
        If the folder cannot be written; what is finished is kept.
    """
    scenario = checked_scenario(base, runs=runs, seed=seed, default=DRAWN)
    runs, seed = int(runs), int(seed)
    for name, value in (("threads", threads), ("block", block)):
        if value is not None:
            check_count(name, value)
    setting = Setting(scenario=scenario, policies=distinct_policies(scenario, policies))
    chosen_design = make_design(setting, over, kind=design, points=points, seed=seed)
    check_names(setting, chosen_design)
    folder = Path(out)
    with engine.connected(client) as cluster, store.locked(folder):
        plan = engine.Plan(
            base=setting,
            names=chosen_design.names,
            layout=rows.schema(chosen_design),
            points=chosen_design.points,
            first_point=0,
            runs=runs,
            seed=seed,
        )
        store.open_folder(folder, _manifest(plan, chosen_design), rows.points_file(chosen_design, {}), rows.points_hash)
        _fill(folder, plan, chosen_design, threads or os.cpu_count() or 1, cluster, block)
        study = load_sweep(folder)
        if study.not_flown:  # for readers of the file itself
            store.write_whole(folder, store.POINTS, rows.points_file(chosen_design, study.not_flown))
        store.clear_partial(folder)
    return study


def check_names(setting: Setting, design: Design) -> None:
    """Refuse names that are not known before anything is flown; a number out of range is a point that cannot be.

    Parameters
    ----------
    setting : Setting
    design : Design

    Raises
    ------
    TrackfuseError
        As `apply` raises it, for a field whose every value is refused.
    """
    for k, name in enumerate(design.names):
        values = list(dict.fromkeys(row[k] for row in design.points if row[k] is not None))
        for text in (value for value in values if isinstance(value, str)):
            apply(setting, {name: text})
        failed: list[Exception] = []
        for value in values:
            try:
                apply(setting, {name: value})
                break
            except (ScenarioError, SettingsError) as bad:
                failed.append(bad)
        if failed and len(failed) == len(values):
            raise failed[0]


def _manifest(plan: engine.Plan, design: Design) -> dict[str, Any]:
    scenario, policies = plan.base.scenario, plan.base.policies
    parts = _own_parts(plan.base, design)
    return {
        "format": FORMAT,
        "trackfuse": plan.version,
        "code": plan.code_hash,
        "data": plan.data_hash,
        "seed": plan.seed,
        "runs": plan.runs,
        "scenario": scenario.name,
        "title": scenario.title,
        "posture": scenario.posture,
        "assumptions": scenario.assumptions,
        "parts": parts,
        "policies": [policy.name for policy in policies],
        "design": {"kind": design.kind, "points": len(design.points), "over": design.described},
        "columns": {field.name: str(field.type) for field in plan.layout},
        "hashes": {
            "scenario": _hash([asdict(scenario), own_parts(scenario, ())]),
            "policies": _hash([[asdict(policy) for policy in policies], own_parts(scenario, policies)]),
            "design": _hash([design.kind, design.names, design.points, parts]),
            "points": rows.points_hash(rows.points_file(design, {})),
        },
    }


def _own_parts(base: Setting, design: Design) -> list[str]:
    """Identities of the parts of the user's own that any point asks for."""
    asked = {(name, row[k]): None for k, name in enumerate(design.names) for row in design.points}
    settings = [base, *(apply(base, {name: value}) for name, value in asked if isinstance(value, str))]
    return list(dict.fromkeys(part for each in settings for part in own_parts(each.scenario, each.policies)))


def _hash(value: Any) -> str:
    # What is no plain value is a part of the user's own: its identity stands beside it.
    return store.digest(json.dumps(value, sort_keys=True, default=lambda part: type(part).__qualname__).encode())


def _fill(folder: Path, plan: engine.Plan, design: Design, threads: int, cluster: Any, size: int | None) -> None:
    """Fly the tasks that no sound block holds yet."""
    tasks = len(design.points) * plan.runs
    kept, taken_out = store.keep_sound(folder, tasks)
    if taken_out:
        print(f"{folder}: {taken_out} torn or altered blocks are flown again", file=sys.stderr)
    flights = len(plan.base.policies)
    size = size or max(-(-FLIGHTS // flights), -(-tasks // BLOCKS))
    blocks = store.missing(kept, tasks, size)
    with progress(tasks, f"sweep ({design.kind.replace('_', ' ')})", unit="runs") as bar:
        bar.update(sum(block.last - block.first for block in kept))

        def count(runs: int) -> None:
            bar.update(runs)
            bar.set_postfix_str(f"{bar.n // plan.runs} of {len(design.points)} points", refresh=False)

        flown = (
            engine.on_threads(plan, blocks, threads, count)
            if cluster is None
            else engine.on_cluster(plan, blocks, cluster, count)
        )
        with closing(flown):
            for (first, last), (content, _) in flown:
                store.write_block(folder, first, last, content)
