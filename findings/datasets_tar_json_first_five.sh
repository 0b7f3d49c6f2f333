#!/usr/bin/env bash
# Expected: KEY.json in a tar read as a WebDataset by Hugging Face datasets yields the JSON that is in it.
# Happens: the fields and their types are those of the first five samples. What appears later is dropped, and a number
#   that was whole so far is cut: speed 1.75 reads as 1. No error, no warning.
# Library: datasets 5.2.0 (the webdataset builder). The webdataset package yields the JSON as it is.
# Matters: per-clip facts (contacts, a second person, a playback speed other than 1) are sparse, and what five clips
#   in order have in common is no schema. Write every field in every clip, floats as floats; or pass features=.
# Seen: written [1, 1, 1, 1, 1, 1, 1.75, 0.5], read [1, 1, 1, 1, 1, 1, 1, 0]; contact of samples 6 and 7 is gone
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile datasets==5.2.0 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import io
import json
import os
import sys
import tarfile

os.environ.update(HF_HOME=sys.argv[1], HF_HUB_OFFLINE="1")
import datasets

datasets.disable_progress_bars()
path = f"{sys.argv[1]}/a.tar"
samples = [{"speed": speed} for speed in (1, 1, 1, 1, 1, 1, 1.75, 0.5)]
for sample in samples[6:]:
    sample["contact"] = [1, 0]
with tarfile.open(path, "w") as tar:
    for k, sample in enumerate(samples):
        data = json.dumps(sample).encode()
        info = tarfile.TarInfo(f"clip{k}.json")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
read = datasets.load_dataset("webdataset", data_files=path, split="train")["json"][:]
print("datasets", datasets.__version__)
print("written", [sample["speed"] for sample in samples], "read", [sample["speed"] for sample in read])
print("contact: written in", sum("contact" in s for s in samples), "- read in", sum("contact" in s for s in read))
if [sample["speed"] for sample in read] != [1] * 7 + [0] or any("contact" in sample for sample in read):
    sys.exit("changed: later samples are no longer cut to what the first five hold")
PY
