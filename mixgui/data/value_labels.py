"""What values are called: the labels that a codebook gives to codes, for all that shows values.

The frame keeps the code; a label is only shown. A code without a label is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mixgui.data.dataset import Variable
from mixgui.data.long_columns import factorize
from mixgui.data.values import spell

__all__ = ["label_of", "labelled"]


def label_of(value: Any, labels: Mapping[str, str]) -> str:
    """Return what a value is called; empty without a label."""
    return labels.get(spell(value), "")


def labelled(frame: pd.DataFrame, variables: Iterable[Variable]) -> pd.DataFrame:
    """Return a frame with labels in place of the codes that have one.

    Parameters
    ----------
    frame : pandas.DataFrame
        Some rows and columns of a table.
    variables : iterable of Variable
        What is known of its columns; others may be among them.

    Returns
    -------
    pandas.DataFrame
        The very same one if no column has labels. A column with labels becomes one of objects: texts, and the
        codes that have none.
    """
    new = {
        one.name: _labelled_column(frame[one.name], dict(one.value_labels))
        for one in variables
        if one.value_labels and one.name in frame.columns
    }
    return frame.assign(**new) if new else frame


def _labelled_column(column: pd.Series, labels: Mapping[str, str]) -> pd.Series:
    codes, uniques = factorize(column)  # a label is looked up once for each different value
    values = np.asarray(uniques, dtype=object)
    shown = np.empty(len(values) + 1, dtype=object)
    for place, value in enumerate(values.tolist()):
        shown[place] = label_of(value, labels) or value
    shown[-1] = None  # a missing value has the code -1
    return pd.Series(shown[codes], index=column.index, name=column.name, dtype=object)
