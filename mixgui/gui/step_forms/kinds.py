"""The steps that can be done by clicking, declared once as a table: menus, dialogs and tests are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mixgui.gui.step_forms.base import StepForm


@dataclass(frozen=True)
class StepKind:
    """A step and its form.

    Parameters
    ----------
    id : str
        Of the command: "step_" + id.
    step : str
        Name of the step's class.
    form : str
        Module (in this package) and class of its form.
    text : str
        In the menu.
    title : str
        Of the dialog.
    picture : str
        Name of its icon.
    tip : str
        What it does, in a sentence.
    column : str
        Text in the menu of a column; empty if it is not offered there.
    group : bool
        Whether a line separates it from the one before in a menu.
    """

    id: str
    step: str
    form: str
    text: str
    title: str
    picture: str
    tip: str
    column: str = ""
    group: bool = False

    def make_form(self, *arguments: Any) -> StepForm:
        """Return a new form; its module is loaded at the first use, so that the window starts without it."""
        module, name = self.form.split(".")
        form: StepForm = getattr(import_module(f"mixgui.gui.step_forms.{module}"), name)(*arguments)
        return form


KINDS: tuple[StepKind, ...] = (
    StepKind("pivot_longer", "PivotLonger", "reshape.PivotLongerForm", "Wide to long…", "Wide to long", "longer",
             "Put columns below each other, such as one for each year: a row for each cell.", group=True),
    StepKind("pivot_wider", "PivotWider", "reshape.PivotWiderForm", "Long to wide…", "Long to wide", "wider",
             "Put cells beside each other: a column for each value of another column."),
    StepKind("stack_rows", "StackRows", "reshape.StackForm", "Stack tables…", "Stack tables", "stack",
             "Put tables with the same columns below each other."),
    StepKind("aggregate", "Aggregate", "columns.AggregateForm", "Aggregate to groups…", "Aggregate to groups",
             "aggregate", "Make a table with one row a group: means, SDs, counts, shares."),
    StepKind("compute", "Compute", "compute.ComputeForm", "Compute a column…", "Compute a column", "compute",
             "Calculate a new column from others, also within groups.", "Compute from it…", group=True),
    StepKind("recode", "Recode", "values.RecodeForm", "Recode values…", "Recode values", "recode",
             "Give the values of a column new ones.", "Recode…"),
    StepKind("look_up", "LookUp", "values.LookUpForm", "Look up values…", "Look up values", "look_up",
             "Take values that stand beside a key in another table."),
    StepKind("set_type", "SetType", "set_type.SetTypeForm", "Set type and levels…", "Set type and levels", "set_type",
             "Say what a column is: number, category with its order of levels, date and so on.", "Set type…"),
    StepKind("center", "Center", "center.CenterForm", "Centre and scale…", "Centre and scale", "center",
             "Subtract the grand mean, the group means or a value.", "Centre…"),
    StepKind("rename_columns", "RenameColumns", "columns.RenameForm", "Rename columns…", "Rename columns", "rename",
             "Give columns other names.", "Rename…"),
    StepKind("remove_columns", "RemoveColumns", "columns.RemoveForm", "Remove columns…", "Remove columns", "delete",
             "Take columns out of the table."),
    StepKind("filter", "Filter", "compute.FilterForm", "Filter rows…", "Filter rows", "filter",
             "Keep the rows that meet a condition.", "Filter…", group=True),
    StepKind("drop_missing", "DropMissing", "rows.DropMissingForm", "Drop rows with missing values…",
             "Drop rows with missing values", "drop_missing", "Leave out the rows that lack a value.",
             "Drop rows where it is missing…"),
    StepKind("fill_down", "FillDown", "rows.FillDownForm", "Fill down…", "Fill down", "fill_down",
             "Give missing cells the last value above them."),
    StepKind("sort", "Sort", "rows.SortForm", "Sort rows…", "Sort rows", "sort",
             "Order the rows by one or more columns."),
    StepKind("sample", "Sample", "rows.SampleForm", "Draw a sample…", "Draw a sample", "reroll",
             "Draw rows or whole groups at random; a seed makes it repeatable."),
)  # fmt: skip

#: Steps that are made elsewhere in the window and edited in the same dialog.
MADE_ELSEWHERE: tuple[StepKind, ...] = (
    StepKind("describe", "Describe", "describe.DescribeForm", "Describe columns…", "Describe columns", "look_up",
             "Say what columns are: labels, units, types, values, missing codes, level."),
    StepKind("rename_table", "RenameTable", "tables.RenameTableForm", "Rename table…", "Rename a table", "rename",
             "Give a table another name."),
    StepKind("remove_table", "RemoveTable", "tables.RemoveTableForm", "Remove table", "Remove a table", "delete",
             "Take a table out of the project."),
)  # fmt: skip


def kind_of(step: object) -> StepKind | None:
    """Return the kind of a step; None for a step without a form."""
    name = type(step).__name__
    return next((kind for kind in (*KINDS, *MADE_ELSEWHERE) if kind.step == name), None)


def kind(kind_id: str) -> StepKind:
    """Return the kind of this id."""
    return next(one for one in KINDS if one.id == kind_id)
