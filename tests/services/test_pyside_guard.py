"""The many calls of a whole session must not end the program."""

from __future__ import annotations

import subprocess
import sys

_SESSION = """
from PySide6.QtCore import QCoreApplication, QObject, Signal
from mixgui.services import pyside_guard

application = QCoreApplication([])
first = pyside_guard.install()
assert not pyside_guard.install()  # a second time there is nothing to do

class Probe(QObject):
    fired = Signal()

probe = Probe()
for _ in range(100_000):
    probe.fired.emit()  # returns True
    probe.setObjectName("a")  # returns None
    probe.signalsBlocked()  # returns False
print("alive")
"""


def test_a_hundred_thousand_calls_do_not_abort_the_program() -> None:
    done = subprocess.run([sys.executable, "-c", _SESSION], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "alive", done.stderr
    assert done.returncode == 0, done.stderr
