"""The site page: how a site's counts went over time, from the history; one file, offline, without a script."""

from inventory.overtime.page import write_site_page

__all__ = ["write_site_page"]
