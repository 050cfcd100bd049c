"""The model service: cache, undo, late results, failures, cancelling."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mixgui.errors import ModelError
from mixgui.observer import Observer, Progress
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService
from mixgui.services.worker import Worker

from .fakes import Make, Spec


class Fitter:
    """Answers with what was asked; waits for the gate where the formula says "slow"."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.deaf = False

    def __call__(self, spec: Spec, dataset: Any, observer: Observer) -> Any:
        self.calls.append(spec.formula)
        if "bad" in spec.formula:
            raise ModelError("The outcome is constant.")
        if "slow" in spec.formula:
            self.entered.set()
            while not self.gate.wait(0.002):
                if not self.deaf:
                    observer(Progress("fitting", evaluations=7, criterion=1.5))
        return (spec.formula, dataset)


class Setup:
    def __init__(self, qtbot: Any) -> None:
        self.qtbot = qtbot
        self.worker = Worker()
        self.document = Document(self.worker)
        self.fitter = Fitter()
        self.service = ModelService(self.document, self.worker, fitter=self.fitter)
        self.events: list[tuple[Any, ...]] = []
        for name in ("started", "finished", "failed", "cancelled"):
            getattr(self.service, name).connect(self._recorder(name))
        self.document.run_step(Make("a"))
        self.idle()

    def _recorder(self, name: str) -> Any:
        return lambda model, *rest: self.events.append((name, model))

    def idle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.worker.busy)


@pytest.fixture
def s(qapp: Any, qtbot: Any) -> Iterator[Setup]:
    setup = Setup(qtbot)
    yield setup
    setup.fitter.gate.set()
    setup.worker.shutdown()


def test_a_fit_arrives(s: Setup) -> None:
    model = s.document.add_model(Spec("y ~ x"))
    assert s.service.result(model) is None
    s.service.fit(model)
    assert s.service.is_running(model)
    s.idle()
    assert s.events == [("started", model), ("finished", model)]
    assert s.service.result(model) == ("y ~ x", s.document.tables["a"])
    assert not s.service.is_running()


def test_what_is_known_is_not_fitted_again(s: Setup) -> None:
    model = s.document.add_model(Spec("y ~ x"))
    s.service.fit(model)
    s.idle()
    copy = s.document.duplicate_model(model)
    assert s.service.fit(copy) is None
    assert s.events[-1] == ("finished", copy)
    assert s.fitter.calls == ["y ~ x"]


def test_undo_brings_the_result_back(s: Setup) -> None:
    model = s.document.add_model(Spec("y ~ x"))
    s.service.fit(model)
    s.idle()
    s.document.update_model(model, Spec("y ~ z"))
    assert s.service.result(model) is None
    assert s.service.last_result(model)[0] == "y ~ x"  # still there to look at
    s.service.fit(model)
    s.idle()
    assert s.service.last_result(model)[0] == "y ~ z"
    s.document.undo_stack.undo()
    assert s.service.result(model)[0] == "y ~ x"
    assert s.service.last_result(model)[0] == "y ~ x"
    assert s.fitter.calls == ["y ~ x", "y ~ z"]


def test_another_table_under_the_same_name_is_another_fit(s: Setup) -> None:
    model = s.document.add_model(Spec("y ~ x"))
    s.service.fit(model)
    s.idle()
    s.document.run_step(Make("a"))
    s.idle()
    assert s.service.result(model) is None
    s.document.undo_stack.undo()
    assert s.service.result(model) is not None


@pytest.mark.parametrize("deaf", [False, True])
def test_a_late_result_of_a_changed_model_is_dropped(s: Setup, deaf: bool) -> None:
    s.fitter.deaf = deaf
    model = s.document.add_model(Spec("slow"))
    s.service.fit(model)
    s.qtbot.waitUntil(s.fitter.entered.is_set)
    s.document.update_model(model, Spec("y ~ z"))
    if deaf:
        s.fitter.gate.set()
    s.idle()
    assert s.events == [("started", model), ("cancelled", model)]
    assert s.service.result(model) is None
    assert s.service.last_result(model) is None


