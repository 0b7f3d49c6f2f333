"""JSON Schemas of all that a user writes or reads: `python -m share_data.recipe.schemas FOLDER` (or `make schemas`)."""

import json
import sys
from pathlib import Path
from typing import Any

from share_data.corpus.manifest import manifest_schema
from share_data.corpus.record import record_schema
from share_data.ledger.ledger import ledger_schema
from share_data.recipe.model import recipe_model


def all_schemas() -> dict[str, dict[str, Any]]:
    """Schema by file name."""
    return {
        "recipe.schema.json": recipe_model().model_json_schema(),
        "record.schema.json": record_schema(),
        "ledger.schema.json": ledger_schema(),
        "manifest.schema.json": manifest_schema(),
    }


def write_schemas(folder: Path) -> None:
    """Write every schema into `folder`, made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in all_schemas().items():
        (folder / name).write_text(json.dumps(schema, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "schemas"))
