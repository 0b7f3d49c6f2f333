"""How much video there is in each state of a build, and how long the rest will take."""
