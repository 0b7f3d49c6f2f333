"""The recipe's words for Toyota Smarthome."""

from typing import Literal, Self

from pydantic import Field, model_validator

from share_data.sources.base import SourceConfig
from share_data.sources.smarthome.names import Recording
from share_data.sources.smarthome.published import SPLITS, Activity, Camera, Split, Subject, Subset, Variant


class SmarthomeConfig(SourceConfig):
    """Your copy of Toyota Smarthome, and which part of it. Every filter left out takes everything."""

    kind: Literal["smarthome"] = "smarthome"
    root: str = Field(min_length=1, description="Folder of the unpacked dataset, searched with its subfolders.")
    variant: Variant | None = Field(None, description="Needed only where root holds both; tsu is the untrimmed one.")
    split: Split | None = Field(
        None, description="Protocol: xsub, xview1, xview2 (trimmed); xsub, xview (tsu). Takes the videos it uses."
    )
    subsets: tuple[Subset, ...] = Field((), description="Parts of the split. xsub of trimmed has p19 and p25 in val.")
    activities: tuple[Activity, ...] = Field((), description="Trimmed only: a tsu video shows many.")
    cameras: tuple[Camera, ...] = Field((), description="Of the seven.")
    subjects: tuple[Subject, ...] = Field((), description="Of the eighteen.")
    check_skeletons: bool = Field(
        False, description="Read the skeleton JSON of every video whenever videos are listed, and label what it saw."
    )

    @model_validator(mode="after")
    def _one_protocol(self) -> Self:
        if self.subsets and self.split is None:
            raise ValueError("subsets are parts of a split: set split, too")
        if self.variant and self.split and self.split not in SPLITS[self.variant]:
            raise ValueError(f"{self.variant} has the splits {', '.join(SPLITS[self.variant])}, not {self.split}")
        if self.variant == "tsu" and self.activities:
            raise ValueError("activities choose among trimmed clips: a tsu video shows many")
        return self

    def takes(self, recording: Recording) -> bool:
        """Whether the filters let this recording through; `variant` is no filter, see `choose`."""
        subset = recording.splits.get(self.split) if self.split else None
        return (
            (self.split is None or (subset is not None and (not self.subsets or subset in self.subsets)))
            and (not self.activities or recording.activity in self.activities)
            and (not self.cameras or recording.camera in self.cameras)
            and (not self.subjects or recording.subject in self.subjects)
        )
