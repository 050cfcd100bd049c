"""Several terms of one factor whose columns are nearly dependent, such as (1 | g) + (0 + year | g).

Uncorrelated terms may not be centred or mixed: their covariance matrix would no longer be block-diagonal. But the
cross-products may: with Z = Z' M for nearly orthonormal columns Z', the evaluator of Z' at S' = M S M' gives the
criterion at S, and derivatives map back by the chain rule. Otherwise a predictor with an offset of 1000 standard
deviations would cost six digits.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mixgui.engine.criterion import Constants, Evaluation, Evaluator, Solution
from mixgui.engine.terms import FloatArray


class Joint:
    """Evaluator in the terms' own coordinates around one in a factor's joint coordinates.

    Parameters
    ----------
    inner : Evaluator
        In joint coordinates.
    M : (K, K) array
        Block-diagonal by factor: columns in own coordinates = columns in joint coordinates @ M.
    blocks : tuple of slice
        Each factor's part of the template.
    """

    def __init__(self, inner: Evaluator, M: FloatArray, blocks: tuple[slice, ...]) -> None:
        self.inner, self.M, self.blocks = inner, M, blocks
        self.constants: Constants = inner.constants
        self.work = inner.work
        self.uniform = inner.uniform
        self._MM = np.kron(M, M)

    def evaluate(self, S: FloatArray, reml: bool, order: int) -> Evaluation:
        """Return the criterion at S (K, K) and its derivatives with respect to S."""
        e = self.inner.evaluate(self.M @ S @ self.M.T, reml, order)
        if e.G is None:
            return e
        MM = self._MM
        H = None if e.H is None else MM.T @ e.H @ MM
        information = None if e.information is None else MM.T @ e.information @ MM
        return replace(e, G=self.M.T @ e.G @ self.M, H=H, information=information)

    def solution(self, S: FloatArray) -> JointSolution:
        """Return what modes, conditional variances and leverages need at S."""
        return JointSolution(self, S, self.inner.solution(self.M @ S @ self.M.T))


class JointSolution:
    """Random-effects quantities in the terms' own coordinates; `inner` has them in joint ones."""

    def __init__(self, joint: Joint, S: FloatArray, inner: Solution) -> None:
        self.joint, self.S, self.inner = joint, S, inner
        self.root = inner.root

    def products(self, factor: int) -> FloatArray:
        """Return Z'V^-1 W of each level, (levels, k, m)."""
        own = self.joint.blocks[factor]
        return np.einsum("ba,qbm->qam", self.joint.M[own, own], self.inner.products(factor))

    def scores(self, w: FloatArray) -> list[FloatArray]:
        """Return Z'V^-1 W w of each factor, (levels, k)."""
        parts = self.inner.scores(w)
        return [u @ self.joint.M[own, own] for u, own in zip(parts, self.joint.blocks, strict=True)]

    def conditional(self, factor: int) -> FloatArray:
        """Return the blocks of Lambda (Lambda'Z'Z Lambda + I)^-1 Lambda' of a factor's levels, (levels, k, k)."""
        own = self.joint.blocks[factor]
        back = np.linalg.inv(self.joint.M[own, own])
        C = back @ self.inner.conditional(factor) @ back.T
        # An effect without variance has none given the data either; mapping there and back leaves rounding.
        zero = self.S[own, own].diagonal() == 0.0
        C[:, zero, :] = 0.0
        C[:, :, zero] = 0.0
        return C
