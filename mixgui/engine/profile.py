"""Profile-likelihood intervals: where the deviance, minimised over all other parameters, has risen enough.

As lme4's confint(method = "profile"): by maximum likelihood also for a REML fit, on the scale of standard
deviations, correlations, sigma and fixed effects (Bates et al. 2015, J. Stat. Softw. 67(1), section 5.1).
A bound is found by a root search on the root of the deviance's rise, which is nearly linear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mixgui.engine.lmm import fit_state
from mixgui.engine.portable import arrays_of, fit_of
from mixgui.engine.profile_surface import Parameter, Surface
from mixgui.engine.result import LmmFit
from mixgui.engine.shared_work import work_through
from mixgui.engine.terms import FitOptions, FloatArray
from mixgui.observer import Observer, Progress, silent

# Precision of a bound in units of the root (1.96 for 95 %): far below a thousandth of a standard error.
_ROOT_TOLERANCE = 1e-5
_MOST_STEPS = 40
_NEAR_ONE = 1.0 - 1e-7


@dataclass(frozen=True)
class Interval:
    """A profile-likelihood interval; a bound at the end of the parameter's range is that end."""

    parameter: Parameter
    lower: float
    upper: float


def parameters(fit: LmmFit) -> Iterator[Parameter]:
    """Yield what can be profiled, in lme4's order: terms column by column, sigma, beta.

    Parameters
    ----------
    fit : LmmFit
        A fitted model.

    Returns
    -------
    iterator of Parameter
        With the estimates of the fit; a correlation with an SD of 0 is NaN.
    """
    for index, covariance in enumerate(fit.covariances):
        sd = np.sqrt(covariance.diagonal())
        correlated = fit.state.template.terms[index].correlated
        for a in range(len(sd)):
            yield Parameter("sd", index, a, estimate=float(sd[a]))
            for b in range(a + 1, len(sd) if correlated else a + 1):
                size = sd[a] * sd[b]
                value = float(covariance[a, b] / size) if size > 0.0 else np.nan
                yield Parameter("cor", index, a, b, value)
    yield Parameter("sigma", estimate=fit.sigma)
    for j, value in enumerate(fit.beta):
        yield Parameter("beta", first=j, estimate=float(value))


def profile_intervals(
    fit: LmmFit,
    level: float = 0.95,
    which: Callable[[Parameter], bool] | None = None,
    observer: Observer = silent,
    processes: int | None = None,
) -> list[Interval]:
    """Return profile-likelihood intervals.

    A bound is where the root of the profiled deviance's rise, zeta, reaches the normal quantile (Bates et al. 2015,
    J. Stat. Softw. 67(1), section 5.1).

    Parameters
    ----------
    fit : LmmFit
        A fitted model; a REML fit is refitted by ML first, as lme4 does.
    level : float
        Confidence level, 0 to 1.
    which : callable, optional
        Tells of a parameter whether it is wanted; all are by default.
    observer : Observer
        Told after every evaluation; stops by raising `Cancelled`.
    processes : int, optional
        How many processes may work on it, as many as there are cores by default.

    Returns
    -------
    list of Interval
        In the order of `parameters`. A bound is 0, 1, -1 or infinite where the likelihood does not fall far
        enough before the end of the parameter's range, and NaN for a correlation with an SD of 0.
    """
    if fit.reml:
        fit = fit_state(fit.state, False, FitOptions(), observer)
    wanted = [j for j, p in enumerate(parameters(fit)) if which is None or which(p)]
    job = Profiling(fit, level, wanted)
    bounds = work_through(job, "Profiling the likelihood", observer, processes).reshape(-1, 2)
    return [Interval(p, float(a), float(b)) for p, (a, b) in zip(job.wanted, bounds, strict=True)]


