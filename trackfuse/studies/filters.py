"""Filters side by side on the same detections of one launch in free fall, and how far each stays above the bound."""

import copy
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError
from trackfuse.core.plugins import check_methods, identity, name_of, named
from trackfuse.core.rng import generator
from trackfuse.core.version import __version__
from trackfuse.flight import Flight, state_at
from trackfuse.kernels.batch import predicted
from trackfuse.kernels.motion import AIR_RADIUS2
from trackfuse.scoring.bound import bound, information, measurement_jacobian, transitions
from trackfuse.scoring.consistency import band, nees
from trackfuse.sensing import Detections
from trackfuse.simulation.prepare import prepare
from trackfuse.simulation.provenance import caption
from trackfuse.simulation.simulate import simulate
from trackfuse.studies.runs import checked_scenario, each_run
from trackfuse.tracking import (
    Estimate,
    TrackerSettings,
    TrackFilter,
    batch,
    fall_on,
    filter_detections,
    own_filter,
    track,
)
from trackfuse.tracking.own_filter import METHODS
from trackfuse.tracking.packing import packed

FILTERS = ("ekf", "ukf", "imm", "batch")
START_SIGMA = np.array([5e3] * 3 + [300.0] * 3)
"""What the filters of free fall know at burn-out, an axis: m and m/s."""
FIRST_S, INSTANTS = 10.0, 30
"""The first instant judged, seconds after burn-out, and how many there are: closer together at first."""

LEAST = 4
"""Radar detections from which the batch estimator tries."""
Estimates = tuple[np.ndarray, np.ndarray]
"""Means (J, 6) and covariances (J, 6, 6) at J instants; nan where there is none."""


@displayed(
    lambda value: f"{value.scenario.name}: {', '.join(value.summary.index)}; {value.runs} runs, seed {value.seed}",
    lambda value: value.summary,
)
@dataclass(frozen=True, slots=True, kw_only=True)
class FilterStudy:
    """Filters on the same detections, beside the bound.

    Parameters
    ----------
    scenario : Scenario
    runs, seed : int
    burnout_s, apogee_s : float
        When free fall begins, and its middle, seconds after lift-off.
    table : DataFrame
        One row a filter and instant: root mean square errors of position and velocity over the runs (m, m/s), the same
        of the bound, mean NEES (6 is right), the 95 % band of that mean, and in how many runs there was an estimate.
    parts : tuple of str
        Identities of the filters of the user's own.
    version, data_hash : str
        Of the package and of its data.
    """

    scenario: Scenario
    runs: int
    seed: int
    burnout_s: float
    apogee_s: float
    table: pd.DataFrame
    parts: tuple[str, ...] = ()
    version: str = __version__
    data_hash: str = field(default_factory=data_hash)

    @property
    def summary(self) -> pd.DataFrame:
        """One row a filter: errors over the bound, root mean square over the instants, mean NEES, and the share of the
        instants at which it lies within, below and above its band.
        """
        found = self.table.assign(
            position=(self.table["position_rms_m"] / self.table["position_bound_m"]) ** 2,
            velocity=(self.table["velocity_rms_mps"] / self.table["velocity_bound_mps"]) ** 2,
            below=self.table["nees"] < self.table["low"],
            above=self.table["nees"] > self.table["high"],
        ).groupby("filter", sort=False)[["position", "velocity", "nees", "below", "above"]].mean()
        found[["position", "velocity"]] **= 0.5
        found.insert(3, "within", 1.0 - found["below"] - found["above"])
        return found.rename(columns={"position": "position_to_bound", "velocity": "velocity_to_bound"})

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        drawn = "; ".join([f"{self.runs} runs, seed {self.seed}", *self.parts])
        return caption(self.scenario, drawn, self.version, self.data_hash)


