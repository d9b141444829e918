"""Which input moves the answer most: Sobol indices over a Saltelli design, by SALib."""

import numpy as np
import pandas as pd

from trackfuse.core.errors import SettingsError, check_known, unknown
from trackfuse.studies.sweeps.rows import COLUMNS
from trackfuse.studies.sweeps.study import Study, values

RESAMPLES = 400


def answers(study: Study, metric: str, *, policy: str, whom: str, baseline: str | None = None) -> pd.DataFrame:
    """What a study answers at every design point: a figure over its runs, or the paired gain in it.

    Parameters
    ----------
    study : Study
    metric : str
        Column of the rows, such as "first_notice_s" or "warning_time_s"; of several launches that of the first.
    policy : str
    whom : str
        A nation ("JPN"), a place by its name, or "target": the place that `launch.target` names at each point.
    baseline : str, optional
        Policy that a gain is measured against; by default the figure itself.

    Returns
    -------
    DataFrame
        One row a design point: median, and low to high, 5 to 95 % of runs for a figure and the 95 % interval of the
        median for a gain; in the figure's unit, nan where it never happened or the point could not be flown.

    Raises
    ------
    SettingsError
        If metric, policy, baseline, nation or place are not in the study.
    """
    check_known(SettingsError, "figure", metric, COLUMNS, where="metric")
    for name in (policy, baseline):
        if name is not None:
            check_known(SettingsError, "policy in this sweep", name, study.policies, where="policy")
    p = study.policies.index(policy)
    base = None if baseline is None else study.policies.index(baseline)
    columns = ["median", "p05", "p95"] if base is None else ["median", "low", "high"]
    wanted = _whom(study, whom)
    found, known = np.full((len(study.points), 3), np.nan), set()
    for point, each in values(study, [metric]):
        owner = each.place or each.nation
        known.add(owner)
        if owner == wanted[point] and np.isnan(found[point]).all():
            figures = each.summary_of(p) if base is None else each.gain_of(p, base)
            found[point] = [figures[name] for name in columns]
    if not known & set(wanted):
        raise SettingsError(f"whom: {unknown('nation or place in this sweep', whom, sorted(known))}")
    return pd.DataFrame(found, columns=["median", "low", "high"])


def _whom(study: Study, whom: str) -> list[str]:
    if whom == "target" and "launch.target" in study.fields:
        return [str(name) for name in study.points["launch.target"]]
    return [whom] * len(study.points)


def sensitivity(
    study: Study, metric: str = "warning_time_s", *, policy: str = "trilateral", whom: str, baseline: str | None = None
) -> pd.DataFrame:
    """Sobol indices: what share of the variance of an answer each varied field accounts for.

    Parameters
    ----------
    study : Study
        Of design "saltelli", complete.
    metric : str
        Column of the rows; the answer is its median over runs at each point.
    policy : str
    whom : str
        A nation ("JPN"), or a place by its name.
    baseline : str, optional
        With it the answer is the median gain over this policy.

    Returns
    -------
    DataFrame
        One row a field, greatest first: `first` (the field alone), `total` (with all that it does together with
        others), and half-widths of their 95 % bootstrap intervals. Estimates near 0 may come out slightly negative.

    Raises
    ------
    SettingsError
        If the design is another, the answer is missing at some point, or is the same everywhere.

    Notes
    -----
    Saltelli et al. 2010, Computer Physics Communications 181(2), 259-270, by SALib (Herman & Usher 2017).
    """
    kind = study.manifest["design"]["kind"]
    if kind != "saltelli":
        raise SettingsError(f"sensitivity: the sweep's design is {kind!r}; Sobol indices need design='saltelli'")
    answer = answers(study, metric, policy=policy, whom=whom, baseline=baseline)["median"].to_numpy()
    if not np.isfinite(answer).all():
        absent = int((~np.isfinite(answer)).sum())
        raise SettingsError(f"sensitivity: {metric} of {whom} is missing at {absent} of {len(answer)} points; choose a "
                            "figure that is always there, or narrower intervals")  # fmt: skip
    return sobol_indices(study.fields, answer)


def sobol_indices(names: list[str], answer: np.ndarray) -> pd.DataFrame:
    """Sobol indices of an answer at the points of a Saltelli design.

    Parameters
    ----------
    names : list of str
        The D fields.
    answer : ndarray, shape (N * (D + 2),)
        In the design's order. In any unit.

    Returns
    -------
    DataFrame
        As `sensitivity` gives it.

    Raises
    ------
    SettingsError
        If the answer is the same everywhere.
    """
    if np.ptp(answer) == 0.0:
        raise SettingsError("sensitivity: the answer is the same at every point; nothing that was varied moves it")
    from SALib.analyze import sobol

    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    # SALib takes a seed of 0 for none, and then draws otherwise each time.
    found = sobol.analyze(problem, answer, calc_second_order=False, num_resamples=RESAMPLES, seed=1)
    table = pd.DataFrame({
        "field": names, "first": found["S1"], "first_half_width": found["S1_conf"], "total": found["ST"],
        "total_half_width": found["ST_conf"],
    })  # fmt: skip
    return table.sort_values("total", ascending=False, kind="stable", ignore_index=True)
