"""Summary reports over the ledger."""
