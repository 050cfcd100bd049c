"""Small data sets that are made here, so that these tests need no reference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def pupils() -> pd.DataFrame:
    """200 pupils in 20 schools, unbalanced, with a slope that varies."""
    rng = np.random.default_rng(20)
    school = np.sort(rng.choice(20, 200, p=np.arange(1, 21) / 210))
    hours = rng.normal(5, 2, 200)
    own = rng.normal(0, [4, 1], size=(20, 2))
    score = 50 + own[school, 0] + (2 + own[school, 1]) * hours + rng.normal(0, 3, 200)
    kind = np.array(["public", "private", "mixed"])[school % 3]
    return pd.DataFrame(
        {
            "school": school + 1,
            "hours": hours,
            "score": score,
            "kind": kind,
            "female": rng.integers(0, 2, 200),
        }
    )
