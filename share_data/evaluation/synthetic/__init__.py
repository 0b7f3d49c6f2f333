"""The synthetic benchmark: rendered clips in RICH's cameras, estimators spoilt by known amounts."""
