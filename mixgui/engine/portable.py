"""A fitted model as arrays and back, for another process on the same machine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mixgui.engine.lmm import prepare
from mixgui.engine.result import Convergence, LmmFit
from mixgui.engine.terms import Factor, RandomTermData


def arrays_of(fit: LmmFit) -> dict[str, NDArray]:
    """Return all that a fit follows from: data, terms, and the estimates to the last digit.

    Parameters
    ----------
    fit : LmmFit
        A fitted model.

    Returns
    -------
    dict of str to array
        For `fit_of`.
    """
    rows = fit.state.rows
    out: dict[str, NDArray] = {
        "y": rows.y,
        "X": rows.X,
        "reml": np.array(fit.reml),
        "beta": fit.beta,
        "vcov_beta": fit.vcov_beta,
        "sigma": np.array(fit.sigma),
        "criterion": np.array(fit.criterion),
        "theta": fit.theta,
        "lam": fit.lam,
    }
    if rows.weights is not None:
        out["weights"] = rows.weights
    if rows.offset is not None:
        out["offset"] = rows.offset
    for index, (term, covariance) in enumerate(zip(rows.terms, fit.covariances, strict=True)):
        out[f"codes {index}"] = term.factor.codes
        out[f"shape {index}"] = np.array([term.factor.n_levels, term.correlated])
        out[f"covariance {index}"] = covariance
        if term.Z is not None:
            out[f"Z {index}"] = term.Z
    return out


def fit_of(arrays: dict[str, NDArray]) -> LmmFit:
    """Return the fit that `arrays_of` described.

    Parameters
    ----------
    arrays : dict of str to array
        As `arrays_of` made them.

    Returns
    -------
    LmmFit
        With the same estimates; its log and its reason are empty.
    """
    terms = []
    index = 0
    while f"codes {index}" in arrays:
        levels, correlated = arrays[f"shape {index}"]
        factor = Factor(arrays[f"codes {index}"], int(levels))
        terms.append(RandomTermData(factor, arrays.get(f"Z {index}"), bool(correlated)))
        index += 1
    state = prepare(arrays["y"], arrays["X"], terms, arrays.get("weights"), arrays.get("offset"))
    lam, reml = arrays["lam"], bool(arrays["reml"])
    e = state.evaluator.evaluate(lam @ lam.T, reml, 0)
    built = LmmFit.build(state, reml, lam, e, Convergence(0, 0.0, 0.0, (), (), True, ""))
    return replace(
        built,
        beta=arrays["beta"],
        vcov_beta=arrays["vcov_beta"],
        sigma=float(arrays["sigma"]),
        criterion=float(arrays["criterion"]),
        theta=arrays["theta"],
        covariances=tuple(arrays[f"covariance {i}"] for i in range(index)),
    )
