"""The disk image for macOS: signed and notarised when the secrets are there, else signed ad hoc with a warning."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import environment

ENTITLEMENTS = Path(__file__).resolve().parent / "macos" / "entitlements.plist"
ATTEMPTS = 5


def dmg(dist: Path, version: str) -> Path:
    """Sign the application and put it into a disk image beside a link to the Applications folder.

    MIXGUI_CODESIGN_IDENTITY names the certificate in the keychain; APPLE_ID, APPLE_TEAM_ID and
    APPLE_APP_PASSWORD allow the notarisation. Each may be missing.
    """
    application = dist / "MixGUI.app"
    identity = os.environ.get("MIXGUI_CODESIGN_IDENTITY", "")
    sign(application, identity)
    target = dist / f"MixGUI-{version}-macos-{platform.machine()}.dmg"
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(application, folder / "MixGUI.app", symlinks=True)
        (folder / "Applications").symlink_to("/Applications")
        create_image(folder, target)
    if identity:
        subprocess.run(["codesign", "--force", "--timestamp", "--sign", identity, target], check=True)
        notarise(target)
    return target


def sign(application: Path, identity: str) -> None:
    """Sign with the hardened runtime; with "-", which needs no certificate, when there is none."""
    if not identity:
        environment.say(
            "WARNING: no certificate; the application is signed ad hoc and macOS will warn of it."
        )
    command = ["codesign", "--force", "--deep", "--options", "runtime", "--entitlements", str(ENTITLEMENTS)]
    command += ["--timestamp"] if identity else []
    subprocess.run([*command, "--sign", identity or "-", application], check=True)
    subprocess.run(["codesign", "--verify", "--deep", "--strict", application], check=True)


def create_image(folder: Path, target: Path) -> None:
    """Make the image; hdiutil says "Resource busy" now and then, and works when asked again."""
    command = ["hdiutil", "create", "-volname", "MixGUI", "-fs", "HFS+", "-format", "UDZO", "-ov"]
    for attempt in range(1, ATTEMPTS + 1):
        if subprocess.run([*command, "-srcfolder", folder, target], check=False).returncode == 0:
            return
        environment.say(f"hdiutil failed ({attempt} of {ATTEMPTS}).")
        time.sleep(5 * attempt)
    environment.stop("The disk image could not be made.")


def notarise(image: Path) -> None:
    """Send the image to Apple and staple the answer to it, if the account is known."""
    names = ("APPLE_ID", "APPLE_TEAM_ID", "APPLE_APP_PASSWORD")
    account, team, password = (os.environ.get(name, "") for name in names)
    if not (account and team and password):
        environment.say("WARNING: no Apple account; the image is signed but not notarised.")
        return
    command = ["xcrun", "notarytool", "submit", str(image), "--wait", "--apple-id", account]
    subprocess.run([*command, "--team-id", team, "--password", password], check=True)
    subprocess.run(["xcrun", "stapler", "staple", image], check=True)
