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
    # Mixed with the colour of the words: a nation's black would be lost on the dark page.
    edge = f"border-color: color-mix(in srgb, {escape(card.color)} 65%, var(--jp-ui-font-color1, #1a1a1a))"
    return f'<section style="{edge}"><h3>{escape(card.label)}</h3>{lines}</section>'
