"""Runs in the frozen program before everything else: only the icon family that is bundled may be loaded.

QtAwesome loads all its families when the first icon is asked for, and would miss the ones that were left out.
A helper process, which has no window, is spared the import of Qt.
"""

import sys

if "--share-work" not in sys.argv:
    import qtawesome

    qtawesome._BUNDLED_FONTS = tuple(font for font in qtawesome._BUNDLED_FONTS if font[0] == "ph")
