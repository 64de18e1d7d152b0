"""The documentation as a site: Sphinx reads docs/*.md by MyST. Built, and its links checked, by scripts/site-check."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "provider-connections"
author = "the authors of provider-connections"

# pages.py has what is this site's own: navigation, links into the repository, the page of the schema, diagrams.
extensions = ["myst_parser", "pages"]
root_doc = "index"
exclude_patterns = ["site", "images", "upstream"]

# The anchors that GitHub gives headings, since the pages are read there too.
myst_heading_anchors = 6

# Pygments knows no function bodies of PostgreSQL.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = project
# Where scripts/site-check has put Mermaid.
html_static_path = [os.environ["SITE_STATIC"]]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
