"""What Croissant's vocabularies of responsible AI and of provenance ask: true of every corpus, with its own numbers."""

from typing import Any

from share_data.publish.facts import Facts
from share_data.text import plain_line


def responsible(facts: Facts) -> dict[str, Any]:
    """`rai:` fields, https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html.

    Args:
        facts: of the corpus.
    """
    clips = facts.manifest.counts.get("clip", {})
    return _collected(clips.get("rejected", 0), clips.get("failed", 0)) | {
        "rai:machineAnnotationTools": [
            f"{part}: {plain_line(name)}" for part, names in facts.made_by.items() for name in names
        ],
        "rai:dataLimitations": [
            "Estimates from one camera: depth, scale and what is hidden are uncertain. Each record has a confidence "
            "and scores, which say what they cannot see."
        ],
        "rai:dataBiases": [
            "People, places and activities are those of the videos on which filters and estimators work."
        ],
        "rai:dataUseCases": [
            "Training and evaluating models of human motion in scenes, not finding out who anybody is."
        ],
        "rai:personalSensitiveInformation": [
            "Body shapes and ways of moving; previews show people, where the licence allows. Labels may number them."
        ],
        "rai:dataReleaseMaintenancePlan": "Who asks to be left out is gone with the next publication.",
    }


def _collected(rejected: int, failed: int) -> dict[str, Any]:
    return {
        "rai:dataCollection": (
            "Clips of ordinary videos in which the camera stands still and one person is seen, chosen by scores "
            "against thresholds; ledger.parquet and measurements.parquet have every decision."
        ),
        "rai:dataCollectionType": ["Secondary Data Analysis", "Software Collection"],
        "rai:dataCollectionMissingData": (
            f"Frames in which the person was not seen are false in `valid`; {rejected} clips were rejected, {failed} "
            "failed."
        ),
        "rai:dataPreprocessingProtocol": [
            "Point maps at keyframes are fused to one scene; the person is moved until the body rests in it (SHARE, "
            "arXiv:2510.15342); both are turned to z up, floor at 0."
        ],
        "rai:dataAnnotationProtocol": ["Nobody annotated anything: motion, scene, contacts and scores are estimates."],
    }


def provenance(facts: Facts) -> dict[str, Any]:
    """`prov:` fields: the sources of the videos, and what was made of them with.

    Args:
        facts: of the corpus.
    """
    sources = {f"{each.source}: {each.attribution}" if each.attribution else each.source for each in facts.attributions}
    manifest = facts.manifest
    return {
        "prov:wasDerivedFrom": sorted(plain_line(source) for source in sources),
        "prov:wasGeneratedBy": (
            f"share-data {plain_line(manifest.toolkit_version)}, recipe sha256:{manifest.recipe_sha256}"
        ),
    }
