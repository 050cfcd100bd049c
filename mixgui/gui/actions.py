"""Every command of the window, declared once as a table: menus, keys, tooltips and tests are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from mixgui.gui.icons import icon
from mixgui.gui.step_forms.kinds import KINDS

MENUS = ("File", "Edit", "Data", "Model", "Plot", "View", "Help")


@dataclass(frozen=True)
class Command:
    """A command of the menus.

    Parameters
    ----------
    id : str
        Name of the handler; the action's object name is "action_" + id.
    menu : str
        One of `MENUS`.
    text : str
        With an ellipsis if it asks something before it does anything.
    keys : tuple of str, optional
        Shortcuts in Qt's portable spelling ("Ctrl" is the command key on a Mac).
    picture : str, optional
        Name of its icon.
    tip : str, optional
        One sentence more than the text says.
    role : QAction.MenuRole, optional
        Where macOS puts it.
    group : bool
        Whether a line separates it from the command before.
    checkable : bool
        Whether it stays on.
    """

    id: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    picture: str = ""
    tip: str = ""
    role: QAction.MenuRole = QAction.MenuRole.NoRole
    group: bool = False
    checkable: bool = False


_ROLE = QAction.MenuRole

COMMANDS: tuple[Command, ...] = (
    Command("new_project", "File", "New project", ("Ctrl+Shift+N",), "new", "Begin with an empty project."),
    Command("open", "File", "Open…", ("Ctrl+O",), "open", "Read files as tables, or open a project."),
    Command("open_with", "File", "Open with options…", ("Ctrl+Shift+O",), "open",
            "See how a file is read, and change it, before it is opened."),
    Command("close_all", "File", "Close project", ("Ctrl+W",), "close",
            "Go back to the start page; asks first if something is not saved."),
    Command("save", "File", "Save project", ("Ctrl+S",), "save",
            "Write steps, models and the data themselves to one file.", group=True),
    Command("save_as", "File", "Save project as…", ("Ctrl+Shift+S",), tip="Save under another name."),
    Command("start", "File", "Start page", picture="tour", tip="Examples, recent files and the tour.",
            group=True),
    Command("export", "File", "Export…", ("Ctrl+E",), "export", "Write the table or plot you are at to a file.",
            group=True),
    Command("quit", "File", "Quit", ("Ctrl+Q",), role=_ROLE.QuitRole, group=True),
    Command("copy", "Edit", "Copy table or plot", ("Ctrl+Shift+C",), "copy",
            "Copy the table or plot you are at, to paste it into a document.", group=True),
    Command("paste", "Edit", "Paste as table", ("Ctrl+V",), "paste",
            "Take cells that were copied in a spreadsheet, or a table of a web page."),
    Command("paste_with", "Edit", "Paste with options…", ("Ctrl+Shift+V",),
            tip="See how the copied text is read, and change it, before it becomes a table."),
    Command("preferences", "Edit", "Preferences…", ("Ctrl+,",), "preferences",
            "Theme, digits, confidence level, size of exported plots.", _ROLE.PreferencesRole, group=True),
    Command("join", "Data", "Join tables…", ("Ctrl+J",), "join",
            "Put the columns of one table beside the rows of another, by a key."),
    *(Command(f"step_{one.id}", "Data", one.text, picture=one.picture, tip=one.tip, group=one.group) for one in KINDS),
    Command("reload", "Data", "Reload from file", picture="refresh", group=True,
            tip="Read the file of this table again and do the later steps again."),
    Command("edit_read", "Data", "Change how it was read…", picture="edit",
            tip="Change separator, decimal mark, types and more of this table, and do the later steps again."),
    Command("rename_table", "Data", "Rename table…", picture="rename", group=True),
    Command("remove_table", "Data", "Remove table", picture="delete",
            tip="Take the table out of the project; the file stays."),
    Command("export_table", "Data", "Export table…", picture="export",
            tip="Write the table with all its rows to a file.", group=True),
    Command("fit", "Model", "Fit", ("Ctrl+Return", "Ctrl+Enter"), "fit", "Estimate the model that is shown."),
    Command("cancel", "Model", "Stop", ("Esc",), "stop", "Stop what is being computed; nothing is lost."),
    Command("new_model", "Model", "New model", ("Ctrl+N",), "add", "Begin another model of this table.",
            group=True),
    Command("duplicate_model", "Model", "Duplicate model", ("Ctrl+D",), "copy",
            "Go on with a copy; the original stays as it is."),
    Command("rename_model", "Model", "Rename model…", picture="rename"),
    Command("remove_model", "Model", "Remove model", picture="delete"),
    Command("show_residuals", "Plot", "Residuals", picture="plot", tip="Show the plots of the residuals."),
    Command("show_random_effects", "Plot", "Random effects", picture="plot",
            tip="Show the plots of the random effects."),
    Command("export_plot", "Plot", "Export plot…", picture="export",
            tip="Save the plot as PNG, SVG or PDF.", group=True),
    Command("copy_plot", "Plot", "Copy plot", picture="copy", tip="Copy the plot as a picture."),
    Command("tab_data", "View", "Data", ("Ctrl+1",), "data"),
    Command("tab_explore", "View", "Explore", ("Ctrl+2",), "plot_histogram"),
    Command("tab_model", "View", "Model", ("Ctrl+3",), "model"),
    Command("codebook", "View", "Codebook", ("Ctrl+K",), "look_up",
            "Labels, units, types, values and missing codes of the columns.", group=True),
    Command("checks", "View", "Checks of the data", ("Ctrl+Shift+K",), "checked",
            "Look for reused ids, values that vary within a group, names that are nearly equal and more."),
    Command("side_list", "View", "Side list", ("F9",), tip="Show or hide tables, steps and models.",
            group=True, checkable=True),
    Command("columns", "View", "Columns beside the data", ("F8",), tip="Show or hide the list of columns.",
            checkable=True),
    Command("value_labels", "View", "Value labels in the data", ("F7",), checkable=True,
            tip="Show what the codebook calls the values, or the codes that the table holds."),
    Command("help", "Help", "What is this?", ("F1",), "help", "Explain what has the keyboard's focus."),
    Command("tour", "Help", "Tour in five steps", picture="tour",
            tip="Does the main job on an example, from opening files to taking a table away."),
    Command("updates", "Help", "Check for updates", picture="refresh", group=True,
            tip="Open the page with the newest version in your browser."),
    Command("about", "Help", "About MixGUI", picture="about", role=_ROLE.AboutRole),
)  # fmt: skip


def make_actions(
    window: QMainWindow,
    handlers: Mapping[str, Callable[..., object]],
    commands: tuple[Command, ...] = COMMANDS,
) -> dict[str, QAction]:
    """Return the commands as actions of a window, by id.

    Raises
    ------
    KeyError
        If a command has no handler: a menu entry that does nothing is a mistake.
    """
    actions = {}
    for command in commands:
        action = QAction(command.text, window)
        action.setObjectName(f"action_{command.id}")
        action.setMenuRole(command.role)
        action.setCheckable(command.checkable)
        if command.picture:
            action.setIcon(icon(command.picture))
        if command.keys:
            action.setShortcuts([QKeySequence(key) for key in command.keys])
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = command.tip or command.text.rstrip("…")
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        action.setStatusTip(command.tip)
        signal = action.toggled if command.checkable else action.triggered
        handler = handlers[command.id]
        if command.checkable:
            signal.connect(handler)
        else:
            signal.connect(lambda checked=False, handler=handler: handler())
        window.addAction(action)  # its key works although the menu is not open
        actions[command.id] = action
    return actions


def fill_menu_bar(
    window: QMainWindow, actions: Mapping[str, QAction], commands: tuple[Command, ...] = COMMANDS
) -> dict[str, QMenu]:
    """Put the actions into the menus of the window and return the menus by title."""
    menus = {}
    for title in MENUS:
        menu = window.menuBar().addMenu(f"&{title}")
        menu.setObjectName(f"menu_{title.lower()}")
        menu.setToolTipsVisible(True)
        menus[title] = menu
    for command in commands:
        menu = menus[command.menu]
        if command.group and menu.actions():
            menu.addSeparator()
        menu.addAction(actions[command.id])
    return menus
