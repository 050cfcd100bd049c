"""The reference data as frames, prepared as the reference says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

# R's data sets bring these two factors with an order of their own, which the reference's coefficients show.
AS_IN_R: dict[tuple[str, str], tuple[list[str] | None, bool]] = {
    ("cake", "temperature"): (None, True),
    ("exam", "schgend"): (["mixed", "boys", "girls"], False),
}

Loader = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def reference_frame(reference_dir: Path) -> Loader:
    """Return a function: name of a data set, columns to make factors -> frame."""
    data = reference_dir / "data"

    def joined(left: str, right: str, key: str) -> pd.DataFrame:
        return pd.read_csv(data / f"{left}.csv").merge(pd.read_csv(data / f"{right}.csv"), on=key, how="left")

    def load(name: str, factors: tuple[str, ...] = ()) -> pd.DataFrame:
        if name == "netherlands":
            frame = joined("netherlands-students", "netherlands-schools", "school_id")
        elif name == "nba":
            frame = joined("nba-player-data", "nba-team-data", "team")
        else:
            frame = pd.read_csv(data / f"{name}.csv")
        for column in factors:
            levels, ordered = AS_IN_R.get((name, column), (None, False))
            frame[column] = pd.Categorical(frame[column], categories=levels, ordered=ordered)
        return frame

    return load
