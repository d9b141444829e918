"""The catalogues of messages: extracted from the sources with Babel, brought up to date, and compiled.

`python -m tests.languages.catalogues` after a message was added or changed: it brings the .po files up to date (what is
new is untranslated there), compiles them, and makes the bundled fonts anew with the letters that they need.
"""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from tests.languages.fonts import write_fonts
from trackfuse.catalog.catalog import load_scenario, scenario_names
from trackfuse.core.language import LANGUAGES
from trackfuse.simulation.figures import BY_NAME
from trackfuse.views.widgets.widget_factory import _declared

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "trackfuse" / "core" / "locale"
TRANSLATED = tuple(code for code in LANGUAGES if code != "en")
Found = tuple[str, int, str]
"""File, line, message."""


def extracted() -> list[Found]:
    """Every message of the package, in the order of the files."""
    return [*_of_code(), *_of_templates(), *_of_controls(), *_of_data()]


def _of_code() -> Iterator[Found]:
    keywords: dict[str, Any] = {"translate": None, "message": None}
    for path in sorted((ROOT / "trackfuse").rglob("*.py")):
        with path.open("rb") as file:
            for line, text, *_ in extract("python", file, keywords=keywords, options={"encoding": "utf-8"}):
                yield str(path.relative_to(ROOT)), line, str(text)


def _of_templates() -> Iterator[Found]:
    for path in sorted((ROOT / "trackfuse").rglob("*.j2")):
        with path.open("rb") as file:
            for line, _, text, _ in babel_extract(file, ["_"], [], {"silent": "false"}):
                if text:  # not of `_(name)`, whose message stands where the name is made
                    yield str(path.relative_to(ROOT)), line, str(text)


def _of_controls() -> Iterator[Found]:
    """Names, tips and buttons of controls.toml."""
    path = "trackfuse/views/widgets/controls.toml"
    alone = [each for each in _declared().values() if "kind" in each]
    grouped = [control for each in _declared().values() if "kind" not in each for control in each.values()]
    for control in (*alone, *grouped):
        texts = [control["name"], control["tip"], *control.get("options", {}).values()]
        labels = control.get("labels", {})
        texts += [labels.get(value, value) for value in control.get("options", {})]
        texts += [control["label"], str(control["first"])] if control["kind"] == "values" else []
        yield from ((path, 1, text) for text in texts if any(letter.isalpha() for letter in text))


def _of_data() -> Iterator[Found]:
    """Titles of launches and meanings of policies, and what figures of merit are called."""
    scenarios = [load_scenario(name) for name in scenario_names()]
    for scenario in scenarios:
        yield f"data/scenarios/{scenario.name}.toml", 1, scenario.title
        if scenario.launch.failure:
            yield f"data/scenarios/{scenario.name}.toml", 1, scenario.launch.failure
    for policy in scenarios[0].policies:
        yield "data/policies.toml", 1, policy.meaning
    for figure in BY_NAME.values():
        yield "trackfuse/simulation/figures/declared.py", 1, figure.words


def catalogue(code: str) -> Catalog:
    """The catalogue of a language as it is kept."""
    return read_po(io.BytesIO(po_of(code).read_bytes()), locale=code)


def po_of(code: str) -> Path:
    """Where it is kept."""
    return LOCALE / code / "LC_MESSAGES" / "trackfuse.po"


def compiled(code: str) -> bytes:
    """A catalogue as `gettext` reads it."""
    buffer, kept = io.BytesIO(), catalogue(code)
    kept.creation_date = kept.revision_date = datetime(2000, 1, 1, tzinfo=UTC)  # the same bytes on any day
    write_mo(buffer, kept)
    return buffer.getvalue()


def placeholders(text: str) -> set[str]:
    """What is filled into a message."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def update() -> list[str]:
    """Bring every catalogue up to date and compile it; what is not translated yet, in the form "ja: message"."""
    lacking = []
    for code in TRANSLATED:
        kept = catalogue(code) if po_of(code).exists() else Catalog(locale=code)
        # No dates and no line numbers: the file changes only where a message does.
        made = Catalog(locale=code, project="trackfuse", fuzzy=False, charset="utf-8")
        for file, _, text in extracted():
            known = kept.get(text)
            made.add(text, string=(known.string if known else "") or "", locations=[(file, 0)])
        po_of(code).parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        write_po(buffer, made, width=120, omit_header=True, include_lineno=False, sort_by_file=True)
        head = f'msgid ""\nmsgstr ""\n"Language: {code}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        po_of(code).write_text(head + buffer.getvalue().decode(), encoding="utf-8")
        po_of(code).with_suffix(".mo").write_bytes(compiled(code))
        lacking += [f"{code}: {each.id}" for each in made if each.id and not each.string]
    return lacking


if __name__ == "__main__":
    print(*update(), sep="\n")
    write_fonts("".join(str(each.string) for code in TRANSLATED for each in catalogue(code) if each.id))
    sys.exit(0)
