"""What has become of a clip so far: one byte a clip, in the scheduler's array."""

PENDING, DROPPED, REJECTED, CANDIDATE, KEPT, FAILED = range(6)