def filter_study(
    scenario: Scenario | str, *, filters: tuple[str | TrackFilter, ...] = FILTERS, runs: int = 20, seed: int = 0
) -> FilterStudy:
    """Follow one launch in free fall by several filters, run after run, all on the same detections.

    The detections are all that any sensor has (policy "ideal"), each at the instant of its measurement. "ekf" and "ukf"
    know free fall only: they are given the instant at which the engine stops and start there, 5 km and 300 m/s an axis
    off; "batch" fits all detections since then at once, without a start. "imm" is the tracker itself: it starts from
    the first detections and finds the burn-out by itself, so that it knows more of the past and less of the engine.
    Sensors have no biases here (`Scenario.biases` "white"): no filter of these would know of them.

    Parameters
    ----------
    scenario : Scenario or str
    filters : tuple of str or TrackFilter
        Of "ekf", "ukf", "imm" and "batch", names of registered filters, and filters of your own: these start where
        "ekf" does, and are named in the table as in captions.
    runs, seed : int

    Returns
    -------
    FilterStudy

    Raises
    ------
    ScenarioError
        If the scenario is not known or has no policy "ideal".
    SettingsError
        If a filter is not known, two have one name, or there is no run to make.
    PluginError
        If a filter of your own fails.

    Notes
    -----
    The bound is that of the detections since burn-out and of the start, no process noise, along the true path:
    Tichavsky, Muravchik & Nehorai (1998). A filter that has used the detections before may lie below it.

    Examples
    --------
    >>> study = tf.filter_study("hwasong12_2022_10_04", filters=("ekf",), runs=2)
    >>> list(study.summary.index)
    ['ekf']
    """
    chosen = replace(checked_scenario(scenario, runs=runs, seed=seed), biases="white")
    by_name = {name_of("filter", each): _known(each) for each in filters}
    if len(by_name) < len(filters):
        names = [name_of("filter", each) for each in filters]
        twice = next(name for name in names if names.count(name) > 1)
        raise SettingsError(f"filters: two are called {twice!r}; register each of your own by another name")
    flight = prepare(chosen).flight
    instants = _instants(flight)
    results = each_run(lambda run: _run(chosen, by_name, instants, seed, run), runs, f"filters {chosen.name}")
    limits = np.array([limit for limit, _ in results])
    truth = state_at(flight, instants)
    tables = []
    for name in by_name:
        means, covariances = (np.array([estimates[name][k] for _, estimates in results]) for k in range(2))
        tables.append(_figures(name, instants, means - truth, covariances, limits))
    table = pd.concat(tables, ignore_index=True)
    return FilterStudy(
        scenario=chosen, runs=runs, seed=seed, burnout_s=flight.burnout_s, apogee_s=flight.apogee_s, table=table,
        parts=tuple(identity("filter", each) for each in by_name.values() if not isinstance(each, str)),
    )  # fmt: skip


def _known(chosen: str | TrackFilter) -> str | TrackFilter:
    """A filter of the study by its name, or one of the user's own, checked."""
    found = named("filter", chosen, FILTERS, "filters") if isinstance(chosen, str) else chosen
    if not isinstance(found, str):
        check_methods("filter", found, METHODS, "filters")
    return found


def _instants(flight: Flight) -> np.ndarray:
    """Instants of free fall, above the air where the flight leaves it; closer together at first, s."""
    falls = flight.phase == 1
    above = falls & (np.sum(flight.position_m**2, axis=1) > AIR_RADIUS2)
    last = flight.t_s[np.flatnonzero(above if above.any() else falls)[-1]]
    first_s = flight.burnout_s + FIRST_S
    return first_s + (last - first_s) * np.linspace(0.0, 1.0, INSTANTS) ** 2


def _run(
    scenario: Scenario, filters: Mapping[str, str | TrackFilter], instants: np.ndarray, seed: int, run: int
) -> tuple[np.ndarray, dict[str, Estimates]]:
    """Bound of one run, and the estimates of each filter, at the instants."""
    main = simulate(scenario, "ideal", seed=seed, run=run).main
    detections, settings, burnout_s = main.measurements, main.scenario.tracker, main.flight.burnout_s
    fall = detections.select(detections.t_s > burnout_s)
    normal = generator(seed, run, scenario.launch.launch_id, "filter start").standard_normal(6)
    state = state_at(main.flight, np.array([burnout_s]))[0]
    start = Estimate(mean=state + normal * START_SIGMA, covariance=np.diag(START_SIGMA**2), t_s=burnout_s)
    estimates: dict[str, Callable[[], Estimates]] = {
        "ekf": lambda: _filtered("ekf", start, fall, instants, settings),
        "ukf": lambda: _filtered("ukf", start, fall, instants, settings),
        "imm": lambda: _tracked(detections, instants, settings),
        "batch": lambda: _fitted(fall, instants, settings),
    }
    made = {
        name: estimates[each]() if isinstance(each, str) else _by_own(each, start, fall, instants)
        for name, each in filters.items()
    }
    return _bound(main.flight, fall, burnout_s, instants), made


def _filtered(
    kind: Literal["ekf", "ukf"], start: Estimate, fall: Detections, instants: np.ndarray, settings: TrackerSettings
) -> Estimates:
    """A filter of free fall, predicted from its last detection to each instant."""
    found = filter_detections(kind, fall, start, settings)
    updated = [start] + [
        Estimate(mean=mean, covariance=covariance, t_s=float(t_s))
        for t_s, mean, covariance in zip(fall.t_s, found.mean, found.covariance, strict=True)
    ]
    last = np.searchsorted([each.t_s for each in updated], instants, side="right") - 1
    predicted = [fall_on(updated[k], float(t_s), settings) for t_s, k in zip(instants, last, strict=True)]
    return np.array([each.mean for each in predicted]), np.array([each.covariance for each in predicted])


