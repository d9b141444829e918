"""The rule by which a centre warns places, as a frozen value."""

from dataclasses import dataclass
from typing import Annotated

from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError, check_between
from trackfuse.core.fields import SHARE, Between, OneOf, check_fields
from trackfuse.core.plugins import BUILT_IN, ByName, chosen
from trackfuse.warning.decision_rule import TAKES, DecisionRule

LEARNED_AT = tuple(z / 4.0 for z in range(-14, 15))
"""Standard normal numbers at which a learned delay is given; it runs straight between them in its logarithm."""
AUDIENCES = ("public", "mariners")
STEPS = ("processing", "decision", "dissemination", "mariner", "clear")
"""Of a national chain, each with its median time and spread in the rule."""
(PROBABILITY,) = BUILT_IN["decision"]
"""The decision rule that the package has: the probability that a place is concerned reaches a threshold."""
LAUNCH_NEEDS = ("message", "track")
"""What a launch notice waits for: any word of a launch, or a confirmed track of the centre's own."""
_STEP_S, _SPREAD = Between(0.0, 3600.0), Between(0.0, 3.0)
"""Median and spread of a step of a national chain."""


@displayed(
    lambda value: (
        f"probability {value.probability:g}; decision {value.decision_s:g} s, "
        f"dissemination {value.dissemination_s:g} s"
    )
)
@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRule:
    """When a centre warns, of what it tells again or takes back, and how long its people and machines need.

    A centre gives a launch notice once it knows of a launch well enough, a place notice once the probability that the
    place lies under the flight path or in the impact region reaches `probability`, and tells ships and aircraft the
    impact region once that is small enough. Each of the three steps from the rule being met to those who are warned
    takes a lognormal time with the median and the spread (standard deviation of its logarithm) given, drawn once a run
    and centre. **No source states the steps one by one**: the medians are chosen so that the whole is within what
    alerts took, the spreads are assumed (95 % of the sums within about 45 to 140 s).

    Parameters
    ----------
    probability : float
        Threshold of the place notice.
    corridor_km : float
        A place is concerned if the flight passes over within this distance, km ...
    impact_km : float
        ... or comes down within this distance, km.
    burning : float
        A predicted impact counts once the engine burns with this probability at most. At a half, the drop of thrust
        between two stages is now and then taken for the end of the boost, and the region is wrong by its whole range.
        What may come of a burn that goes on (`predict_boost`) is shown and never decided on: it spans thousands of
        kilometres until shortly before the end, so that at any useful probability it warns nobody or everybody, and it
        takes some hundred times as long as all else at an update.
    launch_needs : str
        "message": a launch notice follows the first word of a launch, its own or an ally's; "track": it waits for a
        confirmed track of the centre's own (Japan on 2012-04-13).
    least_left_s : float
        A place notice is given only if it is out at least this long before the missile is expected there, s; negative:
        also so much too late, as on 2022-10-04 and 2022-11-03.
    processing_s, processing_spread : float
        From the data being there to the picture that people decide on: the national centre's machines.
    decision_s, decision_spread : float
        From the picture to the decision: people.
    dissemination_s, dissemination_spread : float
        From the decision to the public: J-Alert, sirens, text messages.
    mariner_s, mariner_spread : float
        From the decision to ships and aircraft: navigation warnings and notices to airmen; 4 to 5 min after launch in
        all.
    clear_s, clear_spread : float
        From when the missile must have passed, or come down, until those who were warned are informed that it is over.
        Published: 7 min after Japan had been passed on 2017-08-29 and 2023-08-24, 13 min on 2022-10-04; 29 min after
        the loss from radar where a launch had failed (2023-05-31). The spread is assumed.
    nation_factor : tuple of (str, float)
        How many times as long a nation's centres need for all of these; 1 for a nation that is not named.
    learned : tuple of (str, tuple of float)
        Delays learned from real alerts, by nation and audience such as "JPN public" or "ROK mariners", in place of the
        steps and the factor above: seconds from the rule being met to the notice, at each of `LEARNED_AT`. What
        `learned_rule` fills in; none is learned by default.
    region_km : float
        Ships and aircraft are given the 95 % region of the impact once its longer half-axis is at most this, km ...
    update_km, update_s : float
        ... and again when its centre has moved by more than this, km, or so many seconds later if it is known anew.
    cancel_share : float
        A place notice is taken back when the probability falls below this share of `probability` while the missile is
        still expected ...
    lost_s : float
        ... or when nothing new was seen for so long before it is, s; where no impact was ever predicted, all is over
        after so long without news.
    decision_rule : str or DecisionRule
        What a prediction means for a place: "probability" (warn from `probability` on), the name of a registered rule,
        or a rule of your own (see docs/extending.md), which takes the place of the comparison with `probability`.
    impact_point_m, impact_time_s : float
        Standard deviation that the published exchange adds to a predicted impact point, an axis, and to its instant:
        what a centre receives, and decides on, where it does not receive the track itself. From data/exchange.csv;
        assumed.

    Raises
    ------
    SettingsError
        If a value is out of range, a name is not known, or a learned delay is not one of a nation and an audience.

    Examples
    --------
    >>> tf.WarningRule(probability=0.5)
    <WarningRule probability 0.5; decision 45 s, dissemination 15 s>
    """

    probability: Annotated[float, Between(1e-6, 1.0)] = 0.1
    corridor_km: Annotated[float, Between(0.0, 2000.0, open_low=True)] = 50.0
    impact_km: Annotated[float, Between(0.0, 2000.0, open_low=True)] = 50.0
    burning: Annotated[float, SHARE] = 0.1
    launch_needs: Annotated[str, OneOf("condition", LAUNCH_NEEDS)] = "message"
    least_left_s: Annotated[float, Between(-3600.0, 3600.0)] = -3600.0
    processing_s: Annotated[float, _STEP_S] = 15.0
    processing_spread: Annotated[float, _SPREAD] = 0.3
    decision_s: Annotated[float, _STEP_S] = 45.0
    decision_spread: Annotated[float, _SPREAD] = 0.4
    dissemination_s: Annotated[float, _STEP_S] = 15.0
    dissemination_spread: Annotated[float, _SPREAD] = 0.3
    mariner_s: Annotated[float, _STEP_S] = 150.0
    mariner_spread: Annotated[float, _SPREAD] = 0.4
    clear_s: Annotated[float, Between(0.0, 86400.0)] = 420.0
    clear_spread: Annotated[float, _SPREAD] = 0.4
    nation_factor: tuple[tuple[str, float], ...] = ()
    learned: tuple[tuple[str, tuple[float, ...]], ...] = ()
    region_km: Annotated[float, Between(1.0, 1e4)] = 300.0
    update_km: Annotated[float, Between(1.0, 1e4)] = 50.0
    update_s: Annotated[float, Between(1.0, 1e5)] = 300.0
    cancel_share: Annotated[float, SHARE] = 0.1
    lost_s: Annotated[float, Between(1.0, 1e5)] = 600.0
    decision_rule: Annotated[str | DecisionRule, ByName("decision")] = PROBABILITY
    impact_point_m: Annotated[float, Between(0.0, 1e6)] = 5000.0
    impact_time_s: Annotated[float, Between(0.0, 3600.0)] = 5.0

    def __post_init__(self) -> None:
        check_fields(SettingsError, "rule", self)
        rule = chosen("decision", self.decision_rule, (PROBABILITY,), TAKES, "rule decision_rule")
        object.__setattr__(self, "decision_rule", rule)
        for chain, points in self.learned:
            if not chain.endswith(AUDIENCES) or len(points) != len(LEARNED_AT):
                raise SettingsError(f"rule learned {chain!r}: needs a nation, then 'public' or 'mariners', and "
                                    f"{len(LEARNED_AT)} delays")  # fmt: skip
            for point in points:
                check_between(SettingsError, f"rule learned {chain}", point, 0.0, 1e6, open_low=True)
        for nation, factor in self.nation_factor:
            check_between(SettingsError, f"rule nation_factor {nation}", factor, 0.0, 100.0)
