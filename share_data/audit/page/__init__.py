"""The report as a page: one file that shows what became of every clip, and what other thresholds would have made."""
