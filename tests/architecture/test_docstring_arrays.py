"""Every public docstring outside the kernels states the shape and unit of its arrays, and the errors that it raises."""

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import trackfuse
from trackfuse.core import errors

ROOT = Path(trackfuse.__file__).parent
FILES = [path for path in sorted(ROOT.rglob("*.py")) if path.relative_to(ROOT).parts[0] != "kernels"]
ERRORS = {
    name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, errors.TrackfuseError)
}

UNITS = r"m/s(\^[23])?|m\^[24](/s(\^[234])?)?|km\^?2?|km/s|mrad|rad(\^2)?|dB|Hz|kHz|GHz|kg|kg/s|N/C|pixels"
"""Units that are never words."""
SHORT_UNITS = r"(^|[(,;] ?|\b(in|of|and|or|east|north|up|time|position|velocity) |[0-9] )(m|s|K|W)(?=$|[ ,.;:)])"
"""Units of one letter, where a unit may stand: "m" and "s" are names of counts as well."""
UNIT_WORDS = r"met(re|er)s?|kilomet(re|er)s?|seconds|minutes|hours|days|years|degrees|radians|decibels"
NO_UNIT = (
    r"no unit|unit vectors?|standard normal|standard deviations|normalised|probabilit(y|ies)|shares?|counts?|weights?|"
    r"factors?|logarithms?|degrees of freedom|ind(ex|ices)|numbers? of"
)
OTHER_UNIT = r"(any|same|its|their|own|in the|in that) units?|units? of"
"""Of numbers whose unit something else settles, which the text names."""
TYPES = r"ndarray of (int\w*|bool|str|bytes|object|datetime64|[A-Z_]{3,})"
"""Types without a unit, and structured types, which state the units of their fields where they are defined."""
SUFFIX = r"_(s|min|m|m2|km|mps|mps2|m2ps3|rad|deg|mrad|db|hz|kg)$"
AGREE = "Any units that agree"
"""Said once of a function that takes numbers of any field."""
HAS_UNIT = re.compile(
    rf"(?<![\w^/])({UNITS})(?![\w^/])|{SHORT_UNITS}|\b(?i:{UNIT_WORDS}|{NO_UNIT}|{OTHER_UNIT})\b|{TYPES}"
)
HAS_SHAPE = re.compile(r"\bshapes?\b")
SHAPES = re.compile(r"\bshapes? \([^()]*\)((,| or| and) \([^()]*\))*")

Documented = tuple[str, str, list[ast.AST], dict[str, str], str]
"""Name, docstring, bodies, the arrays it takes by name with their annotation, and the annotation of what it gives."""


def sections(text: str) -> dict[str, list[tuple[str, str]]]:
    """Entries (head, description) of each section of a docstring; "" holds the lines before the first."""
    found: dict[str, list[tuple[str, str]]] = {"": []}
    lines, name = [*text.splitlines(), ""], ""
    for line, after in pairwise(lines):
        if set(line) == {"-"}:
            continue
        if line and after and set(after) == {"-"}:
            name = line
            found[name] = []
        elif line.startswith(" ") and found[name]:
            head, said = found[name][-1]
            found[name][-1] = (head, f"{said} {line.strip()}".strip())
        elif line:
            found[name].append((line, ""))
    return found


def has_unit(text: str) -> bool:
    """Whether a text names a unit; the "m" of a shape (m, 3) is none."""
    return bool(HAS_UNIT.search(SHAPES.sub("", text)))


