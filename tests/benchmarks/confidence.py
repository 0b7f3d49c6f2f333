"""Whether `confidence` is the probability it says it is: fits its table, and judges it on clips of other seeds.

    python tests/benchmarks/confidence.py --cache FOLDER --fit       # writes share_data/assets/confidence.json
    python tests/benchmarks/confidence.py --cache FOLDER             # judges it
    python tests/benchmarks/confidence.py --cache FOLDER --picture docs/confidence.svg

Clips are made once and kept in the cache, see `confidence_clips.py`. Simulated estimators with errors of another size
in every clip, and rendered clips with troubles through blazepose and ground_plane. The oracle knows how wrong a
simulated clip's estimators usually are, where the camera hangs and what fault there is, but not this time's errors: a
ridge logistic regression on all that and its products, fitted on every simulated clip but the tenth it is asked about.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from confidence_clips import SETUPS, made
from confidence_fit import PA_MPJPE_MM, ROOT_M, TURN_DEG, UP_DEG, fit_table, good, told
from confidence_oracle import oracle
from confidence_picture import picture
from confidence_rows import Row
from scipy.stats import rankdata, spearmanr

from share_data.body.model import load_body
from share_data.camera import Floats
from share_data.pipeline.quality.confidence import TABLE, Curves

FIT = {"simulated": (40000, 300), "embedded": (20000, 60)}
JUDGED = {"simulated": (70000, 300), "embedded": (80000, 64)}
"""Seeds 50000 and 30000 were looked at while faults and weights were chosen."""
BINS = 5
RESAMPLED = 2000


def auroc(scores: Floats, labels: Floats) -> float:
    """Probability that a good clip has the better score than a bad one."""
    ranks, ones = rankdata(scores), labels > 0.5
    positive, negative = int(ones.sum()), int((~ones).sum())
    if not positive or not negative:
        return float("nan")
    return float((ranks[ones].sum() - positive * (positive + 1) / 2) / (positive * negative))


def reliability(confidence: Floats, labels: Floats) -> list[tuple[float, float, int]]:
    """Of five equally filled bins: mean confidence, share of good clips, clips."""
    parts = np.array_split(np.argsort(confidence, kind="stable"), BINS)
    return [(float(confidence[part].mean()), float(labels[part].mean()), len(part)) for part in parts]


def bootstrap(measure, *columns: Floats) -> tuple[float, float]:
    """95 % interval of a measure over clips."""
    rng = np.random.default_rng(15342)
    picks = rng.integers(0, len(columns[0]), (RESAMPLED, len(columns[0])))
    found = [measure(*(column[pick] for column in columns)) for pick in picks]
    return tuple(np.nanpercentile(found, (2.5, 97.5)).tolist())


def collected(chosen: dict[str, tuple[int, int]], cache: Path, most: dict[str, int]) -> list[Row]:
    """The rows of every setup, at most so many of each."""
    body = load_body("mannequin")
    return [
        {**row, "setup": setup}
        for setup, (seed, count) in chosen.items()
        for row in made(setup, cache, seed, min(count, most[setup]), body)
    ]


def write_table(cache: Path, most: dict[str, int]) -> None:
    """Fit the table and write it where the package keeps it."""
    rows = collected(FIT, cache, most)
    about = {
        "what": "Probability that a record lies within the bounds, see share_data/pipeline/quality/confidence.py",
        "command": "python tests/benchmarks/confidence.py --cache FOLDER --fit",
        "bounds": {"root_m": ROOT_M, "up_deg": UP_DEG, "pa_mpjpe_mm": PA_MPJPE_MM, "turn_deg": TURN_DEG},
        "fitted_on": {
            setup: {"seed": seed, "clips": sum(row["setup"] == setup for row in rows)}
            for setup, (seed, _) in FIT.items()
        },
        "judged_on": {setup: {"seed": seed} for setup, (seed, _) in JUDGED.items()},
    }
    TABLE.write_text(json.dumps(about | fit_table(rows), indent=1) + "\n")
    print(f"{TABLE.name}: {about['fitted_on']}")


def judge(rows: list[Row]) -> dict[str, list[tuple[float, float, int]]]:
    """Print what the table is worth on these rows; returns the reliability of each setup."""
    table = json.loads(TABLE.read_text())
    curves, bins = Curves.read(table["clip"]), {}
    for setup in SETUPS:
        mine = [row for row in rows if row["setup"] == setup]
        if not mine:
            continue
        logit = np.array([curves.logit(told(row, table["uncertainty"])) for row in mine])
        confidence, labels = 1 / (1 + np.exp(-logit)), good(mine)
        root = np.array([row["root_m"] for row in mine])
        bins[setup] = reliability(confidence, labels)
        print(f"\n{setup}: {len(mine)} clips, {labels.mean():.0%} within the bounds")
        print("  said " + "".join(f"{said:7.2f}" for said, _, _ in bins[setup]))
        print("  true " + "".join(f"{true:7.2f}" for _, true, _ in bins[setup]))
        gaps = [abs(said - true) for said, true, _ in bins[setup]]
        print(f"  calibration error, mean over 5 bins {np.mean(gaps):.3f}, largest {max(gaps):.3f}")
        _print_ranks("confidence", confidence, labels, root)
        if setup == "simulated":
            _print_ranks("oracle", oracle(rows_with_known(mine)), labels, root)
        _print_uncertainty(mine, table["uncertainty"])
    return bins


def rows_with_known(mine: list[Row]) -> tuple[list[Row], Floats]:
    """Rows and labels as the oracle wants them."""
    return mine, good(mine)


def _print_ranks(name: str, confidence: Floats, labels: Floats, root: Floats) -> None:
    rank = lambda *columns: float(spearmanr(*columns).statistic)  # noqa: E731
    area, low, high = auroc(confidence, labels), *bootstrap(auroc, confidence, labels)
    corr, least, most = rank(confidence, root), *bootstrap(rank, confidence, root)
    ranks = f"Spearman with MRPE {corr:+.3f} [{least:+.3f}, {most:+.3f}]"
    print(f"  {name}: AUROC {area:.3f} [{low:.3f}, {high:.3f}], {ranks}")


def _print_uncertainty(rows: list[Row], uncertainty: dict) -> None:
    scores = [told(row, uncertainty) for row in rows]
    depth = np.mean([abs(r["depth_m"]) <= s["depth_uncertainty_m"] for r, s in zip(rows, scores, strict=True)])
    up = np.mean([r["up_deg"] <= s["up_uncertainty_deg"] for r, s in zip(rows, scores, strict=True)])
    print(f"  within depth_uncertainty_m {depth:.0%}, within up_uncertainty_deg {up:.0%} of the clips (68 % wanted)")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder for clips and rows")
    parser.add_argument("--fit", action="store_true", help="fit the table and write it")
    parser.add_argument("--picture", type=Path, help="write the reliability as SVG")
    parser.add_argument("--simulated", type=int, default=300, help="clips of that setup, at most")
    parser.add_argument("--embedded", type=int, default=64, help="clips of that setup, at most")
    given = parser.parse_args()
    most = {"simulated": given.simulated, "embedded": given.embedded}
    cv2.setNumThreads(1)
    if given.fit:
        write_table(given.cache, most)
    bins = judge(collected(JUDGED, given.cache, most))
    if given.picture:
        given.picture.write_text(picture(bins))


if __name__ == "__main__":
    main()
