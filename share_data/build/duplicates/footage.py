"""Which clips of a build show the same footage, from what was noted when each was measured: 40 bytes a clip."""

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

from share_data.build.job_factory import JobFactory
from share_data.scan.fingerprint import Fingerprint
from share_data.scan.same_footage import alike, same
from share_data.store.hashing import bytes_sha256, canonical_json

Links = Mapping[int, Sequence[int]]
"""Clip to the others of its footage, by key; clips that have none are not in it."""


class FootageIndex:
    """Told of every clip that is measured. jobs: of the build."""

    def __init__(self, jobs: JobFactory) -> None:
        self._jobs = jobs
        self._clips = array("q")
        self._pixels = array("Q")
        self._places = array("q")
        self._pictures = array("Q")
        self._mirrored = array("Q")
        self._motion = array("d")
        self._fingerprint = lru_cache(maxsize=4096)(self._read)

    def add(self, clip: int, measured: Mapping[str, Any]) -> None:
        """A clip is measured. measured: the result of its job."""
        told = measured.get("fingerprint")
        self._clips.append(clip)
        self._pixels.append(int(bytes_sha256(canonical_json(self._jobs.pixels(clip)))[:16], 16))
        if told and told[0] is not None:
            self._places.append(clip)
            self._pictures.append(told[0])
            self._mirrored.append(told[1])
            self._motion.append(Fingerprint.from_json(told).amount)

    def links(self) -> Links:
        """Every clip of which there is another, whatever order they were measured in."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for one, other in (*self._copies(), *self._alike()):
            found[one].add(other)
            found[other].add(one)
        return {clip: sorted(others, key=self._jobs.key) for clip, others in found.items()}

    def _copies(self) -> list[tuple[int, int]]:
        """Pairs of clips of the very same pixels."""
        by_pixels: defaultdict[int, list[int]] = defaultdict(list)
        for clip, pixels in zip(self._clips, self._pixels, strict=True):
            by_pixels[pixels].append(clip)
        return [pair for clips in by_pixels.values() for pair in combinations(clips, 2)]

    def _alike(self) -> list[tuple[int, int]]:
        """Pairs of clips of different videos that show one room, and the same motion in it."""
        pairs = ((self._places[a], self._places[b]) for a, b in alike(self._pictures, self._mirrored, self._motion))
        return [
            (one, other)
            for one, other in pairs
            if self._jobs.video_of(one) != self._jobs.video_of(other)
            and same(self._fingerprint(one), self._fingerprint(other))
        ]

    def _read(self, clip: int) -> Fingerprint:
        return Fingerprint.from_json(self._jobs.result(self._jobs.measure(clip))["fingerprint"])
