"""What the explorer says: in one line, on a code cell, and to screen readers."""

from trackfuse.core.language import message, translate

WORKING = message("Working …")
ONE_RUN = message("One run, seed {seed}: both policies on the same noise.")
MANY_RUNS = message(
    "Median of {runs} runs, seed {seed}: both policies on the same noise. The figure is of the first run."
)
CONFLICT = message("{conflict} Choose another of the two.")
ANSWERED = message("{sensors} sensors, {detections} detections. Answered in {milliseconds} ms.")
NO_EXCHANGE = message(
    "{policy} has no exchange between Japan and South Korea: delay, loss and content change nothing. {answered}"
)


CANNOT = message("This cannot be shown: {error}")
FAILED = message("Something failed: {error}")
SEVERAL = message("Working on several objects: this takes some seconds …")
ALT = message(
    "Map {seconds} s after launch, timeline and position errors: {policy} against {against}. The table of gains has "
    "the figures."
)
"""What the figure shows, for screen readers."""


def words_of_code() -> dict[str, str]:
    """Name and tooltip of the cell that gives the view without the explorer."""
    tip = translate("Select all (Ctrl-A) and copy (Ctrl-C), then paste into a cell.")
    return {"description": translate("Code"), "tooltip": tip}
