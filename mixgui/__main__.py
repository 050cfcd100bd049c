"""The way in: `mixgui [FILE ...]`, `python -m mixgui --smoke-test`.

Nothing that is slow to import is imported before the window is on the screen.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mixgui import __version__, paths

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from mixgui.gui.application import Application
    from mixgui.services.crash_log import CrashLog
    from mixgui.services.inbox import Inbox

EXIT_OK, EXIT_FAILED = 0, 1


def main(argv: Sequence[str] | None = None) -> int:
    """Start the program.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; by default those of the process.

    Returns
    -------
    int
        Exit code: 0 if all went well.
    """
    _provide_streams()
    options = _parse(argv)
    if options.share_work:
        from mixgui.engine.shared_work import serve

        return serve(*options.share_work)
    if options.self_check is not None:
        from mixgui.self_check import self_check

        _set_matplotlib_folder()
        return EXIT_OK if self_check(options.self_check) else EXIT_FAILED
    job = options.smoke_test or options.screenshots is not None or options.import_check is not None
    _set_matplotlib_folder()
    if options.platform:
        os.environ["QT_QPA_PLATFORM"] = options.platform
    elif not _has_display() and not os.environ.get("QT_QPA_PLATFORM"):
        if not job:
            print("MixGUI needs a display, and there is none here.", file=sys.stderr)
            return EXIT_FAILED
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    inbox = None if job or options.startup_report is not None else _inbox()
    if inbox is not None and not inbox.claimed and not options.new_window and inbox.hand_over(options.files):
        return EXIT_OK
    from mixgui.services.crash_log import CrashLog

    log = CrashLog(options.log)
    log.install()
    try:
        if options.import_check is not None:
            return _import_check(log, options.import_check)
        application = _application()
        if job:
            return _smoke_test(application, log, options.screenshots)
        return _run(application, log, options.files, options.startup_report, inbox)
    except Exception:
        import traceback

        log.report(traceback.format_exc())
        return EXIT_FAILED
    finally:
        if inbox is not None:
            inbox.close()
        log.close()


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mixgui", description="Mixed-effects regression by clicking.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="data files or a project to open")
    parser.add_argument(
        "--new-window", action="store_true", help="open a window of its own although MixGUI is running"
    )
    parser.add_argument("--version", action="version", version=f"MixGUI {__version__}")
    parser.add_argument("--smoke-test", action="store_true", help="do the main job; exit 0 if it works")
    parser.add_argument("--screenshots", type=Path, metavar="DIR", help="the same, with pictures in DIR")
    parser.add_argument("--log", type=Path, metavar="FILE", help="write the log to FILE")
    parser.add_argument("--import-check", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--self-check", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    parser.add_argument("--startup-report", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument(
        "--share-work", nargs=3, help=argparse.SUPPRESS
    )  # be a helper process, without a window
    parser.add_argument("-platform", help=argparse.SUPPRESS)  # Qt's own spelling
    return parser.parse_args(argv)


def _provide_streams() -> None:
    """Give a program without a console something to print to: there `sys.stdout` is None."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for good


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _set_matplotlib_folder() -> None:
    """Give matplotlib a lasting folder of our own.

    A frozen program would else build its list of fonts at every start.
    """
    try:
        folder = paths.cache() / "matplotlib"
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="mixgui-"))
    os.environ["MPLCONFIGDIR"] = str(folder)


def _inbox() -> Inbox | None:
    """Return where a running program is asked for; None if the user's folder cannot be used."""
    from mixgui.services.inbox import Inbox

    try:
        inbox = Inbox()
    except OSError:
        return None
    inbox.claim()
    return inbox


def _application() -> Application:
    from mixgui.gui.application import Application

    existing = Application.instance()
    application = existing if isinstance(existing, Application) else Application([sys.argv[0]])
    application.setApplicationName("MixGUI")
    application.setOrganizationName("MixGUI")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("mixgui")
    return application


def _run(
    application: Application,
    log: CrashLog,
    files: Sequence[Path],
    startup_report: Path | None = None,
    inbox: Inbox | None = None,
) -> int:
    """Show the window and stay until it is closed."""
    from mixgui.gui.arrivals import Arrivals
    from mixgui.gui.session import Session
    from mixgui.services.running_mark import mark_running

    mark_running()
    session = Session(application)
    try:
        from mixgui.gui.crash_dialog import show_crash

        if session.journal is not None:
            log.crashed.connect(session.journal.write)  # whatever comes next, the work is kept
        log.crashed.connect(lambda text: show_crash(session.window, text, log.path))
        session.worker.crashed.connect(log.report)
        if startup_report is not None:
            from mixgui.gui.startup_report import StartupReport

            _watch = StartupReport(application, session, startup_report)
        session.show()
        _arrivals = Arrivals(application, session.window, inbox)
        if files:
            session.window.opener.open(files)  # which also says what is not there
        return application.exec()
    finally:
        session.close()


def _import_check(log: CrashLog, list_of_modules: Path) -> int:
    """Import what a file names, a module a line."""
    from mixgui.import_check import failed_imports

    failed = failed_imports(list_of_modules.read_text(encoding="utf-8").split())
    for text in failed:
        log.report(text)
    return EXIT_FAILED if failed else EXIT_OK


def _smoke_test(application: QApplication, log: CrashLog, screenshots: Path | None) -> int:
    """Do the main job in the window without anybody watching."""
    from mixgui.gui.smoke import run_smoke_test

    report = run_smoke_test(application, log, screenshots)
    print(report.text)
    log.write(report.text)
    return EXIT_OK if report.passed else EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
