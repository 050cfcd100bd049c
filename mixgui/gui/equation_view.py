"""The statistical model as an equation: composite, by levels, or its assumptions; copied as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from mixgui.gui.theme import HALF, SPACE, icon, make_muted

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.models.equation_markup import Equation

FORMS = {"composite": "Composite", "levels": "Level 1 and Level 2", "assumptions": "Assumptions"}


class EquationLabel(QLabel):
    """An equation in rich text, with a menu that copies it.

    The text can be selected; its plain form is what assistive technology reads.
    """

    copied = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda where: self.menu().popup(self.mapToGlobal(where)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self.setFont(font)
        self._equation: Equation | None = None

    @property
    def equation(self) -> Equation | None:
        """The equation that is shown."""
        return self._equation

    def set_equation(self, equation: Equation | None) -> None:
        """Show an equation, or nothing."""
        self._equation = equation
        self.setText("" if equation is None else equation.html)
        self.setAccessibleName("Equation" if equation is None else f"Equation: {equation.text}")

    def menu(self) -> QMenu:
        """Return a menu that copies the equation."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, words in (("latex", "Copy as LaTeX"), ("text", "Copy as text"), ("html", "Copy formatted")):
            action = QAction(icon("copy"), words, menu)
            action.setObjectName(f"equation_copy_{name}")
            action.setEnabled(self._equation is not None)
            action.triggered.connect(lambda _=False, name=name: self.copy(name))
            menu.addAction(action)
        return menu

    def copy(self, form: str) -> None:
        """Copy the equation as "latex", "text" or formatted "html"."""
        equation = self._equation
        if equation is None:
            return
        data = QMimeData()
        data.setText(equation.latex if form == "latex" else equation.text)
        if form == "html":
            data.setHtml(equation.html)
        QGuiApplication.clipboard().setMimeData(data)
        self.copied.emit(form)


class CopyEquationButton(QToolButton):
    """Copies an equation as LaTeX; its arrow offers the other forms."""

    def __init__(self, label: EquationLabel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setIcon(icon("copy"))
        self.setToolTip("Copy the equation as LaTeX, text or formatted")
        self.setAccessibleName("Copy the equation")
        self.clicked.connect(lambda: label.menu().popup(self.mapToGlobal(self.rect().bottomLeft())))


class EquationView(QFrame):
    """The equation of the formula, drawn while it is typed.

    Signals
    -------
    form_changed(str)
        "composite", "levels" or "assumptions".
    """

    form_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("equation_view")
        self._equations: Mapping[str, Equation] = {}
        self.label = EquationLabel("equation", self)
        self._area = QScrollArea(self)
        self._area.setObjectName("equation_area")
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self.label)
        self._sentence = make_muted("", self)
        self._sentence.setObjectName("formula_message")
        self._form = QComboBox(self)
        self._form.setObjectName("equation_form")
        self._form.setAccessibleName("Form of the equation")
        for form, words in FORMS.items():
            self._form.addItem(words, form)
        self._copy = CopyEquationButton(self.label, "equation_copy", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(HALF)
        row.addWidget(self._area, 1)
        row.addWidget(self._sentence, 1)
        row.addWidget(self._form, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignTop)
        self._form.currentIndexChanged.connect(self._show)
        self.set_equations({})
        self.set_sentence("")

    def set_equations(self, equations: Mapping[str, Equation]) -> None:
        """Show the equations of a formula: a form each, or none at all."""
        self._equations = equations
        self._show_controls()
        self._show()

    def set_sentence(self, sentence: str) -> None:
        """Show a sentence in place of the equation; an empty one brings the equation back."""
        self._sentence.setText(sentence)
        self._area.setVisible(not sentence)
        self._sentence.setVisible(bool(sentence))
        self._show_controls()

    def _show_controls(self) -> None:
        """Offer forms and copies of an equation that is seen, not of one behind a sentence."""
        seen = bool(self._equations) and not self._sentence.text()
        self._form.setVisible(seen and len(self._equations) > 1)
        self._copy.setVisible(seen)

    @property
    def sentence(self) -> str:
        """The sentence that stands in place of the equation."""
        return self._sentence.text()

    @property
    def form(self) -> str:
        """The form that is shown."""
        return str(self._form.currentData())

    @Slot()
    def _show(self) -> None:
        self.label.set_equation(self._equations.get(self.form))
        self._fit_height()
        self.form_changed.emit(self.form)

    def resizeEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Give the equation the lines that it needs at the new width."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit_height()

    def _fit_height(self) -> None:
        """Be as high as the equation, up to six lines; more is scrolled."""
        line = self.label.fontMetrics().lineSpacing()
        width = max(self._area.width() - 2, 160)
        needed = max(self.label.heightForWidth(width), line) if self.label.text() else line
        height = max(min(needed + 4, 8 * line), self._form.sizeHint().height())
        self._area.setFixedHeight(height)
        self._sentence.setMinimumHeight(height)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the height of the equation."""
        return QSize(400, self._area.height() + SPACE)
