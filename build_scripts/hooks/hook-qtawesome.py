"""The font and the table of glyphs of the one icon family that MixGUI uses."""

from PyInstaller.utils.hooks import collect_data_files  # type: ignore[import-untyped]

datas = collect_data_files("qtawesome", includes=["fonts/phosphor*"])
