"""Filters side by side on the same detections of one launch in free fall, and how far each stays above the bound."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError, check_known
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
from trackfuse.tracking import Estimate, TrackerSettings, batch, fall_on, filter_detections, track

FILTERS = ("ekf", "ukf", "imm", "batch")
START_SIGMA = np.array([5e3] * 3 + [300.0] * 3)
"""What the filters of free fall know at burn-out, an axis: m and m/s."""
FIRST_S, INSTANTS = 10.0, 30
"""The first instant judged, seconds after burn-out, and how many there are: closer together at first."""

LEAST = 4
"""Radar detections from which the batch estimator tries."""
Estimates = tuple[np.ndarray, np.ndarray]
"""Means (J, 6) and covariances (J, 6, 6) at J instants; nan where there is none."""


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
    version, data_hash : str
        Of the package and of its data.
    """

    scenario: Scenario
    runs: int
    seed: int
    burnout_s: float
    apogee_s: float
    table: pd.DataFrame
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
        return caption(self.scenario, f"{self.runs} runs, seed {self.seed}", self.version, self.data_hash)


def filter_study(
    scenario: Scenario | str, *, filters: tuple[str, ...] = FILTERS, runs: int = 20, seed: int = 0
) -> FilterStudy:
    """Follow one launch in free fall by several filters, run after run, all on the same detections.

    The detections are all that any sensor has (policy "ideal"), each at the instant of its measurement. "ekf" and "ukf"
    know free fall only: they are given the instant at which the engine stops and start there, 5 km and 300 m/s an axis
    off; "batch" fits all detections since then at once, without a start. "imm" is the tracker itself: it starts from
    the first detections and finds the burn-out by itself, so that it knows more of the past and less of the engine.

    Parameters
    ----------
    scenario : Scenario or str
    filters : tuple of str
        Of "ekf", "ukf", "imm" and "batch".
    runs, seed : int

    Returns
    -------
    FilterStudy

    Raises
    ------
    ScenarioError
        If the scenario is not known or has no policy "ideal".
    SettingsError
        If a filter is not known, or there is no run to make.

    Notes
    -----
    The bound is that of the detections since burn-out and of the start, no process noise, along the true path:
    Tichavsky, Muravchik & Nehorai (1998). A filter that has used the detections before may lie below it.
    """
    chosen = checked_scenario(scenario, runs=runs, seed=seed)
    for name in filters:
        check_known(SettingsError, "filter", name, FILTERS, where="filters")
    flight = prepare(chosen).flight
    instants = _instants(flight)
    results = each_run(lambda run: _run(chosen, filters, instants, seed, run), runs, f"filters {chosen.name}")
    limits = np.array([limit for limit, _ in results])
    truth = state_at(flight, instants)
    tables = []
    for name in filters:
        means, covariances = (np.array([estimates[name][k] for _, estimates in results]) for k in range(2))
        tables.append(_figures(name, instants, means - truth, covariances, limits))
    table = pd.concat(tables, ignore_index=True)
    return FilterStudy(
        scenario=chosen, runs=runs, seed=seed, burnout_s=flight.burnout_s, apogee_s=flight.apogee_s, table=table
    )


def _instants(flight: Flight) -> np.ndarray:
    """Instants of free fall, above the air where the flight leaves it; closer together at first, s."""
    falls = flight.phase == 1
    above = falls & (np.sum(flight.position_m**2, axis=1) > AIR_RADIUS2)
    last = flight.t_s[np.flatnonzero(above if above.any() else falls)[-1]]
    first_s = flight.burnout_s + FIRST_S
    return first_s + (last - first_s) * np.linspace(0.0, 1.0, INSTANTS) ** 2


def _run(
    scenario: Scenario, filters: tuple[str, ...], instants: np.ndarray, seed: int, run: int
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
    return _bound(main.flight, fall, burnout_s, instants), {name: estimates[name]() for name in filters}


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
        if (rows & ~fall.is_infrared).sum() < LEAST:
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
