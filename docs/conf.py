"""How Sphinx makes a site of the pages: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from somac import __version__

project = "somac"
author = "the authors of somac"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "sphinx_copybutton",
    "somac_docs",
]
exclude_patterns = ["_ext"]

# anchors of headings are those of a code host, so that links work on both
myst_heading_anchors = 4
# pages of the repository that the site has too, by the page that includes each
somac_pages = {
    "README.md": "project/readme",
    "CONTRIBUTING.md": "project/contributing",
    "CHANGELOG.md": "project/changelog",
    "bench/RESULTS.md": "project/results",
    "examples/README.md": "project/examples",
}

# pages that are made from code: read again by every build
somac_made = ["reference/command-line", "reference/error-codes", "reference/target-schema"]

# what is in backticks in a docstring is code, not always a name
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True, "undoc-members": False}
python_use_unqualified_type_names = True
# arrays are named as in the source, not spelt out
autodoc_type_aliases = {"ArrayLike": "numpy.typing.ArrayLike"}
toc_object_entries_show_parents = "hide"
napoleon_google_docstring = False
nitpicky = True
# types in signatures are often of other packages, or of modules that have no page
nitpick_ignore_regex = [("py:.*", ".*")]
# "bool (cores,): ..." is a shape in a docstring, and no name of which there are several
suppress_warnings = ["ref.python"]

# of a console, commands are copied and not what they say
copybutton_exclude = ".linenos, .gp, .go"

html_theme = "furo"
html_title = "somac"
html_static_path = ["_static"]
html_css_files = ["somac.css"]
html_show_sphinx = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
