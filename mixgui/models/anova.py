"""Analysis of variance: an F test for each term."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from mixgui.models.anova_contrasts import type_three, type_two
from mixgui.models.hypotheses import Ddf, inference_of

if TYPE_CHECKING:  # the result delegates to this module
    from mixgui.models.result import ModelFit


def anova(fit: ModelFit, kind: Literal[2, 3], ddf: Ddf) -> pd.DataFrame:
    """Test each term of the fixed effects; see `ModelFit.anova`."""
    if kind not in (2, 3):
        raise ValueError(f"type is 2 or 3, not {kind!r}")
    inference = inference_of(fit, ddf)
    hypotheses = type_three(fit) if kind == 3 else type_two(fit)
    rows = []
    for name, L in hypotheses.items():
        if not len(L):  # all its columns were dropped
            rows.append((name, np.nan, np.nan, 0.0, np.nan, np.nan, np.nan))
            continue
        test = inference.f_test(L)
        mean_sq = test.statistic * fit.sigma**2
        rows.append((name, mean_sq * test.df1, mean_sq, test.df1, test.df2, test.statistic, test.p_value))
    columns = ["term", "sum_sq", "mean_sq", "num_df", "den_df", "statistic", "p_value"]
    table = pd.DataFrame(rows, columns=columns)
    numbers = dict.fromkeys(columns[1:], float)
    return table.astype({"term": "str", **numbers})
