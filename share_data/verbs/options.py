"""Arguments and options that several verbs have."""

from pathlib import Path
from typing import Annotated

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document on stdout.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Override a recipe field, e.g. --set camera.hfov_deg=70."),
]
RecipeArgument = Annotated[Path, typer.Argument(help="Recipe file (YAML).")]
CorpusArgument = Annotated[str, typer.Argument(help="Folder or URL (s3://bucket/prefix) of a finished corpus.")]
OutputOption = Annotated[
    str | None,
    typer.Option(help="Folder or URL (s3://bucket/prefix) for the corpus; default: output.path or out/<name>."),
]


def place_for(output: str | None, corpus_path: str) -> Path | str:
    """Where the corpus goes: `--output`, or what the recipe says."""
    from share_data.corpus.storage import place_of

    if output is not None and Path(output) == Path():
        raise typer.BadParameter("name a folder", param_hint="--output")
    return place_of(output or corpus_path)
