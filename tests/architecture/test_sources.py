"""Every public function outside the kernels that computes a formula says where the formula comes from.

A formula is a call of an exponential, a trigonometric function, linear algebra or a distribution (a root or a length
alone is none), or a number that is no small whole one, half, unit or quantile, in a function or in the private
functions of its module that it calls. Its source is in its docstring, its class's or its module's: an author and a
year, a file of data/ or docs/, another function that has a source, or the words that say that it is a definition, was
derived here, or is assumed.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import trackfuse

ROOT = Path(trackfuse.__file__).parent
ROOMS = (
    "core", "earth", "flight", "sensing", "sharing", "tracking", "warning", "scoring", "simulation", "studies",
    "history",
)  # fmt: skip
FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]

FORMULA = re.compile(
    r"(np|math)\.(a(rc)?(sin|cos|tan)2?|sin|cos|tan|atan2|arctan2|expm1|exp|log1p|log2|log10|log|erfc?)"
    r"|(np\.)?linalg\.(?!norm)\w+|(stats|special|optimize|beta|binom|chi2|norm|ncx2|ndtri?|gammainc\w*)(\.\w+)?"
)
PLAIN = {1e-3, 0.25, 0.5, 1.5, 60.0, 90.0, 100.0, 180.0, 360.0, 1e3, 3600.0, 1e6, 86400.0, 0.05, 0.95, 0.025, 0.975}
SMALL = 24.0
ROUNDING = 1e-5
"""Smaller numbers guard against rounding."""

YEAR = r"\(?(1[6-9]|20)\d\d\b(?!-)"
AUTHOR = re.compile(
    rf"\b[A-Z][\w'’-]+( et al\.)?,? {YEAR}|\b[A-Z][\w'’-]+ ((&|and) [A-Z][\w'’-]+|et al\.)[^;.]{{0,120}}{YEAR}"
)
FILE = re.compile(r"\b(data|docs)/[\w./-]*\w")
SAID = re.compile(r"\b(Definition|Derived here|Assumed)[,:] \w|\bWGS ?84\b|\bUS Standard Atmosphere\b")
ELSEWHERE = re.compile(r"\bSource: `([\w.]+)`")

EXCEPTIONS = {
    "core/display.py:significant": "digits of a text",
    "core/estimates.py:check_estimate": "a check: only a positive definite matrix has this decomposition",
    "studies/fusion.py:fusion_study": "values of its axes, which a caller may choose",
}
"""Functions whose formula has no source, and why."""


def plain(value: object) -> bool:
    """Whether a literal is a unit, a half, a small whole number or a guard against rounding, or no number at all."""
    if not isinstance(value, float) or value in PLAIN or abs(value) < ROUNDING:
        return True
    return value.is_integer() and abs(value) <= SMALL


def formulas(body: ast.AST) -> set[str]:
    """Functions and numbers by which code computes a formula."""
    called = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
    calls = {ast.unparse(node.func) for node in called}
    # What a check allows is no formula.
    bounds = {id(part) for node in called if ast.unparse(node.func).startswith("check_") for part in ast.walk(node)}
    literals = (node for node in ast.walk(body) if isinstance(node, ast.Constant) and id(node) not in bounds)
    numbers = {node.value for node in literals if not plain(node.value)}
    return {call for call in calls if FORMULA.fullmatch(call)} | {f"{number:g}" for number in numbers}


def with_private(function: ast.FunctionDef, private: dict[str, ast.FunctionDef]) -> Iterator[ast.FunctionDef]:
    """A function, and the private functions of its module that it needs."""
    seen, left = {function.name}, [function]
    while left:
        body = left.pop()
        yield body
        for node in ast.walk(body):
            if isinstance(node, ast.Name) and node.id in private and node.id not in seen:
                seen.add(node.id)
                left.append(private[node.id])


def computing(source: str) -> Iterator[tuple[str, str, set[str]]]:
    """Public functions and methods of a module that compute: name, docstrings that may have a source, formulas."""
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    private = {node.name: node for node in functions if node.name.startswith("_")}
    module = ast.get_docstring(tree) or ""
    public = [(node.name, node, module) for node in functions if node.name not in private]
    for kind in (node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")):
        above = f"{module}\n{ast.get_docstring(kind) or ''}"
        methods = (node for node in kind.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"))
        public += [(f"{kind.name}.{node.name}", node, above) for node in methods]
    for name, node, above in public:
        bodies = list(with_private(node, private))
        if found := set[str]().union(*map(formulas, bodies)):
            yield name, "\n".join([above, *(ast.get_docstring(body) or "" for body in bodies)]), found


@functools.cache
def has_source(text: str) -> bool:
    """Whether a text names a source; a file or a function that it names must be there."""
    text = " ".join(text.split())
    there = [(ROOT.parent / match[0]).exists() for match in FILE.finditer(text)]
    return bool(AUTHOR.search(text) or SAID.search(text) or any(there)) or any(map(cited, ELSEWHERE.findall(text)))


def cited(name: str) -> bool:
    """Whether a function of the package, such as "kernels.entry.drag", or its module has a source."""
    *parts, function = name.split(".")
    path = ROOT.joinpath(*parts).with_suffix(".py")
    if not path.exists():
        return False
    tree = ast.parse(path.read_text())
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function]
    return any(has_source(f"{ast.get_docstring(tree)}\n{ast.get_docstring(node)}") for node in found)


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_formulas_have_sources(path: Path) -> None:
    where = path.relative_to(ROOT).as_posix()
    without = {name: sorted(found) for name, text, found in computing(path.read_text()) if not has_source(text)}
    unexplained = {name: found for name, found in without.items() if f"{where}:{name}" not in EXCEPTIONS}
    assert not unexplained, "\n" + "\n".join(f"{where}:{name} computes {found}" for name, found in unexplained.items())


FALL = '''
"""Falls."""

def fall(h: float) -> float:
    """How long a fall takes, s."""
    check_between(SettingsError, "h", h, 0.0, 4e5)
    return _time(h)

def _time(h: float) -> float:
    return math.exp(h)
'''


@pytest.mark.parametrize(
    ("old", "new", "holds"),
    [
        ("", "", False),
        ("a fall takes, s.", "a fall takes, s: Bate, Mueller & White 1971, 3.2.", True),
        ("a fall takes, s.", "a fall takes, s. On 2022-10-04 Japan was informed.", False),
        ("a fall takes, s.", "a fall takes, s. Source: data/launches.csv.", True),
        ("a fall takes, s.", "a fall takes, s. Source: data/nothing.csv.", False),
        ("a fall takes, s.", "a fall takes, s. Source: `flight.kepler.free_fall_time`.", True),
        ("a fall takes, s.", "a fall takes, s. Source: `flight.kepler.nothing`.", False),
        ("a fall takes, s.", "a fall takes, s. Derived here: energy is kept.", True),
        ("a fall takes, s.", "a fall takes, s. Derived here.", False),
        ("Falls.", "Falls, by Sinnott 1984.", True),
    ],
)
def test_a_missing_source_is_found(old: str, new: str, holds: bool) -> None:
    ((name, text, found),) = computing(FALL.replace(old, new, 1))
    assert (name, found) == ("fall", {"math.exp"})
    assert has_source(text) == holds


def test_only_what_computes_needs_a_source() -> None:
    assert not list(computing(FALL.replace("math.exp(h)", "math.sqrt(2.0 * h)")))
    assert [found for *_, found in computing(FALL.replace("math.exp(h)", "1.7 * h"))] == [{"1.7"}]


def test_exceptions_are_needed() -> None:
    for each in EXCEPTIONS:
        where, name = each.split(":")
        texts = {known: text for known, text, _ in computing((ROOT / where).read_text())}
        assert not has_source(texts[name]), each
