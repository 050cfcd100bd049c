"""Steps of every kind over small tables, for tests that hold each of them to R, to pandas and to JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mixgui.data.dataset import Dataset
from mixgui.data.steps import (
    Aggregate,
    Center,
    Compute,
    DropMissing,
    FillDown,
    Filter,
    LookUp,
    PivotLonger,
    PivotWider,
    Recode,
    RemoveColumns,
    RenameColumns,
    Sample,
    SetType,
    Sort,
    StackRows,
)

PUPILS = pd.DataFrame(
    {
        "id": range(1, 13),
        "school": ["a", "b", "a", "c", None, "b", "a", "c", "b", "a", "d", "c"],
        "year": [1, 1, 2, 1, 1, 2, 1, 2, 1, 2, 1, 2],
        "score": [2.5, 4.0, np.nan, 7.25, 1.0, 3.5, 0.125, np.nan, 9.0, 4.0, 6.5, -1.75],
        "hours": [3, 0, 5, 2, 8, 1, 4, 4, 7, 0, 2, 6],
        "sex": ["f", "m", "f", None, "m", "x", "f", "m", "f", "f", "m", "m"],
        "female": [True, False, True, False, False, True, True, False, True, True, False, False],
        "name": [
            "Zoë",
            "anna",
            "Anna",
            "Émile",
            "emile",
            "zoe",
            "von A",
            "von-B",
            "O'Hara",
            "Oda",
            "10th",
            "9th",
        ],
        "born": ["31.12.2001", "01.02.2002", "x", None, "5.5.2003", "29.02.2003", "29.02.2004"]
        + ["01.01.2000"] * 5,
        "code": ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "n/a", "12"],
        "wave": ["w1", "wave_02", "w3.5", "w 4", "t-5", "6", "w7", "w8", "w9", "w10", "w11", "x12y"],
    }
)
WIDE = pd.DataFrame(
    {
        "pupil": ["p", "q", "r"],
        "vocab_08": [1.5, np.nan, 3.0],
        "vocab_09": [2.0, 2.5, np.nan],
        "vocab_10": [4.0, 3.5, 5.0],
        "read_08": [10, 20, 30],
        "read_10": [11, 21, 31],
    }
)
LONG = pd.DataFrame(
    {
        "pupil": ["p", "p", "q", "r", "r", "q"],
        "grade": [8, 9, 8, 9, 10, 10],
        "score": [1.0, 2.0, np.nan, 3.5, 4.5, 5.5],
        "hours": [1, 2, 3, 4, 5, 6],
    }
)
MORE = pd.DataFrame({"id": [21, 22], "score": [5.0, 6.0], "place": ["x", "y"], "female": [True, True]})
SCHOOLS = pd.DataFrame(
    {"key": ["a", "b", None, "e"], "size": [100, 200, 300, 400], "kind": ["P", "Q", "R", "S"]}
)

FRAMES = {"pupils": PUPILS, "wide": WIDE, "long": LONG, "more": MORE, "schools": SCHOOLS}


def tables() -> dict[str, Dataset]:
    """Return the tables."""
    return {name: Dataset.from_frame(name, frame) for name, frame in FRAMES.items()}


def compute(expression: str, *by: str) -> Compute:
    """Compute a new column of the pupils."""
    return Compute("pupils", "new", expression, by)


_VOCAB = ("vocab_08", "vocab_09", "vocab_10")

CASES: dict[str, Any] = {
    "longer": PivotLonger("wide", _VOCAB, ("test",), "score", "out"),
    "longer parts": PivotLonger("wide", _VOCAB, ("what", "grade"), "score", "out", "", "_", ("grade",)),
    "longer pattern": PivotLonger("wide", _VOCAB, ("grade",), "score", "out", "(\\d+)$", drop_missing=True),
    "longer numbers": PivotLonger("wide", _VOCAB, ("grade",), "score", "out", numbers=("grade",)),
    "longer values": PivotLonger(
        "wide", (*_VOCAB, "read_08", "read_10"), (".value", "grade"), "", "out", "", "_", ("grade",)
    ),
    "longer values dropped": PivotLonger(
        "wide", ("vocab_08", "read_08", "vocab_09"), (".value", "grade"), "", "out", "(.*)_(.*)", "", (), True
    ),
    "wider": PivotWider("long", ("grade",), ("score",), "out", ("pupil",)),
    "wider all": PivotWider("long", ("grade",), ("score", "hours"), "out", (), "."),
    "wider names": PivotWider("long", ("pupil", "grade"), ("score",), "out", ("hours",)),
    "stack": StackRows(("pupils", "more"), "out"),
    "stack source": StackRows(("pupils", "more"), "out", "from"),
    "aggregate": Aggregate(
        "pupils",
        ("school",),
        (
            ("score", "mean", "mean score"),
            ("score", "sd", "spread"),
            ("", "n", "n"),
            ("score", "n", "n score"),
            ("score", "missing", "gaps"),
            ("score", "median", "middle"),
            ("score", "min", "low"),
            ("score", "max", "high"),
            ("score", "sum", "total"),
            ("female", "share", "girls"),
            ("hours", "first", "hours"),
            ("hours", "mean", "mean_hours"),
        ),
        "out",
    ),
    "aggregate two": Aggregate("pupils", ("school", "year"), (("score", "mean", "m"), ("", "n", "n")), "out"),
    "recode": Recode("pupils", "sex", (("f", "female"), ("m", "male"), ("z", "none")), "gender"),
    "recode missing": Recode("pupils", "sex", (("f", "1"), ("m", "0")), "", "missing", True),
    "recode number": Recode("pupils", "hours", (("0", "10"), ("8", "")), "", "keep", True),
    "look up": LookUp("pupils", "school", "schools", "key", "size", "school_size"),
    "look up text": LookUp("pupils", "school", "schools", "key", "kind", "kind"),
    "type number": SetType("pupils", "code", "number"),
    "type integer": SetType("pupils", "score", "integer"),
    "type text": SetType("pupils", "score", "text"),
    "type text yes": SetType("pupils", "female", "text"),
    "type category": SetType("pupils", "sex", "category", ("m", "f"), "x"),
    "type date": SetType("pupils", "born", "date", date_format="%d.%m.%Y"),
    "type yes": SetType("pupils", "year", "category"),
    "center": Center("pupils", ("score", "hours")),
    "center scaled": Center("pupils", ("score",), scale=True, suffix="_z"),
    "center group": Center("pupils", ("score", "hours"), "group_mean", "school", keep_mean=True),
    "center group scaled": Center("pupils", ("hours",), "group_mean", "school", scale=True, suffix="_w"),
    "center value": Center("pupils", ("hours",), "value", value=2.5, suffix=""),
    "filter": Filter("pupils", 'score > 2 & sex != "m"'),
    "filter or": Filter("pupils", "is.na(score) | hours %in% c(1, 4)"),
    "filter not": Filter("pupils", "!(score > 3)"),
    "filter not yes": Filter("pupils", "!female"),
    "filter mean": Filter("pupils", "hours > mean(hours)"),
    "filter n": Filter("pupils", "row_number() <= 4"),
    "drop": DropMissing("pupils"),
    "drop columns": DropMissing("pupils", ("score", "school")),
    "sort": Sort("pupils", (("score", False), ("id", True))),
    "sort text": Sort("pupils", (("name", True),)),
    "sort text down": Sort("pupils", (("name", False),)),
    "sort many": Sort("pupils", (("school", False), ("female", True), ("hours", False))),
    "sample": Sample("pupils", 5, "", 7, "out"),
    "sample groups": Sample("pupils", 2, "school", 100, "out"),
    "rename": RenameColumns("pupils", (("id", "hours"), ("hours", "id"), ("sex", "the sex"))),
    "remove": RemoveColumns("pupils", ("id", "born")),
    "fill": FillDown("pupils", ("score", "sex")),
    "fill groups": FillDown("pupils", ("score",), ("school",)),
    "arithmetic": compute("(score + hours)^2 / 3 - hours %% 3 * (hours %/% 2)"),
    "precedence": compute("-hours^2 + -2 * (1 - year)"),
    "log": compute(
        "log(hours + 1) + log(hours + 1, base = 2) + log10(hours + 1) + log2(hours + 1) + log1p(hours)"
    ),
    "functions": compute(
        "sqrt(hours) + exp(hours / 10) + abs(score) + sin(hours) + sign(score) + plogis(score)"
    ),
    "rounding": compute(
        "round(score) + round(score / 3, 2) + signif(score / 7, 3) + floor(score) + ceiling(score)"
    ),
    "zscore": compute("zscore(hours) + center(score) + scale(score, scale = FALSE)"),
    "zscore within": compute("zscore(hours)", "school"),
    "scaled within": compute("scale(hours, center = FALSE)", "year"),
    "mean within": compute("hours - mean(hours)", "school"),
    "mean missing within": compute("mean(score)", "school"),
    "mean known within": compute("mean(score, na.rm = TRUE) + median(score, na.rm = TRUE)", "school"),
    "summaries within": compute("sd(hours) + var(hours) + min(hours) + max(hours) + sum(hours)", "year"),
    "summaries": compute("mean(score, na.rm = TRUE) + sd(score, na.rm = TRUE) + sum(hours) + n()"),
    "count": compute("n()", "school"),
    "two groups": compute("n() + mean(hours)", "school", "year"),
    "distinct": compute("n_distinct(sex)", "school"),
    "distinct all": compute("n_distinct(sex)"),
    "number in group": compute("row_number()", "school"),
    "lag": compute("lag(hours)", "school"),
    "lag two": compute("hours - lag(hours, 2)"),
    "lag text": compute("lag(name)", "school"),
    "lag yes": compute("lag(female)"),
    "lead": compute("lead(score)", "school"),
    "first": compute("hours - first(hours)", "school"),
    "last": compute("last(name)", "school"),
    "rank": compute("rank(score)"),
    "rank within": compute("rank(score)", "school"),
    "cumsum": compute("cumsum(hours) + cummax(hours) + cummin(hours)", "school"),
    "cumsum missing": compute("cumsum(score)"),
    "cumsum missing within": compute("cumsum(score)", "school"),
    "ifelse": compute('ifelse(score > 3, "high", "low")'),
    "ifelse number": compute('ifelse(sex == "f", hours, -1)'),
    "case": compute('case(score > 6, "high", score > 2, "middle", "low")'),
    "case number": compute("case(hours > 5, 2, hours > 2, 1)"),
    "coalesce": compute("coalesce(score, hours, 0)"),
    "coalesce text": compute('coalesce(sex, school, "none")'),
    "between": compute("between(score, 1, 4)"),
    "cut": compute("cut(score, c(0, 2.5, 5, 10))"),
    "cut left": compute("cut(hours, c(0, 2, 4, 8), right = FALSE, include.lowest = TRUE)"),
    "cut labels": compute('cut(hours, c(-1, 2, Inf), labels = c("few", "many"))'),
    "paste": compute('paste(school, id, sep = "-")'),
    "paste default": compute("paste(sex, score)"),
    "paste0": compute('paste0("s", id, "_", score)'),
    "substr": compute("substr(name, 2, 4)"),
    "number": compute("number(wave)"),
    "nchar": compute("nchar(name) + nchar(code)"),
    "letters": compute('paste(toupper(sex), tolower(school), trimws(" x "))'),
    "starts": compute('startsWith(wave, "w") & !endsWith(wave, "1")'),
    "is na": compute("is.na(score) | is.na(sex)"),
    "comparison": compute("score >= 4"),
    "equal": compute('sex == "f" | school == "b"'),
    "pmin": compute("pmin(score, hours, 4) + pmax(hours, 2)"),
    "character": compute("as.character(score)"),
    "numeric": compute("as.numeric(substr(wave, 2, 3)) + as.numeric(female)"),
    "factor": compute('factor(sex, levels = c("m", "f"))'),
    "relevel": compute('relevel(factor(school), ref = "b")'),
    "constant": compute("pi * 2"),
    "replace": Compute("pupils", "score", "score * 2"),
    "odd name": Compute("pupils", 'my `new` "col"', "hours + 1"),
}
