"""Running a build: list, schedule, journal, publish. It knows the stages, not how they work."""