def annotated(arguments: ast.arguments) -> dict[str, str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {each.arg: ast.unparse(each.annotation) for each in every if each.annotation}


def of_function(function: ast.FunctionDef, name: str) -> Documented:
    gives = ast.unparse(function.returns) if function.returns else ""
    return name, ast.get_docstring(function) or "", [function], annotated(function.args), gives


def documented(source: str) -> Iterator[Documented]:
    """Public functions and classes of a module, and public methods of those classes."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield of_function(node, node.name)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            fields = {
                part.target.id: ast.unparse(part.annotation)
                for part in node.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.target.id[0] != "_"
            }
            made = [method for method in methods if method.name in ("__init__", "__post_init__")]
            for method in made:
                fields |= annotated(method.args)
            yield node.name, ast.get_docstring(node) or "", list(made), fields, ""
            for method in methods:
                if not method.name.startswith("_"):
                    yield of_function(method, f"{node.name}.{method.name}")


def raised(bodies: list[ast.AST]) -> set[str]:
    """Errors of the package that code raises itself, or hands to a check that does."""
    found = set()
    for node in (each for body in bodies for each in ast.walk(body)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            found.add(ast.unparse(node.exc.func))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("check_"):
            found |= {ast.unparse(given) for given in (*node.args, *(word.value for word in node.keywords))}
    return found & ERRORS


def complaints(name: str, text: str, bodies: list[ast.AST], takes: dict[str, str], gives: str) -> list[str]:
    """What a docstring leaves unsaid of arrays and errors."""
    parts = sections(text)
    said = [entry for name in ("Parameters", "Attributes", "Returns", "Yields") for entry in parts.get(name, ())]
    arrays = [(head, more) for head, more in said if "ndarray" in head]
    unit_in_name = re.search(SUFFIX, name)
    wrong = [f"no shape: {head}" for head, more in arrays if not HAS_SHAPE.search(f"{head} {more}")]
    for head, more in arrays if AGREE not in text else ():
        named = head.split(" : ")[0].split(", ") if " : " in head else [name]
        if not (all(re.search(SUFFIX, each) for each in named) or has_unit(head) or has_unit(more)):
            wrong.append(f"no unit: {head}")
    needed = [name for name, kind in takes.items() if "ndarray" in kind and "Callable" not in kind]
    if said:
        elsewhere = [head for head, more in said if more.startswith("As in `")]
        heads = " ".join([*(head.split(" : ")[0] for head, _ in arrays), *elsewhere])
        wrong += [f"array not described: {name}" for name in needed if not re.search(rf"\b{name}\b", heads)]
        given = [*parts.get("Returns", ()), *parts.get("Yields", ())]
        if "ndarray" in gives and not any("ndarray" in head for head, _ in given):
            wrong.append("returned array not described")
    elif (needed or "ndarray" in gives) and not (HAS_SHAPE.search(text) and (has_unit(text) or unit_in_name)):
        wrong.append(f"arrays without shape or unit: {', '.join(needed) or 'what it gives'}")
    stated = " ".join(f"{head} {more}" for head, more in parts.get("Raises", ()))
    # A docstring of one paragraph says it in a sentence.
    stated = stated or " ".join(re.findall(r"[Rr]aises?\b[^.]*", " ".join(head for head, _ in parts[""])))
    return wrong + [f"not in Raises: {name}" for name in sorted(raised(bodies)) if name not in stated]


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_docstrings_state_arrays_and_errors(path: Path) -> None:
    wrong = {each[0]: found for each in documented(path.read_text()) if (found := complaints(*each))}
    assert not wrong, "\n" + "\n".join(f"{name}: {one}" for name, found in wrong.items() for one in found)


SAID = '''
def moved(x: np.ndarray, seconds: float) -> np.ndarray:
    """A state some time later.

    Parameters
    ----------
    x : ndarray, shape (6,)
        ECEF, m and m/s.
    seconds : float

    Returns
    -------
    ndarray, shape (6,)
        m and m/s.

    Raises
    ------
    SettingsError
        If the time is negative.
    """
    check_between(SettingsError, "seconds", seconds, 0.0)
'''


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("", "", None),
        ("x : ndarray, shape (6,)", "x : ndarray", "no shape: x : ndarray"),
        ("ECEF, m and m/s.", "Of the m that are known.", "no unit: x : ndarray, shape (6,)"),
        ("ECEF, m and m/s.", "See position_m.", "no unit: x : ndarray, shape (6,)"),
        ("        m and m/s.\n\n    Raises", "\n    Raises", "no unit: ndarray, shape (6,)"),
        ("    ndarray, shape (6,)\n", "    The state, shape (6,)\n", "returned array not described"),
        ("(6,)\n        ECEF, m and m/s.", "(m, 6)", "no unit: x : ndarray, shape (m, 6)"),
        ("x : ndarray", "y : ndarray", "array not described: x"),
        ("    SettingsError\n", "    TrackingError\n", "not in Raises: SettingsError"),
    ],
)
def test_what_a_docstring_leaves_out_is_found(old: str, new: str, complaint: str | None) -> None:
    assert old in SAID
    (function,) = documented(SAID.replace(old, new, 1) if old else SAID)
    assert complaints(*function) == ([complaint] if complaint else [])
