"""The shapes of data/shapes.csv: how the cross-section of each kind of body goes with aspect."""

from trackfuse.catalog.datafiles import once_per_folder, placed, rows_of
from trackfuse.core.errors import DataError, ScenarioError, check_known, unknown
from trackfuse.sensing.shape import Shape

BY_PHASE = ("boosting-body", "burnt-out-body", "reentry-vehicle")
"""What a radar sees of a missile in boost, coast and re-entry."""


def shape(name: str) -> Shape:
    """A kind of body of data/shapes.csv at its nominal values.

    Parameters
    ----------
    name : str
        Its name there.

    Returns
    -------
    Shape

    Raises
    ------
    ScenarioError
        If there is no shape of that name; the nearest is offered.
    DataError
        If the file is malformed.
    """
    known = _shapes()
    check_known(ScenarioError, "shape", name, known)
    return known[name]


def shapes_by_phase() -> tuple[Shape, Shape, Shape]:
    """Shapes of a missile in boost, coast and re-entry.

    Returns
    -------
    tuple of Shape
    """
    boost, coast, reentry = (shape(name) for name in BY_PHASE)
    return boost, coast, reentry


@once_per_folder
def _shapes() -> dict[str, Shape]:
    values: dict[str, dict[str, float]] = {}
    for row in rows_of("shapes.csv"):
        values.setdefault(row["shape"], {})[row["parameter"]] = row["nominal"]
    made, wanted = {}, set(Shape.__dataclass_fields__) - {"name"}
    for name, given in values.items():
        where = f"data/shapes.csv {name}"
        for field in sorted(set(given) ^ wanted):
            words = f"no {field!r} for it" if field in wanted else unknown("parameter", field, wanted)
            raise DataError(f"{where}: {words}")
        made[name] = placed(where, Shape, DataError)(name=name, **given | {"tumbling": given["tumbling"] == 1.0})
    return made
