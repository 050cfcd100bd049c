"""The document as a value. No Qt."""
