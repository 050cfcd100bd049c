"""Qt objects without widgets."""
