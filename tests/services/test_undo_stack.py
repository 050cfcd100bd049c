"""The undo stack: beside a list of states that are all kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mixgui.services.undo_stack import UndoStack


class Shown:
    """A value that a stack of edits changes."""

    def __init__(self, limit: int = 100) -> None:
        self.value = 0
        self.stack: UndoStack[int] = UndoStack(self._show, limit)
        self.told = 0
        self.stack.changed.connect(self._tell)

    def _show(self, value: int) -> None:
        self.value = value

    def _tell(self) -> None:
        self.told += 1

    def push(self, value: int, key: str = "") -> None:
        self.stack.push(f"to {value}", self.value, value, key)


VERBS = st.lists(
    st.one_of(st.sampled_from(["undo", "redo"]), st.integers(0, 5), st.just("first")), max_size=40
)


@given(VERBS, st.integers(1, 5))
def test_it_goes_through_the_states_in_order(verbs: list[str | int], limit: int) -> None:
    shown = Shown(limit)
    states, place = [0], 0
    for number, verb in enumerate(verbs, start=1):
        if verb == "undo":
            place = max(place - 1, 0)
            shown.stack.undo()
        elif verb == "redo":
            place = min(place + 1, len(states) - 1)
            shown.stack.redo()
        elif isinstance(verb, int):
            place = min(verb, len(states) - 1)
            shown.stack.go_to(verb)
        else:
            states = [*states[: place + 1], number][-limit - 1 :]
            place = len(states) - 1
            shown.push(number)
        assert (shown.value, shown.stack.index(), shown.stack.count()) == (
            states[place],
            place,
            len(states) - 1,
        )
        assert shown.stack.can_undo() == (place > 0)
        assert shown.stack.can_redo() == (place < len(states) - 1)
        assert shown.stack.undo_text() == (f"to {states[place]}" if place else "")
        assert shown.stack.redo_text() == (f"to {states[place + 1]}" if shown.stack.can_redo() else "")


def test_edits_with_the_same_key_become_one() -> None:
    shown = Shown()
    shown.push(1)
    shown.push(2, "typing")
    shown.push(3, "typing")
    shown.push(4, "other")
    assert [shown.stack.text(i) for i in range(shown.stack.count())] == ["to 1", "to 3", "to 4"]
    shown.stack.go_to(1)
    assert shown.value == 1
    shown.stack.redo()
    assert shown.value == 3


def test_an_edit_after_saving_stands_alone() -> None:
    shown = Shown()
    shown.push(1, "typing")
    shown.stack.seal()
    shown.push(2, "typing")
    shown.push(3, "typing")
    assert shown.stack.count() == 2
    shown.stack.undo()
    assert shown.value == 1


def test_who_listens_is_told_when_something_is_different() -> None:
    shown = Shown()
    shown.stack.undo()
    shown.stack.redo()
    assert shown.told == 0
    shown.push(1)
    shown.stack.undo()
    shown.stack.clear()
    assert shown.told == 3
    assert (shown.stack.count(), shown.value) == (0, 0)
