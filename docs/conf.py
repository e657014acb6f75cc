"""The documentation as a site: `make docs`, then open docs/_build/index.html."""

project = "aislescan"
author = "The aislescan authors"
project_copyright = "Apache-2.0"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "reference/examples"]
html_theme = "furo"
html_title = "aislescan"
html_show_sourcelink = False
html_copy_source = False
suppress_warnings = ["misc.highlighting_failure"]  # our CSV examples are shown as they are
language = "en"
