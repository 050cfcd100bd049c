"""What the model tab knows of a table: likely groups and the level of every variable; found in the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mixgui.observer import Observer, Progress

if TYPE_CHECKING:  # the window must not wait for pandas
    import pandas as pd

    from mixgui.data.dataset import Dataset
    from mixgui.models.equation_columns import Categories
    from mixgui.models.result import ModelFit

# An equation with more dummy variables than this is read by nobody.
_MOST_CATEGORIES = 30


@dataclass(frozen=True)
class TableContext:
    """Groups and levels of one table.

    Parameters
    ----------
    groups : tuple of str
        Columns that look like grouping factors, the best first.
    factors : tuple of str
        The grouping factors for which the levels were found.
    levels : mapping
        Variable -> grouping factor within which it is constant, or None if it varies from row to row.
    categories : mapping
        Variable as a formula writes it -> its categories, for the dummy variables of equations.
    """

    groups: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    levels: Mapping[str, str | None] = field(default_factory=dict)
    categories: Mapping[str, Categories] = field(default_factory=dict)


def finding_context(dataset: Dataset, factors: Sequence[str]) -> Callable[[Observer], TableContext]:
    """Return the job that looks for groups, and for levels within `factors` (else within likely groups)."""

    def work(observer: Observer) -> TableContext:
        from mixgui.data.declared_levels import found_groups

        observer(Progress("Looking for groups"))
        groups = found_groups(dataset)
        known = [name for name in factors if name in dataset.names]
        chosen = tuple(known) or groups[:1]
        levels = find_levels(dataset, chosen, observer)
        return TableContext(groups, chosen, levels, find_categories(dataset))

    return work


def find_categories(dataset: Dataset) -> dict[str, Categories]:
    """Return the categories of the columns that are factors, or may be made factors, in a formula."""
    from mixgui.data.nodes import Call, Name
    from mixgui.models.equation_columns import Categories
    from mixgui.models.variables import as_factor

    out = {}
    for one in dataset.variables:
        if (
            one.kind not in ("category", "text", "boolean", "integer")
            or not 1 < one.n_unique <= _MOST_CATEGORIES
        ):
            continue
        factor = as_factor(one.name, dataset.frame[one.name])
        expression = Name(one.name)
        wanted = Call("factor", (expression,)) if one.kind == "integer" else expression
        out[str(wanted)] = Categories(factor.levels, factor.ordered)
    return out


def find_levels(dataset: Dataset, factors: Sequence[str], observer: Observer) -> dict[str, str | None]:
    """Return the level of every variable: the coarsest factor within whose groups it is constant, or None.

    Where the codebook says the level, that is it.
    """
    from mixgui.data.declared_levels import found_level, said_factor

    coarsest_first = sorted(factors, key=lambda name: dataset.variable(name).n_unique)
    levels: dict[str, str | None] = {}
    for name in dataset.names:
        observer(Progress("Looking at which level variables vary"))
        is_said, levels[name] = said_factor(dataset, name, coarsest_first)
        if is_said:
            continue
        for factor in coarsest_first:
            if name == factor or found_level(dataset, name, factor) == "group":
                levels[name] = factor
                break
    return levels


def group_orders(
    fit: ModelFit, dataset: Dataset, tables: Mapping[str, Dataset], likely: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return each grouping factor's groups in the order from which samples are drawn.

    That is the order of the table that has one row a group, if there is one, else of the rows of the data:
    what `sample()` is given in R. An ordinary regression has the likely groups of the table for factors.

    Parameters
    ----------
    fit : ModelFit
    dataset : Dataset
        The table that was fitted.
    tables : mapping
        All tables.
    likely : sequence of str
        Columns that look like grouping factors.
    """
    from mixgui.models.diagnostics import residual_frame

    factors = (
        [one.name for one in fit.groups] if fit.kind == "lmm" else [n for n in likely if n in dataset.names]
    )
    frame = residual_frame(fit) if fit.kind == "lmm" else None
    orders = {}
    for factor in factors:
        if frame is not None:
            used = tuple(dict.fromkeys(str(level) for level in frame[factor]))
        else:
            used = _names(dataset.frame[factor])
        orders[factor] = _as_group_table(factor, used, dataset, tables)
    return orders


def _as_group_table(
    factor: str, used: tuple[str, ...], dataset: Dataset, tables: Mapping[str, Dataset]
) -> tuple[str, ...]:
    """Return the groups in the order of the table that has one row for each of them, if there is one."""
    wanted = set(used)
    for table in tables.values():
        if table is dataset or factor not in table.names or table.variable(factor).n_unique != table.n_rows:
            continue
        names = _names(table.frame[factor])
        if wanted <= set(names):
            return tuple(name for name in names if name in wanted)
    return used


def _names(column: pd.Series) -> tuple[str, ...]:
    """Return the groups of a column in the order of the rows, named as a grouping factor names them."""
    from mixgui.models.variables import level_names

    return tuple(level_names(column.dropna().unique()))


def labels_of(dataset: Dataset | None) -> dict[str, str]:
    """Return what the codebook calls the columns."""
    return {one.name: one.label for one in dataset.variables if one.label} if dataset is not None else {}
