"""The answer of the explorer as HTML: a sentence, and a card a nation."""

from __future__ import annotations

from html import escape

from trackfuse.views.figures.gain_cards import Answer, Card


def answer_html(answer: Answer) -> str:
    """The answer as HTML.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    str
        All text is escaped.
    """
    cards = "".join(map(_card, answer.cards))
    return (
        f'<div class="trackfuse-answer"><p role="heading" aria-level="2">{escape(answer.sentence)}</p>'
        f'<div class="trackfuse-cards">{cards}</div></div>'
    )


def _card(card: Card) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in card.lines)
    return f'<section style="border-color: {escape(card.color)}"><h3>{escape(card.label)}</h3>{lines}</section>'
