"""One table of a scenario file against one frozen value: names, types and bounds, and one line for what is wrong."""

from collections.abc import Iterable
from dataclasses import MISSING, fields, replace
from functools import lru_cache
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from trackfuse.catalog.datafiles import MOST_SAID, T, placed
from trackfuse.core.errors import ScenarioError, TrackfuseError, shortened, unknown

STRICT = ConfigDict(strict=True, extra="forbid")
"""No conversion of types, no setting that is not known."""


def changed(where: str, value: T, entry: dict[str, Any]) -> T:
    """The value with the entry's fields changed."""
    return placed(where, replace)(value, **_fields_of(where, type(value), entry, complete=False))


def created(where: str, kind: type[T], entry: dict[str, Any]) -> T:
    """A value of that kind with the entry's fields."""
    return placed(where, kind)(**_fields_of(where, kind, entry, complete=True))


def _fields_of(where: str, kind: type, entry: dict[str, Any], *, complete: bool) -> dict[str, Any]:
    """The entry's fields, checked by name and type against the frozen value that they are for."""
    table = checked(where, _model(kind, complete), _tuples(entry))
    return {name: getattr(table, name) for name in table.model_fields_set}


@lru_cache(maxsize=32)
def _model(kind: type, complete: bool) -> type[BaseModel]:
    hints = get_type_hints(kind, include_extras=True)
    wanted = {f.name: (hints[f.name], ... if complete and f.default is MISSING else None) for f in fields(kind)}
    # Fields have other types than pydantic's own options, which are keywords as well.
    return create_model(kind.__name__, __config__=STRICT, **wanted)  # pyright: ignore[reportCallIssue, reportArgumentType]


def _tuples(value: Any) -> Any:
    """TOML's arrays as tuples, which the frozen values want."""
    if isinstance(value, dict):
        return {name: _tuples(item) for name, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def checked(
    where: str, model: type[BaseModel], given: dict[str, Any], error: type[TrackfuseError] = ScenarioError
) -> Any:
    """The table as the model, or one line for the first thing wrong with it: a misspelt name before a missing one."""
    try:
        return model.model_validate(given)
    except ValidationError as bad:
        first = min(bad.errors(), key=lambda each: each["type"] != "extra_forbidden")
        raise error(_line(where, model, first)) from None


def stored_fault(bad: Exception) -> str:
    """The first thing wrong with a document that the program wrote and something altered: where, what and why.

    Parameters
    ----------
    bad : Exception
        What reading it raised.

    Returns
    -------
    str
        One line.
    """
    if not isinstance(bad, ValidationError):
        return f"{type(bad).__name__}: {' '.join(str(bad).split())[:MOST_SAID]}"
    first = bad.errors()[0]
    place = ".".join(map(str, first["loc"])) or "the file"
    return f"{place}: {shortened(first['input'])}: {' '.join(first['msg'].split())[:MOST_SAID]}"


def _line(where: str, model: type[BaseModel], error: Any) -> str:
    *path, last = error["loc"]
    place = f"{where} [{'.'.join(map(str, path))}]" if path else where
    if error["type"] == "extra_forbidden":
        return f"{place}: {unknown('setting', str(last), _settings(model, path))}"
    if error["type"] == "missing":
        return f"{place}: {last!r} is missing"
    item = f"[{last}]" if isinstance(last, int) else f" {last}"
    return f"{place}{item}: {error['input']!r}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _settings(model: type[BaseModel], path: Iterable[Any]) -> list[str]:
    """Names that the table at the path may have."""
    for step in path:
        hint = model.model_fields[step].annotation if step in model.model_fields else None
        inner = [kind for kind in (hint, *get_args(hint)) if isinstance(kind, type) and issubclass(kind, BaseModel)]
        model = inner[0] if inner else model
    return list(model.model_fields)
