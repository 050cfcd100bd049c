"""Runs in the frozen program before everything else: only the icon family that is bundled may be loaded.

QtAwesome loads all its families when the first icon is asked for, and would miss the ones that were left out.
"""

import qtawesome

qtawesome._BUNDLED_FONTS = tuple(font for font in qtawesome._BUNDLED_FONTS if font[0] == "ph")
