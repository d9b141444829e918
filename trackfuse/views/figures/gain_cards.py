"""What a policy gains each nation, in sentences: a headline, and a card a nation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.language import joined, message, translate
from trackfuse.simulation.figures import BY_NAME, WARNING_TIME
from trackfuse.studies.answer_words import NAMES
from trackfuse.studies.compare import Comparison
from trackfuse.views.style.style import nation_looks, place_label
from trackfuse.views.style.tables import measure

LEAST = {"s": 0.5, "km": 0.1}
"""Unit -> change below which nothing is said."""
_CARDS = {
    "first_knowledge_s": (
        message("Knows of the launch {amount} s sooner."),
        message("Knows of the launch {amount} s later."),
    ),
    "first_track_s": (message("First track {amount} s sooner."), message("First track {amount} s later.")),
    "impact_known_s": (
        message("Knows the place of impact {amount} s sooner."),
        message("Knows the place of impact {amount} s later."),
    ),
    "impact_error_burnout_km": (
        message("Predicted impact {amount} km closer, 30 s after burn-out."),
        message("Predicted impact {amount} km farther off, 30 s after burn-out."),
    ),
    "first_notice_s": (message("First notice {amount} s sooner."), message("First notice {amount} s later.")),
    "warning_time_s": (message("{place}: {amount} s more warning."), message("{place}: {amount} s less warning.")),
}
"""Figure -> what a card says of a gain and of a loss."""
_HEADLINES = {
    "first_knowledge_s": (
        message("{nation} knows of the launch {amount} s sooner under “{policy}” than under “{baseline}”."),
        message("{nation} knows of the launch {amount} s later under “{policy}” than under “{baseline}”."),
    ),
    "first_track_s": (
        message("{nation} has its first track {amount} s sooner under “{policy}” than under “{baseline}”."),
        message("{nation} has its first track {amount} s later under “{policy}” than under “{baseline}”."),
    ),
    "impact_known_s": (
        message("{nation} knows the place of impact {amount} s sooner under “{policy}” than under “{baseline}”."),
        message("{nation} knows the place of impact {amount} s later under “{policy}” than under “{baseline}”."),
    ),
    "first_notice_s": (
        message("{nation} gives its first notice {amount} s sooner under “{policy}” than under “{baseline}”."),
        message("{nation} gives its first notice {amount} s later under “{policy}” than under “{baseline}”."),
    ),
    "warning_time_s": (
        message("{place} has {amount} s more warning under “{policy}” than under “{baseline}”."),
        message("{place} has {amount} s less warning under “{policy}” than under “{baseline}”."),
    ),
}
"""Figure -> the headline of a gain and of a loss; figures in kilometres are said on cards only."""
_ONLY = message("{figure}: only under “{policy}”.")
_ONLY_OFTEN = message("{figure}: in {policy_share} of the runs, under “{baseline}” in {baseline_share}.")
_ONLY_HEADLINE = message("{nation} has this only under “{policy}”: {figure}.")
_OFTEN_HEADLINE = message(
    "{nation} has this in {policy_share} of the runs under “{policy}”, in {baseline_share} under “{baseline}”: "
    "{figure}."
)
_NOTHING = message("Nothing changes.")
_NO_TIME = message("Under “{policy}” nothing comes sooner or later than under “{baseline}”; predicted places change.")
_NOTHING_AT_ALL = message("Under “{policy}” nothing changes for anybody, compared with “{baseline}”.")


class Change(NamedTuple):
    """How one figure of a nation differs between two policies.

    Parameters
    ----------
    nation, place, figure : str
        `place` is "" for a figure of the nation as a whole.
    gain : float
        In the unit of the figure, s or km; positive where it is better, nan where it does not occur under both.
    with_share, without_share : float
        Shares of runs in which it occurs under the policy and under the baseline.
    """

    nation: str
    place: str
    figure: str
    gain: float
    with_share: float
    without_share: float

    @property
    def said(self) -> bool:
        """Whether it is large enough to be said."""
        if np.isfinite(self.gain):
            return abs(self.gain) >= LEAST[BY_NAME[self.figure].unit]
        return self.with_share != self.without_share


class Card(NamedTuple):
    """What one nation gains: its name, its colour for words on white, and sentences."""

    nation: str
    label: str
    color: str
    ink: str
    lines: tuple[str, ...]


class Answer(NamedTuple):
    """The answer on top of a page: one or two sentences, and a card a nation."""

    sentence: str
    cards: tuple[Card, ...]


def changes_in_run(scenario: Scenario, frame: pd.DataFrame) -> list[Change]:
    """The changes between two runs.

    Parameters
    ----------
    scenario : Scenario
    frame : DataFrame
        As `one_run_frame` gives it.

    Returns
    -------
    list of Change
    """
    by_label = {look.label: nation for nation, look in nation_looks(scenario.nations).items()}
    by_place = {place.name: place.nation for place in scenario.places}
    found = []
    for row in frame[frame["figure"].isin(_CARDS)].to_dict("records"):
        place = str(row["whom"]) if row["figure"] == WARNING_TIME.name else ""
        nation = by_place[place] if place else by_label[str(row["whom"])]
        shares = (float(np.isfinite(row[name])) for name in ("value", "base"))
        gain = float(row["gain"]) if np.isfinite(row["gain"]) else np.nan
        found.append(Change(nation, place, str(row["figure"]), gain, *shares))
    return found


def changes_in_comparison(comparison: Comparison, policy: str) -> list[Change]:
    """The median changes over many runs.

    Parameters
    ----------
    comparison : Comparison
    policy : str
        The one that is compared with the baseline.

    Returns
    -------
    list of Change
        Of the first launch.
    """
    gains = comparison.gains
    asked = gains["figure"].isin(_CARDS) & (gains["policy"] == policy)
    mine = gains[asked & gains["object"].isin((comparison.objects[0], ""))]
    return [
        Change(
            nation=str(row["nation"]), place=str(row["place"]), figure=str(row["figure"]), gain=float(row["median"]),
            with_share=float(row["p_policy"]), without_share=float(row["p_baseline"]),
        )
        for row in mine.to_dict("records")
    ]  # fmt: skip


def answer_of(nations: Sequence[str], changes: Iterable[Change], policy: str, baseline: str) -> Answer:
    """The headline and the cards of some changes.

    Parameters
    ----------
    nations : sequence of str
        Those that have a card, in this order.
    changes : iterable of Change
    policy, baseline : str
        As a reader knows them.

    Returns
    -------
    Answer
    """
    looks, said = nation_looks(nations), [change for change in changes if change.said and change.nation in nations]
    names = {"policy": policy, "baseline": baseline}
    cards = []
    for nation, look in looks.items():
        lines = tuple(_line(change, names) for change in said if change.nation == nation)
        cards.append(Card(nation, look.label, look.color, look.ink, lines or (translate(_NOTHING),)))
    timed = [change for change in said if change.figure in _HEADLINES]
    if not timed:
        sentence = translate(_NO_TIME if said else _NOTHING_AT_ALL).format(**names)
        return Answer(sentence, tuple(cards))
    best = max(timed, key=_weight)
    first = _headline(best, names | {"nation": _in_sentence(best.nation, looks[best.nation].label)})
    sentence = joined([first[:1].upper() + first[1:], _others([best.nation], cards)])
    return Answer(sentence, tuple(cards))


def _weight(change: Change) -> tuple[float, float]:
    """Sorts what a headline could say: what occurs more often first, then the largest gain in seconds."""
    once = change.with_share - change.without_share if not np.isfinite(change.gain) else 0.0
    return once, change.gain if np.isfinite(change.gain) else 0.0


def _amounts(change: Change) -> dict[str, str]:
    unit = BY_NAME[change.figure].unit
    shares = {"policy_share": f"{change.with_share:.0%}", "baseline_share": f"{change.without_share:.0%}"}
    amount = f"{abs(change.gain):.{0 if unit == 's' else 1}f}" if np.isfinite(change.gain) else ""
    words = measure(change.figure, unit).words
    return shares | {"amount": amount, "place": place_label(change.place), "figure": words}


def _line(change: Change, names: dict[str, str]) -> str:
    amounts = _amounts(change)
    if np.isfinite(change.gain):
        return translate(_CARDS[change.figure][0 if change.gain > 0.0 else 1]).format(**amounts)
    named = translate("{place}, {figure}").format(**amounts) if change.place else amounts["figure"]
    amounts["figure"] = named[:1].upper() + named[1:]
    if {change.with_share, change.without_share} == {0.0, 1.0}:
        only = names["policy"] if change.with_share else names["baseline"]
        return translate(_ONLY).format(figure=amounts["figure"], policy=only)
    return translate(_ONLY_OFTEN).format(**amounts, **names)


def _headline(change: Change, names: dict[str, str]) -> str:
    amounts = _amounts(change)
    if np.isfinite(change.gain):
        return translate(_HEADLINES[change.figure][0 if change.gain > 0.0 else 1]).format(**amounts, **names)
    if {change.with_share, change.without_share} == {0.0, 1.0}:
        only = names["policy"] if change.with_share else names["baseline"]
        return translate(_ONLY_HEADLINE).format(nation=names["nation"], policy=only, figure=amounts["figure"])
    return translate(_OFTEN_HEADLINE).format(**amounts, **names)


def _others(named: list[str], cards: Sequence[Card]) -> str:
    """One sentence on the nations for which nothing changes."""
    unchanged = [card for card in cards if card.lines == (translate(_NOTHING),) and card.nation not in named]
    still = [_in_sentence(card.nation, card.label) for card in unchanged]
    if not still:
        return ""
    if len(still) == 1:
        return translate("For {nation} nothing changes.").format(nation=still[0])
    both = translate("For {nations} and {last} nothing changes.")
    return both.format(nations=translate(", ").join(still[:-1]), last=still[-1])


def _in_sentence(nation: str, label: str) -> str:
    """A nation as it is named in a sentence."""
    return translate(NAMES[nation]) if nation in NAMES else label
