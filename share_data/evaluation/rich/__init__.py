"""The RICH benchmark: a user's predictions of the 33 published sequences against the published figures."""
