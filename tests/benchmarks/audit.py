"""`share-data audit` over a million clips: time and memory, against a loop over `decide`, and the flips by brute force.

    python tests/benchmarks/audit.py [--clips 1000000] [--loop 20000]

The loop, and the peer, take the first `--loop` clips and are scaled up to all. Peak memory is that of a process of its
own that does nothing but the audit; ratios are of CPU seconds. `--peer PYTHON` names an interpreter with Data-Juicer
1.6: its filter on one numeric field computes the same table again.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from share_data.filters.gates import Gate

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

CHANGE = "filters.static_camera.max_corner_shift_pct=0.2"


def random_table(folder: Path, clips: int) -> None:
    """A corpus of nothing but its recipe and `clips` measurements, verdicts by the build's own decision."""
    from share_data.audit.whatif.deciding import OUTCOMES, decide
    from share_data.audit.whatif.settings import rules_of, sections_of
    from share_data.audit.whatif.table import Measurements
    from share_data.ledger.measurements import measurements_schema
    from share_data.recipe.reading import parse_recipe

    recipe = parse_recipe(
        {"schema_version": 1, "name": "x", "sources": [{"kind": "local", "root": "v"}]}, "x"
    ).resolved()
    rules = rules_of(sections_of(recipe), "x")
    rng = np.random.default_rng(7)
    asked: dict[str, list[Gate]] = {rule.column(score.name): [] for rule in rules for score in rule.filter.scores}
    for rule in rules:
        for gate in rule.gates() or ():
            asked[rule.column(gate.score)].append(gate)
    scores = {name: _values(rng, clips, gates) for name, gates in asked.items()}
    columns = {
        "unit": pa.array(
            [f"local_v{n // 10:07d}-{n % 997:010x}_{n % 10 * 300:06d}_{n % 10 * 300 + 300:06d}" for n in range(clips)]
        ),
        "video": pa.array([f"local/v{n // 10:07d}" for n in range(clips)]),
        "source": pa.array(np.where(np.arange(clips) % 3 == 0, "youtube", "local")),
        "labels_json": pa.array([f'{{"activity":"{n // 10 % 30}"}}' for n in range(clips)]),
        "seconds": pa.array(rng.uniform(1, 10, clips)),
        "frame_start": pa.array(np.arange(clips) % 10 * 300),
        "frame_stop": pa.array(np.arange(clips) % 10 * 300 + 300),
        "status": pa.array(["kept"] * clips),
        "redistributable": pa.array(np.ones(clips, bool)),
        "reconstructed": pa.array(np.ones(clips, bool)),
        **{name: pa.array(values, mask=rng.random(clips) < 0.02) for name, values in scores.items()},
    }
    schema = measurements_schema(scores, {})
    folder.mkdir(exist_ok=True)
    (folder / "recipe.json").write_text(json.dumps(recipe))
    _write(folder, columns, schema)
    table = Measurements(folder / "measurements.parquet", recipe)
    decided = decide(table, rules)
    table.close()
    before = [rule.kind for rule in rules if rule.before]
    causes = [("", "")] + [cause[:2] for cause in decided.causes]
    stage = np.array([each[0] for each in causes])[decided.cause + 1]
    columns["status"] = pa.array(np.array(OUTCOMES)[decided.outcome])
    columns["stage"], columns["reason"] = (
        pa.array(stage),
        pa.array(np.array([each[1] for each in causes])[decided.cause + 1]),
    )
    reconstructed = ~np.isin(stage, before)
    columns["reconstructed"] = pa.array(reconstructed)
    for name in schema.names:
        if name.startswith("reconstruction."):
            values = columns[name].to_numpy(zero_copy_only=False)
            columns[name] = pa.array(values, mask=~reconstructed | np.isnan(values))
    _write(folder, columns, schema)


def _values(rng: np.random.Generator, clips: int, gates: list[Gate]) -> np.ndarray:
    """Numbers of which some 97 in a hundred pass the gates."""
    upper = [gate.threshold for gate in gates if gate.asked in ("<=", "<")]
    lower = [gate.threshold for gate in gates if gate.asked in (">=", ">")]
    if upper and lower:
        return rng.normal((upper[0] + lower[0]) / 2, (upper[0] - lower[0]) / 5, clips)
    if lower:
        return max(lower) + rng.normal(0.4, 0.2, clips) * max(abs(max(lower)), 1)
    return rng.exponential(min(upper) / 3.5, clips) if upper and min(upper) else (rng.random(clips) < 0.03) * 1.0


def _write(folder: Path, columns: dict[str, pa.Array], schema: pa.Schema) -> None:
    clips = len(columns["unit"])
    whole = [columns.get(field.name, pa.nulls(clips, field.type)) for field in schema]
    whole = [pc_fill(column, field) for column, field in zip(whole, schema, strict=True)]
    pq.write_table(
        pa.table(whole, schema=schema), folder / "measurements.parquet", compression="NONE", row_group_size=65_536
    )


def pc_fill(column: pa.Array, field: pa.Field) -> pa.Array:
    """No text and no list is empty."""
    if pa.types.is_string(field.type) and column.null_count:
        return pa.array([""] * len(column))
    if pa.types.is_list(field.type):
        return pa.array([[]] * len(column), field.type)
    return column.cast(field.type)


