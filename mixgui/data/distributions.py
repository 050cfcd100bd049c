"""How values are distributed: quantiles, bars of a histogram, boxes. R's definitions, since R's numbers are compared.

Only finite values count here; who calls says how many others there were.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

# More bars than pixels say nothing; heavy tails would ask for thousands.
MOST_BARS = 200
# Whole numbers that span no more than this have a bar each.
MOST_WHOLE_BARS = 30
WHISKER = 1.5  # times the height of the box


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of values in intervals of equal width.

    Parameters
    ----------
    breaks : float array (bars + 1,)
        Ends of the intervals. Each is closed at its upper end, the first at both (R: `hist`).
    counts : int array (bars,)
    rule : {"fd", "whole", "number"}
        Why so many bars: the rule of Freedman and Diaconis on round numbers, one bar a whole number, or as asked.
    """

    breaks: FloatArray
    counts: IntArray
    rule: str

    @property
    def width(self) -> float:
        """Width of a bar, in the unit of the values."""
        return float(self.breaks[-1] - self.breaks[0]) / (self.breaks.size - 1)


@dataclass(frozen=True, eq=False)
class Box:
    """What a box plot shows of a sample (R: `boxplot.stats`).

    Parameters
    ----------
    n : int
    low, lower, median, upper, high : float
        Ends of the whiskers, hinges and median. The hinges are Tukey's (medians of the halves, the middle value
        in both). Whiskers reach to the furthest values within 1.5 times the height of the box from the hinges.
    outside : float array
        Values beyond the whiskers.
    """

    n: int
    low: float
    lower: float
    median: float
    upper: float
    high: float
    outside: FloatArray


def finite(values: npt.ArrayLike) -> FloatArray:
    """Return the finite values as floats, in their order."""
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[np.isfinite(array)]


def box_of(values: FloatArray) -> Box | None:
    """Return the box of the finite values; None if there are none."""
    x = np.sort(finite(values))
    if not x.size:
        return None
    n = x.size
    depth = math.floor((n + 3) / 2) / 2  # of the hinges, counted from either end
    lower, median, upper = (
        0.5 * (x[math.floor(d) - 1] + x[math.ceil(d) - 1]) for d in (depth, (n + 1) / 2, n + 1 - depth)
    )
    reach = WHISKER * (upper - lower)
    inside = (x >= lower - reach) & (x <= upper + reach)
    kept = x[inside]
    ends = (float(kept[0]), float(kept[-1])) if kept.size else (float(lower), float(upper))
    return Box(n, ends[0], float(lower), float(median), float(upper), ends[1], x[~inside])


def bars_of_freedman_diaconis(values: FloatArray) -> int:
    """Return how many bars the rule of Freedman & Diaconis (1981) asks for (R: `nclass.FD`).

    The width is 2 IQR n^(-1/3). Where half of the values are equal, narrower and narrower tails take the place of
    the quarters, and at last Scott's rule, 3.5 s n^(-1/3). Spreads are of the values to five digits.
    """
    n = values.size
    rounded = np.sort(_signif(values, 5))
    width, tail = 0.0, 0.25
    while width == 0 and tail >= 1 / 512:
        low, high = np.quantile(rounded, [tail, 1 - tail])
        # 1 - 2 tail is the share between the two: the spread is scaled up to that of all values.
        width = 2 * (high - low) if tail == 0.25 else (high - low) / (1 - 2 * tail)
        tail /= 2
    if width == 0 and n > 1:
        width = 3.5 * float(values.std(ddof=1))
    if not width > 0:
        return 1
    return max(1, math.ceil(float(np.ptp(values)) / width * n ** (1 / 3)))


def _signif(x: FloatArray, digits: int) -> FloatArray:
    """Round to significant digits."""
    size = np.abs(x)
    power = np.zeros_like(x)
    some = size > 0
    power[some] = digits - 1 - np.floor(np.log10(size[some]))
    with np.errstate(over="ignore"):
        scale = np.power(10.0, power)
    out = np.where(np.isfinite(scale) & (scale > 0), np.rint(x * scale) / scale, x)
    return np.asarray(out, dtype=np.float64)


