"""A corpus to be looked at: the mannequin walks over a red floor, and titles and labels mean harm."""

from pathlib import Path

import samples
from make_records import BODY, make_clip, make_entries

from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample

HARM = "</td><img src=x onerror=alert(1)><script>alert(2)</script> [me](javascript:alert(3))"
RECIPE = {
    "schema_version": 1,
    "name": "viewed",
    "filters": [{"kind": "reconstruction_quality", "at_most": {"foot_skate_m": 0.005}}],
}


def viewed_corpus(out: Path, count: int = 3) -> None:
    """`count` records of 7 frames, each as far from the camera as its number says."""
    clips = [make_clip(number, samples.FRAMES) for number in range(count)]
    members = []
    for number, clip in enumerate(clips):
        away = (0.0, 0.0, 0.25 * number)
        record = samples.record_of(samples.walk(), error=away, initial_error=(0.5, 0, 0), video_id=f"walk-{number}")
        scores = {"confidence": number / count, "foot_skate_m": 0.01}
        told = {"key": clip.key, "title": HARM, "labels": {"activity": HARM}, "scores": scores}
        sample = Sample(record.metadata | told, record.arrays, record.preview)
        members.append(Member(clip.key, lambda sample=sample: sample))
    pack(members, out, Provenance(make_entries(clips), RECIPE, BODY), PackOptions(2))
