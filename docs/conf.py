"""How Sphinx makes the site: `make docs`. Pages that are made of the code itself are written first, by `site/`."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "site")]

import pages  # noqa: E402

from trackfuse.core.version import __version__  # noqa: E402

project = "trackfuse"
author = "The trackfuse authors"
copyright = author
release = version = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["site", "_build"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # the pages of one file each begin where they are included

autodoc_typehints = "none"  # the docstrings name the types, with shape and unit
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False

# Notebooks run only where that is asked for: all of them take some ten minutes, once; then they are read from a cache.
nb_execution_mode = "cache" if os.environ.get("TRACKFUSE_DOCS_RUN") else "off"
nb_execution_cache_path = str(HERE.parent / "build" / "notebooks")
nb_execution_timeout = 400
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_output_stderr = "remove"  # progress bars
# Widgets need a running notebook: the explorer and playback stand here as a picture, and nothing is fetched for them.
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
nb_ipywidgets_js = {}

WIDE = [f"made/tutorials/{notebook.stem}" for notebook in (HERE.parent / "notebooks").glob("*.ipynb")]
"""Pages whose figures and tables need the width that a list of headings would take."""
html_theme = "pydata_sphinx_theme"
html_title = f"trackfuse {release}"
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "show_prev_next": False,
    "secondary_sidebar_items": {"**": ["page-toc"]} | {page: [] for page in WIDE},
}
# Pages that have no page below or beside them need no list of such pages.
ALONE = ("index", "start", "answer", "methods", "glossary", "languages", "limits", "changes", "made/gallery/index")
html_sidebars = {page: [] for page in ALONE}
html_static_path = ["site/static"]
html_css_files = ["site.css"]
html_show_sourcelink = False

pages.write(HERE)
