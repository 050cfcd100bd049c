"""Tables and what was done to them. pandas; no Qt."""
