"""Every option of the program, declared once.

The preferences dialog is made from this table. What stands in the file of settings may be of another version,
or edited by hand: a value that does not fit is replaced by the default and never stops the program.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

_RECENT_FILES = 10


@dataclass(frozen=True)
class Option:
    """One option.

    Parameters
    ----------
    name : str
        Key in the file of settings; what is before the slash is its section.
    default : bool, int, float, str or tuple of str
        The type of the default is the type of the option.
    title : str
        Label in the preferences dialog; empty for what the program only remembers (no control there).
    help : str
        What the option does, for the tooltip.
    choices : tuple of (str, str)
        Allowed values and their titles, for options with a list.
    minimum, maximum : float, optional
        Bounds, included.
    """

    name: str
    default: bool | int | float | str | tuple[str, ...]
    title: str = ""
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    def read(self, stored: object) -> Any:
        """Return a value of the option's type from what the file holds, or the default."""
        try:
            value = self._convert(stored)
        except (TypeError, ValueError, OverflowError):
            return self.default
        return value if self.allows(value) else self.default

    def allows(self, value: object) -> bool:
        """Whether a value of the right type is within the choices or bounds."""
        if self.choices:
            return value in {choice for choice, _ in self.choices}
        if isinstance(value, bool) or not isinstance(value, int | float):
            return True
        if not math.isfinite(value):
            return False
        return (self.minimum is None or value >= self.minimum) and (
            self.maximum is None or value <= self.maximum
        )

    def _convert(self, stored: object) -> Any:
        if isinstance(self.default, bool):
            words = {"true": True, "1": True, "false": False, "0": False}
            return words.get(str(stored).lower(), self.default)
        if isinstance(self.default, tuple):
            if isinstance(stored, str):  # an ini file does not tell a list of one from its entry
                return (stored,) if stored else ()
            return tuple(str(item) for item in stored)  # type: ignore[attr-defined]
        if isinstance(self.default, int):
            return int(str(stored))
        if isinstance(self.default, float):
            return float(str(stored))
        return str(stored)


OPTIONS: tuple[Option, ...] = (
    Option(
        "appearance/theme",
        "system",
        "Theme",
        "Light or dark colours, or as the system has them.",
        choices=(("system", "As the system"), ("light", "Light"), ("dark", "Dark")),
    ),
    Option(
        "numbers/digits",
        4,
        "Significant digits",
        "Digits that tables show. Copies and exports always have all digits.",
        minimum=2,
        maximum=10,
    ),
    Option(
        "statistics/conf_level",
        0.95,
        "Confidence level",
        "Level of confidence intervals and of the intervals of random effects.",
        minimum=0.5,
        maximum=0.999,
    ),
    Option(
        "statistics/reml",
        True,
        "Fit mixed models by REML",
        "Restricted maximum likelihood for new models; without it maximum likelihood.",
    ),
    Option(
        "statistics/ddf",
        "none",
        "p-values of mixed models",
        "Degrees of freedom for the t tests of fixed effects; without them there is no p, as in lme4.",
        choices=(("none", "None"), ("satterthwaite", "Satterthwaite"), ("kenward-roger", "Kenward–Roger")),
    ),
    Option("export/dpi", 300, "Resolution (dots per inch)", "For PNG files.", minimum=50, maximum=1200),
    Option("export/width", 6.5, "Width (inches)", "Of exported plots.", minimum=1.0, maximum=40.0),
    Option("export/height", 4.5, "Height (inches)", "Of exported plots.", minimum=1.0, maximum=40.0),
    Option(
        "export/excel_bom",
        True,
        "Mark CSV files for Excel",
        "Writes the mark by which Excel recognises accents and other letters (UTF-8 with BOM).",
    ),
    Option(
        "sample/count",
        25,
        "Groups in a sample",
        "How many groups are drawn for plots that show some of them.",
        minimum=1,
        maximum=400,
    ),
    Option(
        "sample/seed",
        100,
        "Seed of the sample",
        "The same seed gives the same groups as set.seed() and sample() in R.",
        minimum=0,
        maximum=2**31 - 1,
    ),
    # Remembered, not asked for.
    Option("data/value_labels", True),
    Option("files/folder", ""),
    Option("files/recent", ()),
    Option("export/folder", ""),
    Option("window/geometry", ""),
    Option("window/state", ""),
)

_BY_NAME = {option.name: option for option in OPTIONS}


class Settings(QObject):
    """The user's values of the options.

    Parameters
    ----------
    path : Path, optional
        An ini file; without it the user's own one in the system's folder for settings.

    Signals
    -------
    changed(str, object)
        Name and new value of an option.
    """

    changed = Signal(str, object)

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        ini = QSettings.Format.IniFormat  # one readable format on all systems; never the Windows registry
        if path is None:
            self._store = QSettings(ini, QSettings.Scope.UserScope, "MixGUI", "MixGUI", self)
        else:
            self._store = QSettings(str(path), ini, self)

    def get(self, name: str) -> Any:
        """Return the value of an option, which has the type of its default."""
        option = _option(name)
        if not self._store.contains(name):
            return option.default
        return option.read(self._store.value(name))

    def set(self, name: str, value: Any) -> None:
        """Change an option.

        Raises
        ------
        ValueError
            If the value is of another type than the default, or outside the choices or bounds.
        """
        option = _option(name)
        value = _coerced(option, value)
        if value == self.get(name):
            return
        if value == option.default:
            self._store.remove(name)  # a later version may choose a better default
        else:
            self._store.setValue(name, list(value) if isinstance(value, tuple) else value)
        self.changed.emit(name, value)

    def reset(self) -> None:
        """Put back the defaults of everything that the preferences show."""
        for option in OPTIONS:
            if option.title:
                self.set(option.name, option.default)

    def add_recent(self, path: Path | str) -> None:
        """Put a file at the head of the recent files."""
        name = str(Path(path).absolute())
        others = tuple(one for one in self.get("files/recent") if one != name)
        self.set("files/recent", (name, *others)[:_RECENT_FILES])

    def sync(self) -> None:
        """Write what is not written yet."""
        self._store.sync()


def _option(name: str) -> Option:
    try:
        return _BY_NAME[name]
    except KeyError:
        raise ValueError(f"There is no option {name!r}.") from None


def _coerced(option: Option, value: Any) -> Any:
    """Return the value in the option's type, or raise ValueError."""
    kind = type(option.default)
    if kind is float and type(value) is int:
        value = float(value)
    if kind is tuple and isinstance(value, list):
        value = tuple(value)
    if type(value) is not kind or not option.allows(value):
        raise ValueError(f"{value!r} is no value of the option {option.name!r}.")
    return value
