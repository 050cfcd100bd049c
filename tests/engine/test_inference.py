"""Degrees of freedom against lmerTest and pbkrtest, and against the definitions with n x n matrices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixgui.engine import Factor, RandomTermData, fit_lmm
from mixgui.engine.inference import Satterthwaite, t_p_value
from mixgui.engine.kenward_roger import KenwardRoger
from mixgui.errors import ModelError

from . import cases

# lmerTest differentiates numerically; pbkrtest is exact up to its optimum.
SATTERTHWAITE = 1e-4
KENWARD_ROGER = 1e-5


def unbalanced(seed: int, *, crossed: bool) -> tuple[Any, Any, tuple[RandomTermData, ...]]:
    rng = np.random.default_rng(seed)
    n = 90
    g = rng.integers(0, 9, n)
    x = rng.normal(size=n)
    X = np.column_stack([np.ones(n), x, rng.normal(size=9)[g]])
    y = X @ [1.0, 0.5, -1.0] + rng.normal(size=9)[g] + 0.7 * rng.normal(size=9)[g] * x + rng.normal(size=n)
    terms = [RandomTermData(Factor(g, 9), np.column_stack([np.ones(n), x]))]
    if crossed:
        h = rng.integers(0, 5, n)
        y = y + 0.8 * rng.normal(size=5)[h]
        terms.append(RandomTermData(Factor(h, 5), None))
    return y, X, tuple(terms)


def full_matrices(terms: tuple[RandomTermData, ...], n: int) -> list[np.ndarray]:
    """G_r of every covariance parameter, n x n, the residual last."""
    out = []
    for term in terms:
        Z = np.ones((n, 1)) if term.Z is None else term.Z
        same = term.factor.codes[:, None] == term.factor.codes
        for b in range(Z.shape[1]):
            for a in range(b, Z.shape[1]):
                product = np.outer(Z[:, a], Z[:, b])
                out.append(same * (product if a == b else product + product.T))
    return [*out, np.eye(n)]


def dense_kenward_roger(y: Any, X: Any, terms: Any, fit: Any) -> tuple[np.ndarray, np.ndarray]:
    """Phi_A and W straight from the definition."""
    G = full_matrices(terms, len(y))
    gamma = [c[a, b] for c in fit.covariances for b in range(len(c)) for a in range(b, len(c))]
    Sigma = sum(g * m for g, m in zip([*gamma, fit.sigma**2], G, strict=True))
    inverse = np.linalg.inv(Sigma)
    phi = np.linalg.inv(X.T @ inverse @ X)
    P = [-X.T @ inverse @ m @ inverse @ X for m in G]
    r = len(G)
    Q = [[X.T @ inverse @ G[i] @ inverse @ G[j] @ inverse @ X for j in range(r)] for i in range(r)]
    information = np.empty((r, r))
    for i in range(r):
        for j in range(r):
            trace = np.trace(inverse @ G[i] @ inverse @ G[j])
            information[i, j] = trace - 2 * np.trace(phi @ Q[i][j]) + np.trace(phi @ P[i] @ phi @ P[j])
    W = 2 * np.linalg.inv(information)
    U = sum(W[i, j] * (Q[i][j] - P[i] @ phi @ P[j]) for i in range(r) for j in range(r))
    return phi + 2 * phi @ U @ phi, W


@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kenward_roger_is_the_definition(seed: int, crossed: bool) -> None:
    y, X, terms = unbalanced(seed, crossed=crossed)
    fit = fit_lmm(y, X, terms)
    expected, _ = dense_kenward_roger(y, X, terms, fit)
    np.testing.assert_allclose(KenwardRoger(fit).vcov, expected, rtol=1e-6, atol=1e-12)


def test_kenward_roger_needs_reml() -> None:
    y, X, terms = unbalanced(1, crossed=False)
    with pytest.raises(ModelError, match="REML"):
        KenwardRoger(fit_lmm(y, X, terms, reml=False))


@pytest.mark.parametrize("reml", [True, False])
def test_satterthwaite_by_differences(reml: bool) -> None:
    """The delta method with numerical derivatives of vcov_beta and of the deviance."""
    y, X, terms = unbalanced(4, crossed=True)
    fit = fit_lmm(y, X, terms, reml=reml)
    at = np.append(fit.theta, fit.sigma)
    L = np.array([1.0, 0.3, -0.2])

    def variance(v: np.ndarray) -> float:
        return float(L @ fit.state.vcov_beta(v[:-1], v[-1]) @ L)

    def deviance(v: np.ndarray) -> float:
        return fit.state.deviance(v[:-1], v[-1], reml)

    k, h = len(at), 1e-3
    E = np.eye(k) * h
    gradient = np.array([(variance(at + e) - variance(at - e)) / (2 * h) for e in E])
    hessian = np.array(
        [
            [
                (deviance(at + a + b) - deviance(at + a - b) - deviance(at - a + b) + deviance(at - a - b))
                / (4 * h * h)
                for b in E
            ]
            for a in E
        ]
    )
    expected = 2 * variance(at) ** 2 / (gradient @ (2 * np.linalg.inv(hessian)) @ gradient)
    assert Satterthwaite(fit).df(L)[0] == pytest.approx(expected, rel=1e-4)


def test_f_test_of_one_contrast_is_the_t_test() -> None:
    y, X, terms = unbalanced(5, crossed=False)
    fit = fit_lmm(y, X, terms)
    for method in (Satterthwaite(fit), KenwardRoger(fit)):
        vcov = method.vcov if isinstance(method, KenwardRoger) else fit.vcov_beta
        L = np.array([[0.0, 0.0, 1.0]])
        test = method.f_test(L)
        t = fit.beta[2] / np.sqrt(vcov[2, 2])
        assert test.statistic == pytest.approx(t**2)
        assert test.p_value == pytest.approx(t_p_value(np.array([t]), method.df(L))[0])


def test_redundant_rows_count_once() -> None:
    y, X, terms = unbalanced(6, crossed=False)
    fit = fit_lmm(y, X, terms)
    L = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    for method in (Satterthwaite(fit), KenwardRoger(fit)):
        once, twice = method.f_test(L), method.f_test(np.vstack([L, L.sum(axis=0)]))
        assert twice.df1 == 2
        assert twice.statistic == pytest.approx(once.statistic)
        if isinstance(method, KenwardRoger):  # Satterthwaite's pooled df depend on how L is written
            assert twice.df2 == pytest.approx(once.df2)


def same_p(ours: np.ndarray, theirs: np.ndarray, where: str) -> None:
    """Equal on the logarithmic scale: of p = 1e-112 the sixth digit of df already moves the fourth."""
    floor = 1e-300  # R stores 0 below the smallest number
    logs = [np.log(np.maximum(p, floor)) for p in (ours, theirs)]
    np.testing.assert_allclose(*logs, rtol=1e-5, atol=1e-3, err_msg=where)


def test_reference(reference_dir: Path) -> None:
    """lmerTest's and pbkrtest's df, standard errors and p-values of every reference model."""
    models = cases.reference_models(reference_dir)
    assert len(models) > 15
    for name, _, model in models:
        fit = cases.reference_case(reference_dir, name, model).fit(reml=model["REML"])
        identity = np.eye(len(fit.beta))
        keys = [key for key in model["fixef"][0] if key != "term"]
        column = {key: np.array([row.get(key, np.nan) for row in model["fixef"]], float) for key in keys}
        where = f"{name}: {model['formula']}"
        df = Satterthwaite(fit).df(identity)
        np.testing.assert_allclose(df, column["df_satterthwaite"], rtol=SATTERTHWAITE, err_msg=where)
        t = fit.beta / np.sqrt(fit.vcov_beta.diagonal())
        same_p(t_p_value(t, df), column["p_satterthwaite"], where)
        if not model["REML"]:
            continue
        kr = KenwardRoger(fit)
        se = np.sqrt(kr.vcov.diagonal())
        np.testing.assert_allclose(kr.df(identity), column["df_kr"], rtol=KENWARD_ROGER, err_msg=where)
        np.testing.assert_allclose(se, column["se_kr"], rtol=KENWARD_ROGER, err_msg=where)
        p = t_p_value(fit.beta / se, kr.df(identity))
        same_p(p, column["p_kr"], where)


def test_type_three_reference(reference_dir: Path) -> None:
    """lmerTest's type III F tests of numeric terms that are in no interaction: those are single columns."""
    checked = 0
    for name, _, model in cases.reference_models(reference_dir):
        terms = [row["term"] for row in model["fixef"]]
        fit = cases.reference_case(reference_dir, name, model).fit(reml=model["REML"])
        method = Satterthwaite(fit)
        for row in model["anova_type3"]:
            inside = [t for t in terms if row["term"] in t.split(":")]
            if inside != [row["term"]]:
                continue
            test = method.f_test(np.eye(len(terms))[[terms.index(row["term"])]])
            assert test.statistic == pytest.approx(row["F"], rel=1e-3)
            assert test.df2 == pytest.approx(row["DenDF"], rel=1e-3)
            assert test.p_value == pytest.approx(row["p"], rel=1e-2)
            checked += 1
    assert checked > 8
