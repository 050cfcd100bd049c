"""What the join dialog asks of the worker, and what comes back: values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mixgui.observer import Observer

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.data.join_report import JoinReport
    from mixgui.data.joins import JoinKind, Relationship


@dataclass(frozen=True, eq=False)
class JoinRequest:
    """A join as the dialog asks for it.

    Parameters
    ----------
    left, right : Dataset
        The tables.
    keys : tuple of (str, str)
        Columns by which rows belong together.
    kind : str
        "left", "inner", ...
    convert_keys, many_to_many : bool
        What the user allowed.
    suffix : str
        Ending of the right table's columns whose names are taken.
    """

    left: Dataset
    right: Dataset
    keys: tuple[tuple[str, str], ...]
    kind: JoinKind = "left"
    convert_keys: bool = False
    many_to_many: bool = False
    suffix: str = "_right"

    @property
    def relationship(self) -> Relationship:
        """What the keys may be."""
        return "many-to-many" if self.many_to_many else "auto"

    @property
    def clashing(self) -> tuple[str, ...]:
        """Columns of the right table, keys excepted, whose names are taken."""
        if self.kind in ("semi", "anti"):
            return ()
        taken = set(self.left.names) - {right for _, right in self.keys}
        return tuple(name for name in self.right.names if name in taken)

    def step(self, output: str) -> Any:
        """Return the step that makes the table `output`."""
        from mixgui.data.steps import Join

        return Join(
            left=self.left.name,
            right=self.right.name,
            keys=self.keys,
            kind=self.kind,
            relationship=self.relationship,
            suffixes=("", self.suffix),
            convert_keys=self.convert_keys,
            output=output,
        )


@dataclass(frozen=True, eq=False)
class JoinView:
    """A question and its answer."""

    request: JoinRequest
    report: JoinReport

    @property
    def refused(self) -> bool:
        """Whether the join would be refused."""
        return self.report.refused is not None


def suggesting(left: Dataset, right: Dataset) -> Callable[[Observer], tuple[tuple[str, str], ...]]:
    """Return the job that suggests keys, best first."""

    def work(observer: Observer) -> tuple[tuple[str, str], ...]:
        from mixgui.data.key_suggestions import suggest_keys

        return tuple(suggest_keys(left.frame, right.frame))

    return work


def preparing(request: JoinRequest) -> Callable[[Observer], JoinView]:
    """Return the job that finds out what a join would do."""

    def work(observer: Observer) -> JoinView:
        from mixgui.data.join_report import diagnose

        report = diagnose(
            request.left.frame,
            request.right.frame,
            request.keys,
            request.kind,
            request.relationship,
            suffixes=("", request.suffix),
            convert_keys=request.convert_keys,
            left_name=request.left.name,
            right_name=request.right.name,
            observer=observer,
        )
        return JoinView(request, report)

    return work
