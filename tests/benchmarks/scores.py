"""Each score against its truth: errors of known size in a true walk, and what the scores make of them.

python tests/benchmarks/scores.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from injected import table

if __name__ == "__main__":
    print(table())