def _by_own(own: TrackFilter, start: Estimate, fall: Detections, instants: np.ndarray) -> Estimates:
    """A filter of the user's own, predicted by itself from its last detection to each instant."""
    held, plots = own_filter.start(own, start.mean, start.covariance, start.t_s), packed(fall)
    claims, used = [], 0
    for t_s in instants:
        for plot in plots[used : np.searchsorted(fall.t_s, t_s, side="right")]:
            own_filter.predict(own, held, float(plot["t_s"]))
            own_filter.update(own, held, plot)
            used += 1
        ahead = copy.deepcopy(held)
        own_filter.predict(own, ahead, float(t_s))
        claims.append(ahead.claims)
    return np.array([each.mean for each in claims]), np.array([each.covariance for each in claims])


def _tracked(detections: Detections, instants: np.ndarray, settings: TrackerSettings) -> Estimates:
    """The tracker at a centre that has every detection at once."""
    found = track(detections, detections.t_s[:, None], instants, settings, confirmed_s=np.zeros((1, 1))).tracks
    return found.mean[0], found.covariance[0]


def _fitted(fall: Detections, instants: np.ndarray, settings: TrackerSettings) -> Estimates:
    """The batch estimator, each instant from all detections until then; nan where it does not converge."""
    mean, covariance = np.full((len(instants), 6), np.nan), np.full((len(instants), 6, 6), np.nan)
    first, guess = float(fall.t_s[0]) if len(fall) else np.inf, None
    phi = np.empty((6, 6))
    for j, at in enumerate(instants):
        rows = fall.t_s <= at
        if (rows & ~fall.angles_only).sum() < LEAST:
            continue
        found = batch(fall.select(rows), at, guess=guess, beta_kgpm2=settings.beta_kgpm2)
        if found.converged:
            mean[j], covariance[j] = found.mean, found.covariance
            guess = predicted(found.mean, float(at), first, 1.0 / settings.beta_kgpm2, phi)
    return mean, covariance


def _bound(flight: Flight, fall: Detections, burnout_s: float, instants: np.ndarray) -> np.ndarray:
    """Least covariance at the instants, from the start and the detections since."""
    times = np.concatenate([fall.t_s, instants])
    order = np.argsort(times, kind="stable")
    knots = np.concatenate([[burnout_s], flight.t_s[flight.t_s > burnout_s]])
    path = state_at(flight, knots)
    transition = np.empty((len(times), 6, 6))
    transition[order] = transitions(knots, path[:, :3], path[:, 3:], times[order])
    state = state_at(flight, fall.t_s)
    relative = state[:, 3:] - fall.site_velocity_mps
    gradient = measurement_jacobian(fall.site_m, fall.enu_from_ecef, state[:, :3], relative)
    pieces = information(transition[: len(fall)], gradient, fall.sigma)
    pieces = np.concatenate([np.diag(START_SIGMA**-2.0)[None], pieces])
    received = np.concatenate([[burnout_s], fall.t_s])[:, None]
    return bound(pieces, received, instants, transition[len(fall) :])[0]


def _figures(
    name: str, instants: np.ndarray, error: np.ndarray, covariance: np.ndarray, limit: np.ndarray
) -> pd.DataFrame:
    """Rows of one filter: errors of shape (R, J, 6), claimed covariances and bounds of shape (R, J, 6, 6)."""
    exists = np.asarray(np.isfinite(error).all(axis=2, keepdims=True))
    count = exists[..., 0].sum(axis=0)
    error = np.where(exists, error, np.nan)
    variances = np.where(exists, np.einsum("rjii->rji", limit), np.nan)
    limits = np.array([band(6, max(int(k), 1)) for k in count])
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        columns = {
            f"{what}_{kind}_{unit}": np.sqrt(np.nanmean(values[..., part].sum(axis=2), axis=0))
            for what, unit, part in (("position", "m", slice(3)), ("velocity", "mps", slice(3, 6)))
            for kind, values in (("rms", error**2), ("bound", variances))
        }
        columns["nees"] = np.nanmean(nees(error, covariance), axis=0)
    band_columns = {"low": limits[:, 0], "high": limits[:, 1]}
    return pd.DataFrame({"filter": name, "t_s": instants, **columns, **band_columns, "runs": count})
