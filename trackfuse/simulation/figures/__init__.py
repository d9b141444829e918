"""Figures of merit over a whole flight: what is compared between policies, declared in one table.

What a nation holds at an instant is, of what its centres have, what claims the smallest error: truth never selects.
`nation_figures` gives all of `FIGURES` of one run; `own_figures` what functions of a user's own make of it.
"""

from trackfuse.simulation.figures.declared import BY_NAME, COLUMN, FIGURES, USUAL, WARNING_TIME, FigureOfMerit
from trackfuse.simulation.figures.nation import nation_figures
from trackfuse.simulation.figures.own import Figure, own_figures
from trackfuse.simulation.figures.times import first_times

__all__ = [
    "BY_NAME",
    "COLUMN",
    "FIGURES",
    "USUAL",
    "WARNING_TIME",
    "Figure",
    "FigureOfMerit",
    "first_times",
    "nation_figures",
    "own_figures",
]
