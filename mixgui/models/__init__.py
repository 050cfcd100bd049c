"""From a formula to results. pandas and statsmodels; no Qt."""