class Profiling:
    """Bounds of profile-likelihood intervals, as tasks that may be done in any order.

    Parameters
    ----------
    fit : LmmFit
        Fitted by maximum likelihood.
    level : float
        Confidence level, 0 to 1.
    indices : sequence of int
        Which of `parameters` are wanted; lower and upper bound of each are a task.
    """

    kind, width = "profile", 1

    def __init__(self, fit: LmmFit, level: float, indices: Sequence[int]) -> None:
        every = list(parameters(fit))
        self.fit, self.level, self.indices = fit, level, list(indices)
        self.wanted = [every[j] for j in self.indices]
        self.target = float(special.ndtri(0.5 + level / 2.0))
        self.count = 2 * len(self.wanted)

    def task(self, index: int, observer: Observer) -> FloatArray:
        """Return a bound, (1,): the lower ones have even indices."""

        def tell() -> None:
            if observer is not silent:
                observer(Progress("Profiling the likelihood"))

        side = 1.0 if index % 2 else -1.0
        return np.array([_bound(self.fit, self.wanted[index // 2], side, self.target, tell)])

    def arrays(self) -> dict[str, NDArray]:
        """Return the job as arrays."""
        own = {"kind": np.array(self.kind), "level": np.array(self.level), "indices": np.array(self.indices)}
        return {**own, **arrays_of(self.fit)}

    @classmethod
    def of(cls, arrays: dict[str, NDArray]) -> Profiling:
        """Return the job that `arrays` described."""
        return cls(fit_of(arrays), float(arrays["level"]), [int(j) for j in arrays["indices"]])


def _range(parameter: Parameter) -> tuple[float, float]:
    if parameter.kind == "sd":
        return 0.0, np.inf
    if parameter.kind == "sigma":
        return parameter.estimate * 1e-6, np.inf
    if parameter.kind == "cor":
        return -_NEAR_ONE, _NEAR_ONE
    return -np.inf, np.inf


def _bound(fit: LmmFit, parameter: Parameter, side: float, target: float, tell: Callable[[], None]) -> float:
    centre = parameter.estimate
    if not np.isfinite(centre):
        return np.nan
    end = _range(parameter)[1 if side > 0 else 0]
    if (end - centre) * side <= 0.0:
        return round(end, 6)
    surface = Surface(fit, parameter, tell)

    def excess(value: float) -> float:
        return float(np.sqrt(max(surface.minimum(value) - fit.criterion, 0.0))) - target

    inside, outside = centre, _step(fit, parameter, side, target, end)
    low, high = -target, excess(outside)
    for _ in range(_MOST_STEPS):
        if high > 0.0:
            break
        if outside == end:
            return round(end, 6)
        inside, low = outside, high
        further = centre + (outside - centre) * min(max(1.2 * target / (target + high), 1.3), 4.0)
        outside = end if (further - end) * side >= 0.0 else further
        high = excess(outside)
    else:
        return side * np.inf
    return _root(excess, inside, low, outside, high)


def _step(fit: LmmFit, parameter: Parameter, side: float, target: float, end: float) -> float:
    """Return a first place to look, about where a Wald interval ends."""
    centre = parameter.estimate
    if parameter.kind == "beta":
        size = float(np.sqrt(fit.vcov_beta[parameter.first, parameter.first]))
    elif parameter.kind == "cor":
        size = 0.3 * (1.0 - centre**2) + 0.01
    elif parameter.kind == "sigma":
        size = centre / np.sqrt(2.0 * max(fit.n - len(fit.beta), 1))
    else:
        levels = fit.state.rows.terms[parameter.term].factor.n_levels
        size = max(centre, 0.05 * fit.sigma / fit.state.rows.n**0.25) / np.sqrt(2.0 * levels)
    first = centre + side * target * size
    return end if (first - end) * side >= 0.0 else first


def _root(excess: Callable[[float], float], a: float, fa: float, b: float, fb: float) -> float:
    """Return the zero between a and b by false position with bisection as a guard (Illinois)."""
    for _ in range(_MOST_STEPS):
        x = (a * fb - b * fa) / (fb - fa)
        fx = excess(x)
        if abs(fx) < _ROOT_TOLERANCE:
            return x
        if fx * fb < 0.0:
            a, fa = b, fb
        else:
            fa *= 0.5
        b, fb = x, fx
    return b