def pretty(low: float, high: float, n: int) -> FloatArray:
    """Return round numbers, evenly spaced, that cover low..high in about `n` intervals (R: `pretty`).

    The step is 1, 2 or 5 times a power of ten; larger ones are preferred where two are about as near.
    """
    largest = max(abs(low), abs(high))
    least = n // 3
    step = high - low
    if step < largest * 1.286 * max(n, 1) * 3 * np.finfo(float).eps or largest == 0:
        step = largest or 1.0
        step = 0.75 * (9 + step / 10 if step > 10 else step) / max(least, 1)
    elif n > 1:
        step /= n
    base = 10.0 ** math.floor(math.log10(step))
    unit = base
    # A unit is passed over for the next as long as the next is nearer, with a bias to the larger.
    for factor, bias in ((2, 1.5), (5, 2.75), (10, 1.5)):
        if factor * base - step >= bias * (step - unit):
            break
        unit = factor * base
    first, last = math.floor(low / unit + 1e-10), math.ceil(high / unit - 1e-10)
    while first * unit > low + 1e-10 * unit:
        first -= 1
    while last * unit < high - 1e-10 * unit:
        last += 1
    short = least - (last - first)
    if short > 0:
        more, fewer = short // 2 + short % 2, short // 2
        first, last = (first - more, last + fewer) if first >= 0 else (first - fewer, last + more)
    return np.array([unit * i for i in range(first, max(last, first + 1) + 1)])


def breaks_for(values: FloatArray, bars: int = 0) -> tuple[FloatArray, str]:
    """Return the ends of the bars of a histogram and the rule by which they were found.

    Parameters
    ----------
    values : float array
        Finite values, at least one.
    bars : int, optional
        So many bars of equal width from the smallest to the largest value; 0 chooses: a bar for each whole number
        where all values are whole and span no more than 30, else the rule of Freedman and Diaconis on round
        numbers, as R's `hist(breaks = "FD")`.
    """
    low, high = float(values.min()), float(values.max())
    if low == high:
        half = 0.5 if abs(low) < 2**52 else abs(low) * 1e-3
        return np.array([low - half, low + half]), "number" if bars else "whole"
    if bars:
        return np.linspace(low, high, bars + 1), "number"
    if high - low < MOST_WHOLE_BARS and bool(np.all(values == np.rint(values))):
        return np.arange(low, high + 2) - 0.5, "whole"
    breaks = pretty(low, high, min(bars_of_freedman_diaconis(values), MOST_BARS))
    return breaks, "fd"


def histogram(values: FloatArray, bars: int = 0, *, breaks: FloatArray | None = None) -> Histogram:
    """Count finite values in intervals.

    Parameters
    ----------
    values : float array
        Finite values, at least one.
    bars : int, optional
        As of `breaks_for`.
    breaks : float array, optional
        Ends of intervals of equal width that cover the values; then `bars` is of no effect.
    """
    rule = "number"
    if breaks is None:
        breaks, rule = breaks_for(values, bars)
    # Values on an end belong to the interval below it, although the end may be off by a rounding error.
    fuzz = 1e-7 * float(np.median(np.diff(breaks)))
    edges = breaks + fuzz
    edges[0] = breaks[0] - fuzz
    place = np.searchsorted(edges, values, side="left") - 1
    place = np.clip(place, 0, breaks.size - 2)
    return Histogram(breaks, np.bincount(place, minlength=breaks.size - 1).astype(np.intp), rule)


def bandwidth(values: FloatArray) -> float:
    """Return Silverman's bandwidth of a kernel density, 0.9 min(s, IQR / 1.34) n^(-1/5) (R: `bw.nrd0`).

    0 where fewer than two values differ.
    """
    if values.size < 2:
        return 0.0
    sd = float(values.std(ddof=1))
    quarter, three = np.quantile(values, [0.25, 0.75])
    spread = min(sd, float(three - quarter) / 1.34) or sd
    return 0.9 * spread * values.size**-0.2
