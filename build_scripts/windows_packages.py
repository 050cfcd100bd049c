"""The setup and the portable zip for Windows, and the version resource of the program."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import environment
from versions import four_numbers

SCRIPT = Path(__file__).resolve().parent / "installer.nsi"
_PLACES = (Path("C:/Program Files (x86)/NSIS/makensis.exe"), Path("C:/Program Files/NSIS/makensis.exe"))


def version_resource(version: str) -> str:
    """Return what PyInstaller writes into the program: Explorer and antivirus programs show it."""
    numbers = four_numbers(version)
    strings = {
        "CompanyName": "The MixGUI developers",
        "FileDescription": "MixGUI",
        "FileVersion": version,
        "InternalName": "MixGUI",
        "LegalCopyright": "BSD-3-Clause",
        "OriginalFilename": "MixGUI.exe",
        "ProductName": "MixGUI",
        "ProductVersion": version,
    }
    table = ",\n".join(f"        StringStruct({key!r}, {text!r})" for key, text in strings.items())
    return (
        "VSVersionInfo(\n"
        f"  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3f, flags=0x0, OS=0x40004,\n"
        "    fileType=0x1, subtype=0x0, date=(0, 0)),\n"
        "  kids=[\n"
        f"    StringFileInfo([StringTable('040904B0', [\n{table}])]),\n"
        "    VarFileInfo([VarStruct('Translation', [1033, 1200])])\n"
        "  ]\n)\n"
    )


def setup(dist: Path, generated: Path, version: str, *, fast: bool = False) -> Path:
    """Compile the setup with makensis.

    Parameters
    ----------
    dist : Path
        Where the frozen folder is and the setup goes.
    generated : Path
        Folder with mixgui.ico.
    version : str
        Of the program.
    fast : bool
        Without compression: for trying out, in seconds.
    """
    compiler = shutil.which("makensis") or next((str(path) for path in _PLACES if path.is_file()), None)
    if compiler is None:
        environment.stop("makensis is missing: install NSIS 3 (https://nsis.sourceforge.io).")
    target = dist / f"MixGUI-{version}-windows-amd64-setup.exe"
    size = sum(file.stat().st_size for file in (dist / "MixGUI").rglob("*") if file.is_file()) // 1024
    values = {
        "VERSION": version,
        "VERSION4": ".".join(str(part) for part in four_numbers(version)),
        "SOURCE": str((dist / "MixGUI").resolve()),
        "ICON": str((generated / "mixgui.ico").resolve()),
        "OUTPUT": str(target.resolve()),
        "SIZE_KB": str(size),
        "LICENCE": str((environment.ROOT / "LICENSE").resolve()),
    }
    defines = [f"-D{key}={text}" for key, text in values.items()] + (["-DFAST"] if fast else [])
    subprocess.run([str(compiler), "-V2", "-WX", "-INPUTCHARSET", "UTF8", *defines, str(SCRIPT)], check=True)
    return target


def sign(files: list[Path]) -> None:
    """Sign with the certificate of MIXGUI_WINDOWS_CERTIFICATE, a PFX file; without one, say so and go on.

    MIXGUI_WINDOWS_CERTIFICATE_PASSWORD may be needed to open it.
    """
    certificate = os.environ.get("MIXGUI_WINDOWS_CERTIFICATE", "")
    if not certificate:
        environment.say("WARNING: no certificate; nothing is signed and Windows will warn of it.")
        return
    kits = Path("C:/Program Files (x86)/Windows Kits/10/bin")
    tools = sorted(kits.glob("10.*/x64/signtool.exe"))
    if not tools:
        environment.stop("signtool is missing: it comes with the Windows SDK.")
    command = [str(tools[-1]), "sign", "/q", "/f", certificate, "/fd", "SHA256"]
    password = os.environ.get("MIXGUI_WINDOWS_CERTIFICATE_PASSWORD", "")
    command += ["/p", password] if password else []
    command += ["/tr", "http://timestamp.digicert.com", "/td", "SHA256"]
    subprocess.run([*command, *map(str, files)], check=True)


def portable_zip(dist: Path, version: str) -> Path:
    """Pack the frozen folder: unpack anywhere, start MixGUI.exe, delete when done."""
    name = f"MixGUI-{version}-windows-amd64-portable"
    target = dist / f"{name}.zip"
    folder = dist / "MixGUI"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{name}/{file.relative_to(folder).as_posix()}")
    return target
