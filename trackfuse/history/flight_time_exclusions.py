"""Why a published flight time cannot be compared with a ballistic flight to its apogee and range; "" where it can."""

import math

from trackfuse.core.errors import unknown
from trackfuse.history.rows import Row

BALLISTIC = ("lofted", "min-energy", "ballistic")
"""Words with which the trajectory of a row begins that a ballistic model can be compared with."""
OTHER = ("depressed", "MaRV", "HGV", "SLV", "failure", "mixed", "unknown")
FINER = 0.04
"""By how much another source's finer apogee has to differ to supersede a round one: 2 to 3 % of the flight time."""
ROUND_KM = 500.0
MINUTE_S = 60.0
BRIEF_S = 30.0
"""No boost costs less than this over free fall; those of the class models cost 0.65 of their burn time (derived)."""


def _lowered(row: Row, column: str) -> str:
    value = row.get(column)
    return value.lower() if isinstance(value, str) else ""


def not_to_impact(row: Row) -> str:
    """Whether the published time is that of something else than the impact, or is not an observation."""
    basis = _lowered(row, "flight_time_basis")
    if row["missile_class"] == "SLV":
        return "a satellite launch: the published time is not the time to the impact of one body"
    if any(word in basis for word in ("not splash", "overflight", "loss from radar", "narrative")):
        return f"the published time is not the time to impact: {row['flight_time_basis']}"
    if "computed" in basis:
        return f"the published time is itself computed: {row['flight_time_basis']}"
    return ""


def not_ballistic(row: Row) -> str:
    """Whether the missile failed, manoeuvred, or flew in a way that is not known."""
    trajectory = row["trajectory"]
    if _lowered(row, "outcome") == "failure" or trajectory == "failure":
        return "the flight failed"
    if trajectory.startswith(BALLISTIC):
        return "its stages flew different trajectories" if "stage" in trajectory else ""
    if trajectory.startswith(OTHER):
        lift = ": its lift is assumed, so its time tests nothing" if "pull-up" in trajectory else ""
        return f"trajectory {trajectory!r} is not known to be ballistic{lift}"
    return unknown("trajectory", trajectory, (*BALLISTIC, *OTHER))


def too_short(row: Row, shortest_s: float) -> str:
    """Whether the published time is below that of free fall."""
    published = row["flight_time_s"]
    if published >= shortest_s or not math.isfinite(shortest_s):
        return ""
    return (f"published time is shorter than free fall for its own apogee and range: {published:.0f} s, and "
            f"{shortest_s:.0f} s without any boost")


def rounding_step(value: float) -> float:
    """The round number of which a published value is a multiple: 6,000 is of 1,000, 6,648.4 of 0.1.

    Definition: the largest of 1,000, 500, 100 and so on that divides it.
    """
    for step in (1000.0, 500.0, 100.0, 50.0, 10.0, 5.0, 1.0, 0.5):
        if math.isclose(math.remainder(value, step), 0.0, abs_tol=1e-9):
            return step
    return 0.1


def superseded(row: Row, rows: list[Row]) -> str:
    """Whether another source gives a finer apogee for the same launch that this round one contradicts."""
    apogee = row["apogee_km"]
    for other in rows:
        finer = other["apogee_km"]
        same = other["event_id"] == row["event_id"] and math.isfinite(finer)
        if same and rounding_step(finer) < rounding_step(apogee) and abs(finer - apogee) > FINER * apogee:
            return (f"an apogee of {apogee:,g} km is a round figure ('about' or 'more than'): "
                    f"{other['source_country']} gives {finer:,g} km for the same launch")
    return ""


def remark(row: Row, shortest_s: float) -> str:
    """What rounding does to a row that is compared, and what else its reader should know."""
    spare = row["flight_time_s"] - shortest_s
    remarks = []
    if row["flight_time_s"] % MINUTE_S == 0.0:
        remarks.append("time published to the minute")
    if rounding_step(row["apogee_km"]) >= ROUND_KM:
        remarks.append(f"apogee rounded to {rounding_step(row['apogee_km']):g} km")
    if 0.0 <= spare < BRIEF_S:
        remarks.append(f"published time leaves {spare:.0f} s over free fall, less than any boost takes")
    if not math.isfinite(row["bearing_deg_est"]):
        remarks.append("bearing from the splash, or assumed")
    return "; ".join(remarks)
