"""Records to look at: in a browser, in a file of their own, and as films. Nothing here changes a corpus."""
