"""Text of strangers (labels, file headers, cells) as a terminal may show it."""

from __future__ import annotations

import re

_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but for line ends and tabs: a terminal takes them for commands. And those that turn the direction of writing,
behind which a line says something else than it seems to."""


def shown(text: str) -> str:
    r"""Return the text with such characters written out.

    >>> print(shown("\x1b[2J"), shown("LPN\u202e7"))
    \x1b[2J LPN\u202e7
    """
    return _COMMANDS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
