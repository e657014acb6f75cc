"""The words of the report in each language, from the one table `texts.toml`."""

from __future__ import annotations

from warehouse.texts import LANGUAGES, Texts, text_table, texts_of

__all__ = ["LANGUAGES", "Texts", "load_texts", "table"]

_PACKAGE = "inventory.report"


def load_texts(lang: str) -> Texts:
    """Return the words of `lang`; BadInputError for a language that the table does not hold."""
    return texts_of(_PACKAGE, lang)


def table() -> dict[str, dict[str, str]]:
    """Return every text by its dotted key, each a dict from language to words."""
    return text_table(_PACKAGE)
