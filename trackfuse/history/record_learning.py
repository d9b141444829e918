"""Shares and presences learned from statements: of ships on station, of figures on an ordinary path, of silence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from trackfuse.history.announcement import Announcement, announcements
from trackfuse.history.record_answers import Held, impact_distance_km, probability
from trackfuse.history.sightings import ALONE, SHARED, Sighting
from trackfuse.history.statements import Statement
from trackfuse.scoring.probability import LEAST

GRID = np.linspace(0.0, 1.0, 41)
TOLD_APART_KM = 50.0
"""A first figure tells the two ways of making it apart if they are at least so far from each other."""
SURE = 0.9
"""Probability of a published range within `TOLD_APART_KM` / 2 of the figure that was made; elsewhere the rest."""

Pair = tuple[Sighting, Sighting]
"""A launch with everything on station, and with no ship."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What was learned of one nation.

    Parameters
    ----------
    nation : str
    presence : float
        Probability that its sensors are as with everything on station, not as without ships.
    announcement : Announcement
    used : int
        How many answers were learned from.
    """

    nation: str
    presence: float
    announcement: Announcement
    used: int


def learned(statements: list[Statement], pairs: dict[str, Pair], nation: str) -> Learned:
    """Learn what a nation's statements say of its ships and of how it publishes.

    Parameters
    ----------
    statements : list of Statement
        From which to learn, of any nation.
    pairs : dict of str to (Sighting, Sighting)
        Launches that were simulated, by event.
    nation : str

    Returns
    -------
    Learned
        Posterior means from uniform priors; of publishing first, then of the presence, for silence may be either.
        Statements of a period are left to be tested.

    Notes
    -----
    Derived here: Bayes' rule on a grid and Laplace's rule of succession; source of the statements: data/statements.csv.
    """
    own = [each for each in statements if each.nation == nation and each.scored and each.event_id in pairs]
    made_by = announcements()[nation]
    for name, far in (("publish_near", False), ("publish_far", True)):
        published = [each for each in own if each.question == "figure" and _tracked(pairs[each.event_id], nation) > 0.5
                and _is_far(pairs[each.event_id], made_by) == far]  # fmt: skip
        if published:
            made_by = replace(made_by, **{name: (sum(each.outcome for each in published) + 1) / (len(published) + 2)})
    made_by = replace(made_by, ordinary_path_share=_ordinary_share(own, pairs, made_by))
    known = {nation: made_by}
    binary = [each for each in own if each.question in ("tracked", "figure") and not each.missed[1]]
    log_likelihood = np.zeros(len(GRID))
    for each in binary:
        alone = each.alone or each.question == "figure"
        ends = [probability(each, Held(((1.0, sighting),), known), alone=alone) for sighting in pairs[each.event_id]]
        chance = np.clip(GRID * ends[0] + (1.0 - GRID) * ends[1], LEAST, 1.0 - LEAST)
        log_likelihood += np.log(chance if each.outcome else 1.0 - chance)
    presence = _mean(log_likelihood)
    return Learned(nation=nation, presence=presence, announcement=made_by, used=len(binary))


def _is_far(pair: Pair, made_by: Announcement) -> bool:
    return impact_distance_km(pair[0], made_by.nation) >= made_by.publish_far_from_km


def _tracked(pair: Pair, nation: str) -> float:
    full = pair[0]
    return float(np.isfinite(full.last_s[ALONE, full.nations.index(nation)]).mean())


def _ordinary_share(own: list[Statement], pairs: dict[str, Pair], made_by: Announcement) -> float:
    """Share of first figures that fit an ordinary path from the top, where the flight tells the two apart."""
    log_likelihood, used = np.zeros(len(GRID)), 0
    for each in own:
        full = pairs[each.event_id][0]
        if each.question != "right" or full.flown_km < made_by.ordinary_path_from_km:
            continue
        row = SHARED, full.nations.index(made_by.nation)
        seen = np.isfinite(full.end_km[row])
        if not seen.any():
            continue
        ordinary, end = np.median(full.ordinary_km[row][seen]), np.median(full.end_km[row][seen])
        if not abs(ordinary - end) >= TOLD_APART_KM:
            continue
        low, high = each.figures[0]
        near = [low - 0.5 * TOLD_APART_KM <= km <= high + 0.5 * TOLD_APART_KM for km in (ordinary, end)]
        fits = [SURE if yes else 1.0 - SURE for yes in near]
        log_likelihood += np.log(GRID * fits[0] + (1.0 - GRID) * fits[1])
        used += 1
    return _mean(log_likelihood) if used else made_by.ordinary_path_share


def _mean(log_likelihood: np.ndarray) -> float:
    """Mean of the posterior on `GRID` under a uniform prior."""
    weight = np.exp(log_likelihood - log_likelihood.max())
    return float(weight @ GRID / weight.sum())
