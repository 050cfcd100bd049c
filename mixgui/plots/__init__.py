"""Frame in, Figure out. matplotlib; no pyplot, no Qt, no statistics."""
