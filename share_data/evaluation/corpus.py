"""A corpus against the ground truth of its sources: SHARE's MRPE and V2V, and the aligned errors beside them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from share_data import registry
from share_data.corpus.layout import RECIPE
from share_data.corpus.read import Corpus, Record
from share_data.corpus.storage import Storage
from share_data.errors import BodyModelError, CorpusError
from share_data.evaluation.clip import clip_errors
from share_data.evaluation.result import Evaluation, evaluation_markdown, render_evaluation
from share_data.records import Video
from share_data.sources.base import Source
from share_data.truth import GroundTruth

if TYPE_CHECKING:
    from share_data.body.model import BodyModel
    from share_data.recipe.model import Recipe


__all__ = [
    "Evaluation",
    "evaluate_corpus",
    "evaluate_records",
    "evaluation_markdown",
    "render_evaluation",
    "truth_from",
]


def evaluate_corpus(path: Path | str) -> Evaluation:
    """Evaluate the corpus in a folder or below a URL, its sources rebuilt from its own recipe.

    Raises CorpusError when the corpus is unreadable or none of its records has truth.
    """
    from share_data.recipe.reading import parse_recipe

    corpus = Corpus(path)
    recipe = parse_recipe(_asked(_read_json(corpus.storage, RECIPE)), f"{path}/{RECIPE}")
    evaluation = evaluate_records(_by_video(corpus), truth_from(recipe), _body(recipe))
    if not evaluation.clips:
        raise CorpusError(
            f"{path}: none of its {len(evaluation.without_truth)} record(s) has ground truth. "
            "Evaluate a corpus that was built from a source with truth, such as kind: synthetic, or "
            "kind: rich with selection: published and your export of its truth."
        )
    return evaluation


def _asked(recipe: Any) -> Any:
    """What a recipe says of sources and body. Its other sections may have the fields of another version."""
    asked = ("schema_version", "name", "sources", "body")
    return {name: recipe[name] for name in asked if name in recipe} if isinstance(recipe, dict) else recipe


def evaluate_records(
    records: Iterable[Record],
    truth_of: Callable[[Mapping[str, Any]], GroundTruth | None],
    body: "BodyModel | None",
) -> Evaluation:
    """Evaluate records; `truth_of` gives the truth of a record's video from the record's metadata, or None."""
    clips, without = [], []
    for record in records:
        truth = truth_of(record.metadata)
        if truth is None:
            without.append(record.metadata["key"])
        else:
            clips.append(clip_errors(record.metadata, record.arrays, truth, body))
    return Evaluation(sorted(clips, key=lambda clip: clip.key), sorted(without))


def truth_from(recipe: "Recipe") -> Callable[[Mapping[str, Any]], GroundTruth | None]:
    """A function from a record's metadata to its video's truth, asking the recipe's sources."""
    sources: dict[str, Source] = {
        config.label: registry.load("sources", config.kind)(config) for config in recipe.sources
    }
    videos: dict[str, dict[str, Video]] = {}

    @lru_cache(maxsize=1)
    def truth(label: str, video_id: str) -> GroundTruth | None:
        """The truth of one video, None where its source is not in the recipe, no longer lists it, or has none."""
        if label not in sources:
            return None
        if label not in videos:
            videos[label] = {video.video_id: video for video in sources[label].list()}
        video = videos[label].get(video_id)
        return None if video is None else sources[label].truth(video)

    return lambda metadata: truth(metadata["source"], metadata["video_id"])


def _by_video(corpus: Corpus) -> Iterator[Record]:
    """Records video by video, so that the truth of a long video is made once."""
    videos = zip(*(corpus.index[name].to_pylist() for name in ("source", "video_id", "frame_start")), strict=True)
    order = [number for _, number in sorted((video, number) for number, video in enumerate(videos))]
    return (corpus[number] for number in order)


def _body(recipe: "Recipe") -> "BodyModel | None":
    """The corpus' body model, or None when its file is not on this machine."""
    from share_data.body.model import load_body

    try:
        return load_body(recipe.body.model, recipe.body.gender)
    except BodyModelError:
        return None


def _read_json(storage: Storage, path: str) -> Any:
    try:
        return json.loads(storage.read(path))
    except (OSError, ValueError) as error:
        raise CorpusError(f"{storage.place}/{path}: cannot be read ({error}). Build the corpus again.") from error
