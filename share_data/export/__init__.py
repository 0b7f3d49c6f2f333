"""A corpus in the tools people have: how an export runs, its folder, and what formats share; `formats/` has them."""
