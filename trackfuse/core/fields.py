"""What a field of a frozen value may be, declared once beside its type, as in `Annotated[float, Between(0.0, 1.0)]`."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_type_hints

from trackfuse.core.errors import TrackfuseError, check_between, check_known, is_whole, shortened


@dataclass(frozen=True, slots=True)
class Between:
    """A finite number in [low, high], or in (low, high] with `open_low`."""

    low: float
    high: float = math.inf
    open_low: bool = False

    def check(self, error: type[TrackfuseError], where: str, value: Any) -> None:
        """Raise `error` for any other value."""
        check_between(error, where, value, self.low, self.high, open_low=self.open_low)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`."""

    low: int
    high: int

    def check(self, error: type[TrackfuseError], where: str, value: Any) -> None:
        """Raise `error` for any other value."""
        if not is_whole(value) or not self.low <= value <= self.high:
            raise error(f"{where}: {shortened(value)} is not a whole number from {self.low} to {self.high}")


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of the values allowed; `kind` says what it names ("payload")."""

    kind: str
    allowed: tuple[Any, ...]

    def check(self, error: type[TrackfuseError], where: str, value: Any) -> None:
        """Raise `error`, with the nearest valid name, for any other value."""
        check_known(error, self.kind, value, self.allowed, where=where)


@dataclass(frozen=True, slots=True)
class Name:
    """Text that people and every format can show: on one line, of at most `most` characters, no formula.

    Names are checked where they enter, so that nothing has to be when they are drawn or written: a spreadsheet takes
    what begins with one of `FORMULA` for a formula, XML has no control characters, and files have no longer names.
    """

    most: int = 200
    may_be_empty: bool = False

    def check(self, error: type[TrackfuseError], where: str, value: Any) -> None:
        """Raise `error` for anything else."""
        where = where if len(where) < 2 * self.most else f"{where[: self.most]}..."
        if not isinstance(value, str) or not (value.strip() or (self.may_be_empty and not value)):
            raise error(f"{where}: {shortened(value)} is no name")
        if len(value) > self.most:
            raise error(f"{where}: {shortened(value)} has more than {self.most} characters")
        if not value.isprintable():
            raise error(f"{where}: {shortened(value)} has characters that cannot be shown, such as ends of lines")
        if value.startswith(FORMULA):
            raise error(f"{where}: {shortened(value)} begins with {value[0]!r}, which spreadsheets take for a formula")


FORMULA = ("=", "+", "-", "@")
NAME, TITLE = Name(), Name(most=500, may_be_empty=True)
LATITUDE, LONGITUDE = Between(-90.0, 90.0), Between(-180.0, 180.0)
"""In degrees."""
SHARE = Between(0.0, 1.0)
"""A share or a probability."""


def check_fields(error: type[TrackfuseError], where: str, value: object) -> None:
    """Raise `error` unless every field of a value is what its annotation allows; None is allowed where the type is."""
    for name, limit in _limits(type(value)):
        given = getattr(value, name)
        if given is not None:
            limit.check(error, f"{where} {name}", given)


@lru_cache(maxsize=64)
def _limits(kind: type) -> tuple[tuple[str, Between | Whole | OneOf | Name], ...]:
    """Every limit declared in the annotations of a class, with the field's name."""
    hints = get_type_hints(kind, include_extras=True)
    said = ((name, each) for name, hint in hints.items() for each in getattr(hint, "__metadata__", ()))
    return tuple((name, limit) for name, limit in said if isinstance(limit, Between | Whole | OneOf | Name))
