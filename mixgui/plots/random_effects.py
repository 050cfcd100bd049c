"""Density and Q-Q plots of random effects. Frames of `models.diagnostics.random_effects_frame`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mixgui.errors import ModelError
from mixgui.models.density import density_with_reference
from mixgui.models.quantiles import qq_frame
from mixgui.plots import parts
from mixgui.plots.layout import Panels, drawable
from mixgui.plots.parts import StringArray, count_of, number, percent
from mixgui.plots.plot import OWN_LABELS, Hit, Labels, Plot, plot_function
from mixgui.plots.residuals import density_sentence, draw_density, draw_qq, qq_sentence
from mixgui.plots.style import DEFAULT_STYLE, PlotStyle, figure

MOST_RUG = 600  # more strokes than this on one edge are a solid bar
INTERCEPT = "(Intercept)"

# Draws one term's panel: axes, its index, estimates, names; returns a sentence and the hits.
DrawPanel = Callable[[Axes, int, np.ndarray, StringArray], tuple[str, tuple[Hit, ...]]]


def effect_name(term: str) -> str:
    """Return what a term's random effects are called: "Random intercept", "Random slope of Days"."""
    return "Random intercept" if term == INTERCEPT else f"Random slope of {term}"


@plot_function
def random_effects_density(
    effects: pd.DataFrame,
    *,
    factor: str = "",
    terms: Sequence[str] | None = None,
    highlight: str | None = None,
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw the density of the random effects over the band of a normal sample, one panel a term.

    Strokes on the lower edge are the groups (up to 600 of them).

    Parameters
    ----------
    effects : DataFrame
        Columns level, term, estimate: one grouping factor.
    factor : str
        Its name, for the words.
    terms : sequence of str, optional
        Terms to draw; by default all, in their order.
    highlight : str, optional
        Group that is marked.

    Raises
    ------
    ModelError
        No panel can be drawn (fewer than 3 groups, or a variance estimated at 0). If only some cannot,
        theirs say why.
    """

    def draw(ax: Axes, index: int, values: np.ndarray, names: StringArray) -> tuple[str, tuple[Hit, ...]]:
        frame = density_with_reference(values)
        draw_density(ax, frame, style)
        colours = style.colours
        if values.size <= MOST_RUG:
            parts.draw_rug(ax, values, colour=colours.reference, height=0.035, gid="rug")
        chosen = names == highlight
        if chosen.any():
            at = float(values[chosen][0])
            top = 1.12 * ax.get_ylim()[1]
            ax.set_ylim(0.0, top)  # room for the name above the band
            ax.axvline(at, color=colours.accent, linewidth=1.6, zorder=5).set_gid("chosen")
            parts.name_beside(ax, (at, 0.96 * top), labels.group(highlight), factor, style)
        hits = tuple(Hit(index, v, 0.0, n) for v, n in zip(values.tolist(), names.tolist(), strict=True))
        sentence = f"SD {number(values.std(ddof=1))}, from {number(values.min())} to {number(values.max())}. "
        return sentence + density_sentence(frame), hits

    caption = "Line: kernel density, one value a group. Band: where the line of a normal sample would run."
    return _panels(
        effects,
        draw,
        kind="Density",
        factor=factor,
        terms=terms,
        style=style,
        labels=labels,
        words=("", "Density", caption),
    )


@plot_function
def random_effects_qq(
    effects: pd.DataFrame,
    *,
    factor: str = "",
    terms: Sequence[str] | None = None,
    highlight: str | None = None,
    level: float = 0.95,
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw the random effects against normal quantiles, one panel a term.

    Parameters and errors as of `random_effects_density`; `level` is that of the pointwise band.
    """

    def draw(ax: Axes, index: int, values: np.ndarray, names: StringArray) -> tuple[str, tuple[Hit, ...]]:
        frame = qq_frame(values, level)
        drawn = draw_qq(ax, frame, style)
        in_order = names[drawn.index.to_numpy()]
        z, sample = drawn["theoretical"].to_numpy(), drawn["sample"].to_numpy()
        chosen = np.flatnonzero(names[frame.index.to_numpy()] == highlight)
        if chosen.size:
            row = frame.iloc[int(chosen[0])]
            parts.draw_chosen_points(ax, np.array([row["theoretical"]]), np.array([row["sample"]]), style)
            at = (float(row["theoretical"]), float(row["sample"]))
            parts.name_beside(ax, at, labels.group(highlight), factor, style)
        return qq_sentence(frame, level), parts.point_hits(index, z, sample, in_order)

    caption = f"Line through the quartiles; pointwise {percent(level)} band of a normal sample."
    return _panels(
        effects,
        draw,
        kind="Normal Q-Q plot",
        factor=factor,
        terms=terms,
        style=style,
        labels=labels,
        words=("Standard normal quantile", "", caption),
    )


def _panels(
    effects: pd.DataFrame,
    draw: DrawPanel,
    *,
    kind: str,
    factor: str,
    terms: Sequence[str] | None,
    style: PlotStyle,
    labels: Labels,
    words: tuple[str, str, str],
) -> Plot:
    """Draw one panel a term; the axis whose word is empty carries the name of the term's effect."""
    parts.require_columns(effects, "level", "term", "estimate")
    present = list(dict.fromkeys(map(str, effects["term"])))
    chosen = present if terms is None else [str(term) for term in terms]
    unknown = [term for term in chosen if term not in present]
    if unknown or not chosen:
        raise ModelError(
            f"There are no random effects of {unknown[0]}."
            if unknown
            else "There are no random effects to draw.",
            f"There are those of: {', '.join(present)}." if present else "Add a random term to the model.",
        )
    fig = figure(style)
    columns = min(len(chosen), 3)
    axes = fig.subplots(math.ceil(len(chosen) / columns), columns, squeeze=False).ravel()
    said = labels.or_else(title="", x=words[0], y=words[1], caption=words[2])
    sentences: list[str] = []
    hits: list[Hit] = []
    refused: list[ModelError] = []
    for index, ax in enumerate(axes):
        if index >= len(chosen):
            ax.set_axis_off()
            continue
        term = chosen[index]
        mine = effects[effects["term"].astype(str) == term]
        values = mine["estimate"].to_numpy(dtype=float, na_value=np.nan)
        finite = np.isfinite(values)
        ax.set_xlabel(said.x or effect_name(term))
        ax.set_ylabel(said.y or effect_name(term))
        for axis, word in ((ax.xaxis, said.x), (ax.yaxis, said.y)):
            axis.label.set_label(
                parts.short_title(word) if word else "Intercept" if term == INTERCEPT else term
            )
        try:
            sentence, found = draw(ax, index, values[finite], parts.level_names(mine["level"])[finite])
        except ModelError as error:
            refused.append(error)
            _say_in(ax, effect_name(term), error.message, style)
            sentences.append(f"{effect_name(term)}: {error.message}")
            continue
        hits.extend(found)
        sentences.append(f"{effect_name(term)} of {count_of(int(finite.sum()), 'group')}: {sentence}")
    if len(refused) == len(chosen):
        raise refused[0]
    if said.title:
        fig.suptitle(drawable(said.title), x=0.02, ha="left", fontsize=1.1 * style.base_font)
    alt = f"{kind} of random effects{f' by {factor}' if factor else ''}. {' '.join(sentences)}"
    return Plot(fig, alt, tuple(hits), fit_to_size=Panels(fig, said.caption, style).fit)


def _say_in(ax: Axes, title: str, sentence: str, style: PlotStyle) -> None:
    """Write a sentence where a panel cannot be drawn."""
    ax.set_axis_off()
    text = ax.text(
        0.5,
        0.5,
        drawable(f"{title}\n{sentence}"),
        transform=ax.transAxes,
        ha="center",
        va="center",
        wrap=True,
        color=style.colours.muted,
        fontsize=style.small_font,
    )
    text.set_in_layout(False)
