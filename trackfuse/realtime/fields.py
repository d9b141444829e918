"""The kinds of values that messages hold: how each is checked, and what it is in a JSON Schema."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from trackfuse.core.errors import DataError


class Field(Protocol):
    """One kind of value."""

    def read(self, value: Any, where: str) -> Any:
        """The value as the package has it. Raises DataError if it is not of this kind."""
        ...

    def schema(self) -> dict[str, Any]:
        """The same as a JSON Schema."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number; with `null`, None stands for what is not there, and is read as NaN."""

    low: float = -1e9
    high: float = 1e9
    null: bool = False

    def read(self, value: Any, where: str) -> float:
        """The number; nan for None. Raises DataError if it is no number, or out of range."""
        if value is None and self.null:
            return math.nan
        if not isinstance(value, int | float) or type(value) is bool or not self.low <= value <= self.high:
            raise DataError(f"{where}: {_short(value)} is not a number from {self.low:g} to {self.high:g}")
        return float(value)

    def schema(self) -> dict[str, Any]:
        return {"type": ["number", "null"] if self.null else "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    low: int
    high: int = 2**53

    def read(self, value: Any, where: str) -> int:
        """The number. Raises DataError if it is not whole, or out of range."""
        if type(value) is not int or not self.low <= value <= self.high:
            raise DataError(f"{where}: {_short(value)} is not a whole number from {self.low} to {self.high}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, value: Any, where: str) -> bool:
        """True or false. Raises DataError if it is neither."""
        if type(value) is not bool:
            raise DataError(f"{where}: {_short(value)} is not true or false")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text; one of `choices` if there are any."""

    choices: tuple[str, ...] = ()
    longest: int = 100

    def read(self, value: Any, where: str) -> str:
        """The text. Raises DataError if it is none, too long, or not one of the choices."""
        if type(value) is not str or len(value) > self.longest or (self.choices and value not in self.choices):
            allowed = ", ".join(self.choices) or f"a text of at most {self.longest} characters"
            raise DataError(f"{where}: {_short(value)} is not {allowed}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest} | ({"enum": list(self.choices)} if self.choices else {})


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array of numbers of a fixed shape, one row after the other; with `null` as in `Number`."""

    shape: tuple[int, ...]
    null: bool = False

    def read(self, value: Any, where: str) -> np.ndarray:
        """The numbers, an ndarray of the shape `self.shape`, in the units of the message.

        Raises DataError if they are not as many, or one is no finite number.
        """
        count = math.prod(self.shape)
        if type(value) is not list or len(value) != count:
            raise DataError(f"{where}: {_short(value)} is not a list of {count} numbers")
        given = [math.nan if each is None else each for each in value] if self.null else value
        if not all(type(each) is float or type(each) is int for each in given):
            raise DataError(f"{where}: {_short(value)} holds what is no number")
        out = np.array(given, dtype=float).reshape(self.shape)
        if not (self.null or np.isfinite(out).all()) or np.isinf(out).any():
            raise DataError(f"{where}: {_short(value)} holds a number that is not finite")
        return out

    def schema(self) -> dict[str, Any]:
        count = math.prod(self.shape)
        return {"type": "array", "items": {"type": ["number", "null"] if self.null else "number"},
                "minItems": count, "maxItems": count}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """Named values, all of them and no others but those of `optional`, each of which may be left out."""

    fields: Mapping[str, Field]
    optional: Mapping[str, Field] = field(default_factory=dict)

    def read(self, value: Any, where: str) -> dict[str, Any]:
        """The values by name. Raises DataError if a name is missing or not known, or a value is not of its kind."""
        if type(value) is not dict or set(value) - set(self.optional) != set(self.fields):
            raise DataError(f"{where}: {_short(value)} does not have the fields {', '.join(self.fields)}")
        known = {**self.fields, **self.optional}
        return {name: known[name].read(value[name], f"{where} {name}") for name in known if name in value}

    def schema(self) -> dict[str, Any]:
        properties = {name: of.schema() for name, of in {**self.fields, **self.optional}.items()}
        return {"type": "object", "properties": properties, "required": list(self.fields),
                "additionalProperties": False}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Records:
    """A list of records."""

    of: Record
    most: int

    def read(self, value: Any, where: str) -> list[dict[str, Any]]:
        """The records. Raises DataError if they are no list, too many, or one is not of its kind."""
        if type(value) is not list or len(value) > self.most:
            raise DataError(f"{where}: {_short(value)} is not a list of at most {self.most}")
        return [self.of.read(each, f"{where}[{k}]") for k, each in enumerate(value)]

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.of.schema(), "maxItems": self.most}


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