def test_an_unrelated_change_does_not_disturb_a_fit(s: Setup) -> None:
    model = s.document.add_model(Spec("slow"))
    s.service.fit(model)
    s.qtbot.waitUntil(s.fitter.entered.is_set)
    s.document.rename_model(model, "Renamed")
    s.document.add_model(Spec("y ~ other"))
    s.document.run_step(Make("b"))
    s.fitter.gate.set()
    s.idle()
    assert s.events == [("started", model), ("finished", model)]


def test_removing_the_model_stops_its_fit(s: Setup) -> None:
    model = s.document.add_model(Spec("slow"))
    s.service.fit(model)
    s.qtbot.waitUntil(s.fitter.entered.is_set)
    s.document.remove_model(model)
    s.idle()
    assert s.events == [("started", model), ("cancelled", model)]


def test_change_and_fit_again_at_once_gives_the_new_result_only(s: Setup) -> None:
    model = s.document.add_model(Spec("slow"))
    s.service.fit(model)
    s.qtbot.waitUntil(s.fitter.entered.is_set)
    s.document.update_model(model, Spec("y ~ z"))
    s.service.fit(model)
    s.idle()
    assert s.events == [("started", model), ("started", model), ("finished", model)]
    assert s.service.result(model)[0] == "y ~ z"


def test_a_waiting_fit_that_is_changed_and_asked_for_again(s: Setup) -> None:
    first = s.document.add_model(Spec("slow"))
    second = s.document.add_model(Spec("y ~ 2"))
    s.service.fit(first)
    s.service.fit(second)
    s.document.update_model(second, Spec("y ~ 3"))
    s.service.fit(second)
    assert s.service.is_running(second)
    s.fitter.gate.set()
    s.idle()
    assert s.events[-1] == ("finished", second)
    assert ("cancelled", second) not in s.events
    assert s.fitter.calls == ["slow", "y ~ 3"]


def test_fitting_twice_is_fitting_once(s: Setup) -> None:
    model = s.document.add_model(Spec("slow"))
    assert s.service.fit(model) is s.service.fit(model)
    s.fitter.gate.set()
    s.idle()
    assert s.fitter.calls == ["slow"]


def test_a_failure_keeps_the_last_good_result(s: Setup) -> None:
    model = s.document.add_model(Spec("y ~ x"))
    s.service.fit(model)
    s.idle()
    s.document.update_model(model, Spec("bad"))
    s.service.fit(model)
    s.idle()
    assert s.events[-1] == ("failed", model)
    assert s.service.result(model) is None
    assert s.service.last_result(model)[0] == "y ~ x"


def test_cancel_keeps_the_last_good_result(s: Setup) -> None:
    model = s.document.add_model(Spec("y ~ x"))
    s.service.fit(model)
    s.idle()
    s.document.update_model(model, Spec("slow"))
    s.service.fit(model)
    s.qtbot.waitUntil(s.fitter.entered.is_set)
    s.service.cancel()
    s.idle()
    assert s.events[-1] == ("cancelled", model)
    assert s.service.last_result(model)[0] == "y ~ x"
    assert not s.service.is_running()


def test_cancel_of_one_model_leaves_the_others(s: Setup) -> None:
    first, second = s.document.add_model(Spec("slow")), s.document.add_model(Spec("y ~ 2"))
    s.service.fit(first)
    s.service.fit(second)
    s.service.cancel(first)
    s.idle()
    assert ("cancelled", first) in s.events
    assert ("finished", second) in s.events


def test_progress_names_the_model(s: Setup) -> None:
    seen: list[Any] = []
    s.service.progressed.connect(lambda model, progress: seen.append((model, progress.evaluations)))
    model = s.document.add_model(Spec("slow"))
    s.service.fit(model)
    s.qtbot.waitUntil(lambda: bool(seen))
    assert seen[0] == (model, 7)


def test_a_model_without_its_table_is_a_sentence(s: Setup) -> None:
    errors: list[Any] = []
    s.service.failed.connect(lambda model, error: errors.append(error))
    model = s.document.add_model(Spec("y ~ x", table="gone"))
    assert s.service.fit(model) is None
    assert "“gone”" in str(errors[0])
    assert s.service.fit("m99") is None
    assert "no longer part" in str(errors[1])
