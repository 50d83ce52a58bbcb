"""Sphinx's settings; `build` calls it."""

import os
import pathlib
import re
import sys

here = pathlib.Path(__file__).parent
root = here.parent.parent
sys.path.insert(0, str(here))

project = "usbx"
copyright = "the usbx authors"
release = version = re.search(r'^version = "(.*)"', (root / "Cargo.toml").read_text(), re.M)[1]

extensions = ["myst_parser", "breathe", "names", "sphinx.ext.autodoc"]
sys.path.insert(0, str(root / "python"))
autodoc_mock_imports = ["pyusbx._library"]  # it loads the library, which may not be built
default_role = "code"
python_use_unqualified_type_names = True
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # a page that begins with the second level: the changelog's parts

breathe_projects = {"usbx": os.environ["SITE_WORK"] + "/xml", "cpp": os.environ["SITE_WORK"] + "/cpp/xml"}
breathe_default_project = "usbx"
breathe_domain_by_extension = {"h": "c", "hpp": "cpp"}
breathe_show_include = False
breathe_show_define_initializer = True
# The system's own types are not documented here.
nitpick_ignore_regex = [("c:identifier", r"u?int\d+_t|size_t|char|void"), ("cpp:.*", ".*"), ("py:class", ".*")]

html_theme = "furo"
html_title = f"usbx {release}"
html_static_path = ["style.css"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_search_summary = False  # it would fetch pages, which a browser only does from a server
html_show_sphinx = False
html_show_copyright = False
highlight_language = "c"
