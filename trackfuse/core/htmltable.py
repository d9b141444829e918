"""A table as HTML that a screen reader can walk, in the style of the page around it."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

NOTEBOOK_STYLE = """<style>
table.trackfuse {border-collapse: collapse; font-size: 12px; line-height: 1.45}
table.trackfuse caption {text-align: left; padding-bottom: 4px; white-space: nowrap}
table.trackfuse :is(td, th) {padding: 0 8px 0 0; text-align: right; vertical-align: top; border: none; background: none}
table.trackfuse :is(th[scope=row], th.names) {text-align: left}
.trackfuse-face:lang(ko) {word-break: keep-all}
.trackfuse-caption {display: block; font-size: 11px; line-height: 1.3; margin: 4px 0; max-width: 110em}
</style>"""
"""For notebooks, in their light and dark themes: tables take the colours around them."""


def as_html(table: "pd.DataFrame", caption: str) -> str:
    """A table as HTML: the names in its index head the rows; one that repeats is written once, for all its rows.

    Parameters
    ----------
    table : DataFrame
        Every level of the index has a name, which may be "".
    caption : str

    Returns
    -------
    str
        All text is escaped; it takes the style of the page, in a notebook NOTEBOOK_STYLE.
    """
    return _styler()(table, caption=caption).to_html(exclude_styles=True, sparse_index=True)


@cache
def _styler() -> Any:
    # Imported here: the errors and settings of this room are read before anybody needs a table.
    from pandas.io.formats.style import Styler

    return Styler.from_custom_template(str(Path(__file__).parent), html_table="table.html.j2")
