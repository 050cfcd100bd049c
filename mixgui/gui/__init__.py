"""Widgets only: they turn events into values and values into pixels."""
