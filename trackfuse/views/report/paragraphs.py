"""The report's paragraphs around its figures, in the language of now."""

from __future__ import annotations

from markupsafe import Markup

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.language import message, translate

LEAD = message(
    "On 19 December 2023 Japan, the United States and South Korea began to share missile-warning data in real time. "
    "Before, the United States shared with each of them, and the two could not pass each other anything at once. This "
    "page flies launches that really happened, lets each nation's sensors see what physics lets them see, passes the "
    "data along five arrangements, and compares these <em>on the same noise</em>. Everything comes from public "
    "sources, and it is about warning only."
)
POSITIVE = message(
    "Positive is better: sooner, closer, more warning. Times are of a nation's earliest centre; errors of what it "
    "holds to be surest. Warning time is at the nation's place that gains most, of those that the missile passes over "
    "or hits. 0: no change in any run; where a figure occurs in some runs only, the shares of runs in which it does."
)
RANGES = message(
    "Sensor ranges, sectors and accuracies are press values or assumptions; hardly any radar's range is published with "
    "the target it holds for. No number is published for the delay of the sharing, before or after 2023. "
    "<strong>Differences between arrangements are firmer than absolute values.</strong>"
)
FLIGHTS = message(
    "Flights are solved to meet the published apogee and range. One object a launch and no false plots, unless a "
    "scenario says otherwise."
)
RULES = message(
    "A track is confirmed by {plots} radar plots within {window} s. A centre warns a place once the missile passes or "
    "lands near it with probability {probability}; a median of {decide} s to decide and of {reach} s to reach the "
    "public are assumed, one draw a run and centre."
)
ROWS = message("Every row of the data names its source and says whether it is published, derived or assumed.")
FILES = message(
    "<a href=\"report.pdf\">The whole as PDF</a>. Tables: <a href=\"tables/headline.csv\">headline</a> (and for LaTeX "
    "in <code>tables/</code>), <a href=\"tables/gains.csv\">gains</a>, <a href=\"tables/nodes.csv\">by nation</a>, <a "
    "href=\"tables/warnings.csv\">by place</a>. Ground and borders: Natural Earth (its own de-facto view)."
)
"""HTML as it stands in the page: what is filled in is numbers."""


def paragraphs(scenario: Scenario) -> dict[str, Markup | list[Markup]]:
    """The paragraphs of the page.

    Parameters
    ----------
    scenario : Scenario
        Whose rules are stated.

    Returns
    -------
    dict of str to Markup or list of Markup
    """
    rule, tracker = scenario.rule, scenario.tracker
    rules = translate(RULES).format(
        plots=tracker.confirm_plots, window=f"{tracker.confirm_window_s:g}", probability=f"{rule.probability:g}",
        decide=f"{rule.processing_s + rule.decision_s:g}", reach=f"{rule.dissemination_s:g}",
    )  # fmt: skip
    return {
        "lead": Markup(translate(LEAD)),
        "positive": Markup(translate(POSITIVE)),
        "assumed": [Markup(each) for each in (translate(RANGES), translate(FLIGHTS), rules, translate(ROWS))],
        "files": Markup(translate(FILES)),
    }
