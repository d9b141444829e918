"""The first missile of a run with several objects as a run of its own: for all that shows or measures one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from trackfuse.simulation.prepare import prepare
from trackfuse.simulation.run import Plots, Simulation
from trackfuse.simulation.several_run import in_order, majority
from trackfuse.tracking import Tracks, empty_tracks

if TYPE_CHECKING:
    from trackfuse.sharing import Exchange
    from trackfuse.simulation.several import Several


def main_of(run: Several) -> Simulation:
    """What a run with several objects was of the first launch's missile.

    Parameters
    ----------
    run : Several

    Returns
    -------
    Simulation
        Its title says what it is of. At every cycle a centre's track is that of its tracks which follows the missile,
        the least uncertain if there are several: picked by the truth, which no centre knows. Detections are the true
        ones that were resolved; notices are those that were told of this launch.
    """
    count = len(run.prepared.objects)
    alone = replace(
        run.scenario, salvo=(), debris=False, false_plots=False,
        title=f"{run.scenario.title}: the first missile, tracked among {count} objects",
    )  # fmt: skip
    prepared = prepare(alone)
    cycles = len(prepared.cycle_s)
    plots, exchange = _seen(run, cycles)
    behind = [majority(run.plots, node, count) for node in run.own]
    return Simulation(
        scenario=alone,
        policy=run.policy,
        seed=run.seed,
        run=run.run,
        version=run.version,
        data_hash=run.data_hash,
        prepared=prepared,
        plots=plots,
        exchange=exchange,
        local=_of_first([node.tracks for node in run.own], behind, cycles),
        fused=_of_first(list(run.fused), list(run.follows), cycles),
        notices_given=run.notices_given[0].notices,
    )


def _seen(run: Several, cycles: int) -> tuple[Plots, Exchange]:
    """The missile's detections, and who received what of it, by its own looks."""
    looks = [seen.looks for seen in run.prepared.objects if seen.launch == 0]
    order = in_order(looks)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    # What a launch and its debris show is passed on together; the missile comes first of its own.
    at = place[: len(looks[0].t_s)]
    whole = run.exchanges[0]
    rows = np.flatnonzero(whole.detected[at])
    row = {(t, s): k for t, s, k in zip(looks[0].t_s[rows], looks[0].sensor[rows], rows, strict=True)}
    mine = np.flatnonzero(run.plots.truth == 0)
    look = np.array([row[t, s] for t, s in zip(run.plots.t_s[mine], run.plots.sensor[mine], strict=True)], dtype=int)
    detected = np.zeros(len(at), dtype=bool)
    detected[look] = True
    by_look = np.argsort(look, kind="stable")
    exchange = replace(
        whole, detected=detected, cued=whole.cued[at], plot_received_s=whole.plot_received_s[at],
        track_received_s=whole.track_received_s[:, :, :cycles],
        warning_received_s=whole.warning_received_s[:, :, :cycles],
    )  # fmt: skip
    return Plots(look=look[by_look], z=run.plots.z[mine[by_look]], sigma=run.plots.sigma[mine[by_look]]), exchange


def _of_first(held: list[Tracks], follows: list[np.ndarray], cycles: int) -> Tracks:
    """Of every node's tracks, at each cycle the one that follows the first object, arrays (N, J, ...)."""
    out = empty_tracks(len(held), cycles)
    for i, (tracks, of) in enumerate(zip(held, follows, strict=True)):
        right = (tracks.status == 1) & (of == 0)
        spread = np.where(right, np.einsum("kjii->kj", tracks.covariance[:, :, :3, :3]), np.inf)[:, :cycles]
        for j in np.flatnonzero(right[:, :cycles].any(axis=0)):
            k = int(spread[:, j].argmin())
            for name in Tracks.__dataclass_fields__:
                getattr(out, name)[i, j] = getattr(tracks, name)[k, j]
    return out
