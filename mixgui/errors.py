"""The errors that a user may see: each is a sentence (what, where) and a hint (what to do)."""

from __future__ import annotations


class MixguiError(Exception):
    """An operation that was refused, in words for a student.

    Parameters
    ----------
    message : str
        What happened and where, as a full sentence.
    hint : str, optional
        What to do about it, as a full sentence.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ReadError(MixguiError):
    """A file that cannot be read as a table."""


class JoinError(MixguiError):
    """Two tables that cannot be joined as asked."""


class StepError(MixguiError):
    """A step of the data preparation that cannot be applied."""


class FormulaError(MixguiError):
    """A formula or expression that is not understood.

    Parameters
    ----------
    message, hint : str
        As in `MixguiError`.
    span : tuple of int
        Start and end (exclusive) of the offending characters in the text that was parsed.
    """

    def __init__(self, message: str, hint: str = "", *, span: tuple[int, int] = (0, 0)) -> None:
        super().__init__(message, hint)
        self.span = span


class ModelError(MixguiError):
    """A model that cannot be fitted to the data (constant outcome, more parameters than rows, ...)."""


class ExportError(MixguiError):
    """A plot or table that cannot be written."""


class ProjectFileError(MixguiError):
    """A project file that is damaged, foreign or too new."""


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """Raised inside a job when its user cancelled it."""
