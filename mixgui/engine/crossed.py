"""Several grouping factors: the one with most random effects is eliminated, the others make the border.

The eliminated factor's blocks are small and independent; with A_i = Z_i'Z_i and least-squares coefficients p_i of the
border's columns and P_i of W = [X, y] on Z_i,

    K_i = A_i (I + S A_i)^-1,   F = E + sum_i [p_i P_i]' K_i [p_i P_i]

are the cross-products that are left for the border and W. The border is a dense or block-diagonal problem of its own
(`border`). The second derivatives are the average-information ones (Gilmour, Thompson & Cullis 1995, Biometrics
51:1440): half of the sum of the observed and the expected ones, which needs no traces of products.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import scipy.sparse as sp

from mixgui.engine.border import DenseBorder, StackBorder
from mixgui.engine.criterion import MANY, Constants, Evaluation, factorise, failed
from mixgui.engine.pairs import Pairs
from mixgui.engine.small import conditional_stack, reduce_stack
from mixgui.engine.terms import FloatArray, IntArray
from mixgui.engine.tiny import eigh


class _Sums(Protocol):
    def forward(self, K: FloatArray) -> FloatArray: ...
    def backward(self, Q: FloatArray) -> FloatArray: ...


class Crossed:
    """Evaluator for several factors of any size.

    Parameters
    ----------
    A : (k, k, q) array
        Z_i'Z_i of the eliminated factor.
    P : (k, q, m) array
        Least-squares coefficients of W on Z_i.
    p : list of k csr_arrays (q, Q)
        Least-squares coefficients of the border's columns on Z_i.
    sums : Pairs or Products
        Sums over the levels.
    border : DenseBorder or StackBorder
    E_bb : (border.size,) array
        Cross-products of what is left of the border's columns, lower triangle, flat; may be overwritten.
    E_bw : (Q, m) array
    E_ww : (m, m) array
    constants : Constants
    """

    def __init__(
        self,
        A: FloatArray,
        P: FloatArray,
        p: list[sp.csr_array],
        sums: _Sums,
        border: DenseBorder | StackBorder,
        E_bb: FloatArray,
        E_bw: FloatArray,
        E_ww: FloatArray,
        constants: Constants,
    ) -> None:
        self.A, self.P, self.p, self.sums, self.border = A, P, p, sums, border
        self.pT = [part.T.tocsr() for part in p]
        self.E_bb, self.E_bw, self.E_ww = E_bb, E_bw, E_ww
        if isinstance(sums, Pairs) and sums.where is not None:
            self._fixed = E_bb[sums.where]  # E_bb itself is reused: the rest of it never changes
        self.constants = constants
        self.k, self.q, self.m = P.shape
        touched = float(sum(part.nnz for part in p))
        self.uniform = self.q >= MANY
        self.work = self.q * self.k**3 * self.m + 4.0 * touched * self.m + border.work
        self.K_total = self.k + sum(k for _, k in border.layout)

    def _touch(self, B: FloatArray) -> FloatArray:
        """Return p B, (k, q, c), for B (Q, c) of the border."""
        return np.array([part @ B for part in self.p])

    def _touched(self, B: FloatArray) -> FloatArray:
        """Return p'B, (Q, c), for B (k, q, c)."""
        out = self.pT[0] @ B[0]
        for a in range(1, self.k):
            out = out + self.pT[a] @ B[a]
        return np.asarray(out)

    def _weighted(self, B: FloatArray) -> FloatArray:
        """Return K B, (k, q, c)."""
        if self.k == 1:
            return self.K[0, 0][:, None] * B
        return np.einsum("abq,bqc->aqc", self.K, B)

    def _prepare(self, lam: FloatArray) -> tuple[float, FloatArray, FloatArray, FloatArray] | None:
        """Return log|V|, W'V^-1 W, the border's modes of W (Q, m), and F_bw; leaves K and the border decomposed."""
        k = self.k
        S1 = lam[:k, :k] @ lam[:k, :k].T
        log_det, self.K = reduce_stack(self.A, S1)
        if not np.isfinite(log_det):
            return None
        KP = self._weighted(self.P)
        F_ww = self.E_ww + self.P.reshape(-1, self.m).T @ KP.reshape(-1, self.m)
        F_bw = self.E_bw + self._touched(KP)
        flat = self._border_sums()
        self.border.pulse()
        if not self.border.factor(flat, lam[k:, k:]):
            return None
        pulse = self.border.pulse
        pulse()
        half = self.border.half(F_bw)
        pulse()
        modes = self.border.back(half)
        pulse()
        F = F_ww - (half.T @ half if isinstance(self.border, DenseBorder) else F_bw.T @ modes)
        self._KP = KP
        return log_det + self.border.log_det, 0.5 * (F + F.T), modes, F_bw

    def _border_sums(self) -> FloatArray:
        """Return the border's cross-products for the present K, flat."""
        if isinstance(self.sums, Pairs) and self.sums.where is not None:
            self.E_bb[self.sums.where] = self._fixed + self.sums.sums(self.K)
            return self.E_bb
        flat = self.sums.forward(self.K)
        flat += self.E_bb
        return flat

    def evaluate(self, S: FloatArray, reml: bool, order: int, lam: FloatArray | None = None) -> Evaluation:
        """Return the criterion at S (K, K); order 1 adds its first, order 2 the average-information derivatives."""
        prepared = self._prepare(template_root(S, self.k, self.border.layout) if lam is None else lam)
        if prepared is None:
            return failed(self.m)
        log_det, F, modes, F_bw = prepared
        factored = factorise(F)
        if factored is None:
            return failed(self.m)
        diagonal, root = factored
        value = self.constants.profiled(log_det, np.log(diagonal), reml)
        r2 = float(diagonal[-1] ** 2)
        if order == 0:
            return Evaluation(value, log_det, root, r2)
        Y1, Yb = self._scores(modes, F_bw, root.T)
        G, information = self._first(Y1, Yb, reml)
        if order == 1:
            return Evaluation(value, log_det, root, r2, G)
        return Evaluation(value, log_det, root, r2, G, self._second(Y1, Yb, reml), information)

    def _scores(
        self, modes: FloatArray, F_bw: FloatArray, right: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return Z'V^-1 W right for the eliminated factor (k, q, c) and the border (Q, c)."""
        t = modes @ right
        return self._KP @ right - self._weighted(self._touch(t)), F_bw @ right - self.border.times(t)

    def _nu(self, reml: bool) -> int:
        return self.constants.n - self.constants.p if reml else self.constants.n

    def _first(self, Y1: FloatArray, Yb: FloatArray, reml: bool) -> tuple[FloatArray, FloatArray]:
        """Return G (K, K), and the expected second derivatives as far as they come from own blocks (K*K, K*K)."""
        k, p, K, nu = self.k, self.m - 1, self.K_total, self._nu(reml)
        self.border.invert()
        flat = self.border.flat_q()
        self.border.pulse()
        D = self.sums.backward(flat)
        self.border.pulse()
        KDK = self.K * D * self.K if k == 1 else np.einsum("abq,bcq,cdq->adq", self.K, D, self.K)
        own = [self.K - KDK, *self.border.own()]
        self.border.pulse()
        G, trace = np.zeros((K, K)), np.zeros((K, K))
        information = np.zeros((K, K, K, K))
        at = start = 0
        for index, blocks in enumerate(own):
            kf, levels = blocks.shape[1:]
            Y = Y1
            if index:
                Y = Yb[start : start + levels * kf].reshape(kf, levels, self.m)
                start += levels * kf
            if reml:
                blocks = blocks - np.einsum("aqm,bqm->abq", Y[:, :, :p], Y[:, :, :p])
            u = Y[:, :, p]
            f = slice(at, at + kf)
            trace[f, f] = blocks.sum(axis=2)
            G[f, f] = trace[f, f] - nu * (u @ u.T)
            # tr(P V_ab P V_cd) without what different levels share.
            information[f, f, f, f] = np.einsum("bcl,dal->abcd", blocks, blocks)
            at += kf
        t = trace.reshape(-1)
        return G, information.reshape(K * K, K * K) - np.outer(t, t / nu)

    def _second(self, Y1: FloatArray, Yb: FloatArray, reml: bool) -> FloatArray:
        """Return the average-information matrix for vec(S), (K*K, K*K)."""
        p, K = self.m - 1, self.K_total
        u1, ub = Y1[:, :, p], Yb[:, p]
        index: list[int] = []
        v1: list[FloatArray] = []
        vb: list[FloatArray] = []
        for a in range(self.k):
            for b in range(self.k):
                own = np.zeros_like(u1)
                own[a] = u1[b]
                index.append(a * K + b)
                v1.append(own)
                vb.append(np.zeros(self.border.Q))
        at, start = self.k, 0
        for levels, kf in self.border.layout:
            for a in range(kf):
                for b in range(kf):
                    whole = np.zeros(self.border.Q)
                    whole[start + a * levels : start + (a + 1) * levels] = ub[
                        start + b * levels : start + (b + 1) * levels
                    ]
                    index.append((at + a) * K + at + b)
                    v1.append(np.zeros_like(u1))
                    vb.append(whole)
            start += levels * kf
            at += kf
        V1, Vb = np.stack(v1, axis=2), np.stack(vb, axis=1)
        R1, Rb = self._z_v_z(V1, Vb)
        flat1, flatR = V1.reshape(-1, V1.shape[2]), R1.reshape(-1, V1.shape[2])
        quad = flat1.T @ flatR + Vb.T @ Rb
        x = Y1[:, :, :p].reshape(-1, p).T @ flat1 + Yb[:, :p].T @ Vb
        quad -= x.T @ x
        g = np.concatenate([u1.reshape(-1), ub]) @ np.concatenate([flat1, Vb])
        nu = self._nu(reml)
        H = np.zeros((K * K, K * K))
        H[np.ix_(index, index)] = nu * (0.5 * (quad + quad.T) - np.outer(g, g))
        return H

    def _z_v_z(self, V1: FloatArray, Vb: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return Z'V^-1 Z (V1, Vb)."""
        x1 = self._weighted(V1 + self._touch(Vb))
        xb = self._touched(self._weighted(V1)) + self.border.times(Vb)
        self.border.pulse()
        half = self.border.half(xb)
        self.border.pulse()
        t = self.border.back(half)
        self.border.pulse()
        return x1 - self._weighted(self._touch(t)), xb - self.border.times(t)

    def solution(self, S: FloatArray) -> CrossedSolution:
        """Return what modes and conditional variances need at S."""
        prepared = self._prepare(template_root(S, self.k, self.border.layout))
        if prepared is None:
            raise FloatingPointError("the covariance matrix is not positive definite")
        _, F, modes, F_bw = prepared
        factored = factorise(F)
        root = factored[1] if factored is not None else np.full((self.m, self.m), np.nan)
        H1, Hb = self._scores(modes, F_bw, np.eye(self.m))
        self.border.invert()
        return CrossedSolution(self, S, H1, Hb, root, self.border.flat_q(), self.K)


def template_root(S: FloatArray, k: int, layout: tuple[tuple[int, int], ...]) -> FloatArray:
    """Return a block-diagonal Lambda (K, K) with Lambda Lambda' = S, one block per factor."""
    lam = np.zeros_like(S)
    start = 0
    for size in (k, *(kf for _, kf in layout)):
        own = slice(start, start + size)
        if size == 1:
            lam[own, own] = np.sqrt(max(S[start, start], 0.0))
        else:
            values, vectors = eigh(S[own, own])
            lam[own, own] = vectors * np.sqrt(np.maximum(values, 0.0))
        start += size
    return lam


class CrossedSolution:
    """Random-effects quantities of several factors at one S."""

    def __init__(
        self,
        crossed: Crossed,
        S: FloatArray,
        H1: FloatArray,
        Hb: FloatArray,
        root: FloatArray,
        Q: FloatArray,
        K: FloatArray,
    ) -> None:
        self.crossed, self.S, self.H1, self.Hb, self.root, self.Q, self.K = crossed, S, H1, Hb, root, Q, K

    def products(self, factor: int) -> FloatArray:
        """Return Z'V^-1 W of each level of a factor, (levels, k, m)."""
        if factor == 0:
            return self.H1.transpose(1, 0, 2)
        layout = self.crossed.border.layout
        start = sum(levels * k for levels, k in layout[: factor - 1])
        levels, k = layout[factor - 1]
        return self.Hb[start : start + levels * k].reshape(k, levels, -1).transpose(1, 0, 2)

    def scores(self, w: FloatArray) -> list[FloatArray]:
        """Return Z'V^-1 W w of each factor, (levels, k)."""
        return [self.products(f) @ w for f in range(1 + len(self.crossed.border.layout))]

    def conditional(self, factor: int) -> FloatArray:
        """Return the blocks of Lambda (Lambda'Z'Z Lambda + I)^-1 Lambda' of a factor's levels, (levels, k, k)."""
        if factor:
            return self.crossed.border.blocks(self.Q, factor - 1).transpose(2, 0, 1)
        k = self.crossed.k
        S = self.S[:k, :k]
        own = conditional_stack(self.crossed.A, S).transpose(2, 0, 1)
        SK = S @ self.K.transpose(2, 0, 1)
        D = self.crossed.sums.backward(self.Q).transpose(2, 0, 1)
        return own + SK @ D @ SK.transpose(0, 2, 1)

    def coupling(self, start: int, stop: int) -> FloatArray:
        """Return C between some levels of the eliminated factor and the border, (k, levels, Q)."""
        k = self.crossed.k
        SK = np.einsum("ab,bcq->acq", self.S[:k, :k], self.K[:, :, start:stop])
        touched = [self.crossed.border.right_q(part[start:stop], self.Q) for part in self.crossed.p]
        return -np.einsum("abq,bqc->aqc", SK, np.array(touched))

    def border_element(self, r: IntArray, c: IntArray) -> FloatArray:
        """Return C at pairs of columns of the border."""
        return self.crossed.border.element(self.Q, r, c)
