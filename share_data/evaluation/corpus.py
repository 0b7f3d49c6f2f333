"""A corpus against the ground truth of its sources: SHARE's MRPE and V2V, and the aligned errors beside them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from share_data import registry
from share_data.corpus.checking import checked
from share_data.corpus.layout import RECIPE
from share_data.corpus.read import Corpus, Record
from share_data.corpus.recipe_file import recipe_of
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
    """Evaluate a corpus, its sources rebuilt from its own recipe.

    Args:
        path: the corpus' folder or URL.

    Returns:
        The errors of every record that has truth.

    Raises:
        CorpusError: it is unreadable, or none of its records has truth.
    """
    from share_data.recipe.reading import parse_recipe

    corpus = Corpus(path)
    recipe = parse_recipe(_needed(recipe_of(corpus.storage)), f"{path}/{RECIPE}")
    evaluation = evaluate_records(_by_video(corpus), truth_from(recipe), _body(recipe))
    if not evaluation.clips:
        raise CorpusError(
            f"{path}: none of its {len(evaluation.without_truth)} record(s) has ground truth. "
            "Evaluate a corpus that was built from a source with truth, such as kind: synthetic, or "
            "kind: rich with selection: published and your export of its truth."
        )
    return evaluation


def evaluate_records(
    records: Iterable[Record],
    truth_of: Callable[[Mapping[str, Any]], GroundTruth | None],
    body: "BodyModel | None",
) -> Evaluation:
    """Evaluate records, from a corpus or of your own making.

    Args:
        records: in any order; neighbours from one video are fastest.
        truth_of: gives the truth of a record's video from the record's metadata, or None.
        body: the records' body model; None: no V2V.

    Returns:
        By key.

    Raises:
        CorpusError: a truth does not cover its record's frames.
    """
    clips, without = [], []
    for record in records:
        truth = truth_of(record.metadata)
        if truth is None:
            without.append(record.metadata["key"])
        else:
            clips.append(clip_errors(record.metadata, record.arrays, truth, body))
    return Evaluation(sorted(clips, key=lambda clip: clip.key), sorted(without))


def truth_from(recipe: "Recipe") -> Callable[[Mapping[str, Any]], GroundTruth | None]:
    """A function from a record's metadata to its video's truth, asking the recipe's sources.

    Args:
        recipe: the corpus' own.

    Returns:
        To be given to `evaluate_records`. It keeps the last video's truth alone.
    """
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
    return (checked(corpus[number], f"{corpus.storage.place}: record {corpus.keys[number]}") for number in order)


def _body(recipe: "Recipe") -> "BodyModel | None":
    """The corpus' body model, or None when its file is not on this machine."""
    from share_data.body.model import load_body

    try:
        return load_body(recipe.body.model, recipe.body.gender)
    except BodyModelError:
        return None


def _needed(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """What an evaluation asks of a recipe: other fields may have had other names when the corpus was built."""
    wanted = ("schema_version", "name", "sources", "body")
    return {part: recipe[part] for part in wanted if part in recipe}
