"""What figures of one launch show of a run: its first missile."""

from __future__ import annotations

from trackfuse.core.errors import SettingsError
from trackfuse.simulation.run import Run


def checked_run(run: object, what: str) -> Run:
    """The same run.

    Parameters
    ----------
    run : object
    what : str
        Who shows it, for the message.

    Returns
    -------
    Run

    Raises
    ------
    SettingsError
        If it is not a run.
    """
    if not isinstance(run, Run):
        kind = type(run).__name__
        raise SettingsError(f"{what}: {kind} is not a run of one launch or of several; give what tf.simulate returns")
    return run


def first_missile(run: object, what: str) -> Run:
    """A run as one of its first missile.

    Parameters
    ----------
    run : object
    what : str
        Who shows it, for the message.

    Returns
    -------
    Run
        Itself if it is of one object.

    Raises
    ------
    SettingsError
        If it is not a run.
    """
    return checked_run(run, what).main