MEASURED = """
import json, re, sys, time
began = time.perf_counter()
from share_data.audit.whatif.audit import Asked, audit
from share_data.audit.whatif.table import measurements_of
loaded, spent = time.perf_counter(), time.process_time()
with measurements_of(sys.argv[1]) as table:
    found = audit(table, Asked(overrides=[sys.argv[2]]))
ended, cpu = time.perf_counter(), time.process_time() - spent
peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1]) * 1024
told = {"imports": loaded - began, "audit": ended - loaded, "cpu": cpu, "peak": peak, "flips": len(found.flips)}
print(json.dumps(told))
"""


def loop_over_decide(folder: Path, clips: int) -> tuple[float, set[str]]:
    """(CPU seconds a clip, the first `clips` that flip) by the engine's own filters, one row after another."""
    from share_data.audit.whatif.settings import changed, rules_of, sections_of
    from share_data.filters.verdict import Verdict
    from share_data.records import Measurement

    recipe = json.loads((folder / "recipe.json").read_text())
    own = sections_of(recipe)
    sides = [rules_of(own, "x"), rules_of(changed(own, [CHANGE]), "x")]
    rows = pq.ParquetFile(folder / "measurements.parquet").iter_batches(batch_size=clips)
    batch = next(rows).to_pylist()

    def outcome(row: dict[str, object], rules: list) -> str:  # type: ignore[type-arg]
        for rule in rules:
            group = rule.kind if rule.before else "reconstruction"
            scores = {n.partition(".")[2]: v for n, v in row.items() if n.startswith(group + ".") and v is not None}
            if not rule.before and not row["reconstructed"]:
                continue
            verdict: Verdict = rule.filter.decide(Measurement(rule.kind, 1, scores), rule.config)  # type: ignore[arg-type]
            if not verdict.kept:
                return "rejected"
        return "kept" if row["reconstructed"] else "to be measured"

    began = time.process_time()
    flips = {str(row["unit"]) for row in batch if outcome(row, sides[0]) != outcome(row, sides[1])}
    return (time.process_time() - began) / len(batch), flips


PEER = """
import json, os, sys
import pyarrow.parquet as pq
from datasets import Dataset
from data_juicer.core.data import NestedDataset
from data_juicer.ops.filter.specified_numeric_field_filter import SpecifiedNumericFieldFilter
rows = int(sys.argv[2])
column = pq.read_table(sys.argv[1], columns=["static_camera.corner_shift_pct"]).column(0).slice(0, rows).fill_null(0.0)
data = NestedDataset(Dataset.from_dict({"text": [""] * rows, "shift": column.to_pylist()}))
before = sum(os.times()[:4])
kept = data.process([SpecifiedNumericFieldFilter(field_key="shift", max_value=0.2)])
print(json.dumps({"cpu": sum(os.times()[:4]) - before, "kept": len(kept)}))
"""


def main() -> None:
    """Print what it takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", type=int, default=1_000_000)
    parser.add_argument("--loop", type=int, default=20_000)
    parser.add_argument("--peer", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "corpus"
        random_table(folder, arguments.clips)
        size = (folder / "measurements.parquet").stat().st_size
        print(f"{arguments.clips:,} clips, measurements.parquet {size / 2**20:.0f} MiB")
        runs = [run(sys.executable, MEASURED, str(folder), CHANGE) for _ in range(3)]
        best = min(runs, key=lambda each: each["cpu"])
        print(
            f"audit {CHANGE}: {best['audit']:.2f} s, {best['cpu']:.2f} s of CPU (imports {best['imports']:.2f} s), "
            f"peak {best['peak'] / 2**20:.0f} MiB"
        )
        a_clip, by_hand = loop_over_decide(folder, arguments.loop)
        print(f"a loop over decide: {a_clip * arguments.clips:.0f} s ({a_clip * arguments.clips / best['cpu']:.0f} x)")
        print(f"flips equal brute force over {arguments.loop:,} clips: {by_hand == flips_of(folder, arguments.loop)}")
        if arguments.peer:
            few, many = (peer_seconds(arguments.peer, folder, rows) for rows in (arguments.loop // 10, arguments.loop))
            whole = (
                (many - few) / (arguments.loop - arguments.loop // 10) * arguments.clips
            )  # Less what starting takes.
            print(f"Data-Juicer, one numeric filter: {whole:.0f} s of CPU ({whole / best['cpu']:.0f} x)")


def peer_seconds(python: str, folder: Path, rows: int) -> float:
    """CPU seconds, of all its processes, in which Data-Juicer filters so many rows."""
    return run(python, PEER, str(folder / "measurements.parquet"), str(rows))["cpu"]


def flips_of(folder: Path, first: int) -> set[str]:
    """Which of the first clips flip, by the table."""
    from share_data.audit.whatif.audit import Asked, audit
    from share_data.audit.whatif.table import measurements_of

    with measurements_of(folder) as table:
        names = {row["unit"] for row in table.rows(np.arange(first), ("unit",))}
        return {flip.unit for flip in audit(table, Asked(overrides=[CHANGE])).flips} & names


def run(python: str, program: str, *arguments: str) -> dict[str, float]:
    """What a program prints, from a process of its own."""
    found = subprocess.run([python, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return dict(json.loads(found.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
