"""Runs jobs: in this process or on Ray actors, journalled, exactly once, with a policy for everything that fails."""
