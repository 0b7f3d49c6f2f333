"""Human estimators."""
