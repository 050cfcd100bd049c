"""The formula as text: one line with completion of names, errors underlined while typing.

The text belongs to the user: `set_formula` rewrites it only if it does not already say the same formula, so
typing is never disturbed and two views of one formula cannot chase each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSize, QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QKeyEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QPlainTextEdit, QSizePolicy, QWidget

from mixgui.data.tokens import spell_name
from mixgui.errors import FormulaError
from mixgui.gui.theme import colors

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.models.formula import Formula

# Offered after the columns. What else the expressions know can be typed all the same.
FUNCTIONS = ("I", "log", "exp", "sqrt", "scale", "poly", "factor", "abs", "log2", "log10", "log1p", "center")

# What may be a name that is being typed, for the completion; the parser's tokens are stricter.
_WORD = re.compile(r"`[^`]*`?|(?:[^\W\d_]|\.(?!\d))[\w.]*")
MIME_VARIABLE = "application/x-mixgui-variable"


class _Underliner(QSyntaxHighlighter):
    """Underlines the characters of errors."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.spans: tuple[tuple[int, int], ...] = ()

    def highlightBlock(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Draw a wave under each span; an empty span takes the character before it."""
        wave = QTextCharFormat()
        wave.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        wave.setUnderlineColor(QColor(colors().error))
        wave.setForeground(QColor(colors().error))
        for start, end in self.spans if text else ():
            first = min(max(start, 0), len(text) - 1)
            self.setFormat(first, max(min(end, len(text)) - first, 1), wave)


class FormulaEdit(QPlainTextEdit):
    """A single line in which a formula is typed.

    Signals
    -------
    formula_changed(Formula)
        The user typed something that parses and is another formula than before.
    error_changed(FormulaError or None)
        What is wrong with the text now; also names that the table does not have.
    fit_requested()
        Enter was pressed.
    """

    formula_changed = Signal(object)
    error_changed = Signal(object)
    fit_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("formula_edit")
        self.setAccessibleName("Model formula")
        self.setPlaceholderText("outcome ~ predictor + (1 | group)")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._formula: Formula | None = None
        self._error: FormulaError | None = None
        self._columns: tuple[str, ...] = ()
        self._text = ""
        self._font()
        self._underliner = _Underliner(self.document())
        self._names = QStringListModel(self)
        self._completer = self._make_completer()
        self.textChanged.connect(self._on_text_changed)

    # --- what others say ---

    def formula(self) -> Formula | None:
        """Return the formula that the text says, or None while it cannot be understood."""
        return self._formula

    def error(self) -> FormulaError | None:
        """Return what is wrong with the text now."""
        return self._error

    def error_spans(self) -> tuple[tuple[int, int], ...]:
        """Return the characters that are underlined."""
        return self._underliner.spans

    def set_formula(self, formula: Formula | None) -> None:
        """Show a formula; the text stays as it is if it says this formula already."""
        if formula == self._formula and (formula is not None or not self._text.strip()):
            return
        self._formula = formula  # first, so that the new text is no news
        self.setPlainText("" if formula is None else str(formula))
        self.moveCursor(QTextCursor.MoveOperation.End)

    def set_columns(self, columns: Sequence[str]) -> None:
        """Tell which columns the table has, for completion and for names that are unknown."""
        self._columns = tuple(columns)
        self._names.setStringList([*self._columns, *(f"{name}()" for name in self.function_names())])
        self._check()

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are known."""
        return self._columns

    # --- what a field for another language says differently ---

    def function_names(self) -> tuple[str, ...]:
        """Return the functions that are offered after the columns."""
        return FUNCTIONS

    def understand(self, text: str) -> tuple[Formula | None, tuple[FormulaError, ...]]:
        """Return what a text says, if it says anything, and what is wrong with it."""
        return _read(text, self._columns)

    # --- typing ---

    @Slot()
    def _on_text_changed(self) -> None:
        text = self.toPlainText()
        if text == self._text:  # the underline changes the document too
            return
        self._text = text
        before = self._formula
        self._check()
        if self._formula is not None and self._formula != before:
            self.formula_changed.emit(self._formula)

    def _check(self) -> None:
        """Parse the text, mark what is wrong and tell it."""
        self._formula, errors = self.understand(self._text)
        self._show_spans(tuple(error.span for error in errors))
        error = errors[0] if errors else None
        if _said(error) != _said(self._error):
            self._error = error
            self.error_changed.emit(error)

    def _show_spans(self, spans: tuple[tuple[int, int], ...]) -> None:
        """Underline these characters."""
        if spans != self._underliner.spans:
            self._underliner.spans = spans
            self._underliner.rehighlight()

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802 - Qt's name
        """Paste as one line; a variable that was dropped is written as the formula spells it."""
        if source.hasFormat(MIME_VARIABLE):
            text = spell_name(bytes(source.data(MIME_VARIABLE).data()).decode("utf-8"))
        else:
            text = " ".join(source.text().split())
        self.insertPlainText(text)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802 - Qt's name
        """Accept text and dragged variables."""
        return source.hasFormat(MIME_VARIABLE) or super().canInsertFromMimeData(source)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Let Enter fit and the list of names take its keys first."""
        popup = self._popup()
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if popup.isVisible() and (enter or event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Escape)):
            event.ignore()  # the completer takes the name or hides
            return
        if enter:
            event.accept()
            self.fit_requested.emit()
            return
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        asked = control and event.key() == Qt.Key.Key_Space
        if not asked:
            super().keyPressEvent(event)
        typed = bool(event.text()) and (event.text().isprintable() or event.key() == Qt.Key.Key_Backspace)
        if asked or typed:
            self._offer(asked)

    # --- completion ---

    def _make_completer(self) -> QCompleter:
        completer = QCompleter(self._names, self)
        completer.setWidget(self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(10)
        popup = completer.popup()
        assert popup is not None
        popup.setObjectName("formula_completions")
        completer.activated[str].connect(self._complete)  # type: ignore[index]
        return completer

    def _popup(self) -> QAbstractItemView:
        popup = self._completer.popup()
        assert popup is not None  # a completer makes its list when it is asked for it
        return popup

    def _word(self) -> tuple[int, str]:
        """Return where the name before the cursor begins, and its letters."""
        position = self.textCursor().position()
        for match in _WORD.finditer(self._text[:position]):
            closed = match.group().count("`") == 2
            if match.end() == position and not closed:
                return match.start(), match.group()
        return position, ""

    def _offer(self, asked: bool) -> None:
        """Show the names that fit what was typed of one."""
        start, word = self._word()
        prefix = word.lstrip("`")
        popup = self._popup()
        inside = self._text[self.textCursor().position() :][:1]
        if not asked and (len(prefix) < 2 or (inside and (inside.isalnum() or inside in "_."))):
            popup.hide()
            return
        self._completer.setCompletionPrefix(prefix)
        count = self._completer.completionCount()
        if count == 0 or (count == 1 and self._completer.currentCompletion() == prefix):
            popup.hide()  # nothing to add
            return
        popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
        cursor = self.textCursor()
        cursor.setPosition(start)
        area = self.cursorRect(cursor)
        area.setWidth(popup.sizeHintForColumn(0) + popup.verticalScrollBar().sizeHint().width() + 24)
        area.translate(0, 10)
        self._completer.complete(area)

    @Slot(str)
    def _complete(self, chosen: str) -> None:
        """Replace what was typed of a name by the name."""
        start, _ = self._word()
        function = chosen.endswith("()") and chosen not in self._columns
        cursor = self.textCursor()
        end = cursor.position()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(chosen if function else spell_name(chosen))
        if function:  # the cursor stands between the brackets
            cursor.movePosition(QTextCursor.MoveOperation.Left)
        self.setTextCursor(cursor)

    # --- look ---

    def _font(self) -> None:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(QFont(self.font()).pointSizeF() * 1.1)
        font.setStyleHint(QFont.StyleHint.Monospace)
        self.document().setDefaultFont(font)
        self.document().setDocumentMargin(2)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the height of one line."""
        self.ensurePolished()
        line = self.document().firstBlock().layout().boundingRect().height()
        margins = self.contentsMargins()
        height = line + 2 * self.document().documentMargin() + margins.top() + margins.bottom() + 8
        return QSize(420, max(round(height), 34))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Let the field become narrow, never lower than one line."""
        return QSize(200, self.sizeHint().height())


def _said(error: FormulaError | None) -> tuple[str, str, tuple[int, int]] | None:
    return None if error is None else (error.message, error.hint, error.span)


def _read(text: str, columns: Sequence[str]) -> tuple[Formula | None, tuple[FormulaError, ...]]:
    """Return the formula that a text says, if it says one, and what is wrong with it."""
    if not text.strip():
        return None, ()
    from mixgui.models.formula_parser import check_names, parse_formula_with_spans

    try:
        parsed = parse_formula_with_spans(text)
    except FormulaError as problem:
        return None, (problem,)
    return parsed.formula, check_names(parsed, columns) if columns else ()
