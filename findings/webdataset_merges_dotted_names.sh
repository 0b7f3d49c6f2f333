#!/usr/bin/env bash
# Expected: clips named Cook.Cut_p02 and Cook.Stir_p03 (as in Toyota Smarthome) are two samples of a WebDataset.
# Happens: a key ends at the first dot, so both are one sample "Cook", with the fields "cut_p02.json" and
#   "stir_p03.json", lower case. No error; Walk_p04 beside them is read as expected.
# Library: webdataset 1.0.2 (the rule is the format's; that neighbours merge silently is what bites).
# Matters: action labels with dots are common in activity datasets. Samples go missing, the fields a pipeline asks for
#   are not there, and what filters on them skips whole classes. Use keys without dots; keep the name in the JSON.
# Seen: 3 clips -> 2 samples: Cook [cut_p02.json stir_p03.json], Walk_p04 [json]
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile webdataset==1.0.2 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import io
import sys
import tarfile

import webdataset

path = f"{sys.argv[1]}/a.tar"
names = ["Cook.Cut_p02", "Cook.Stir_p03", "Walk_p04"]
with tarfile.open(path, "w") as tar:
    for name in names:
        data = b'{"fps": 20}'
        info = tarfile.TarInfo(f"{name}.json")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
samples = {
    sample["__key__"]: [field for field in sample if not field.startswith("__")]
    for sample in webdataset.WebDataset(path, shardshuffle=False)
}
print("webdataset", webdataset.__version__, "-", len(names), "clips ->", len(samples), "samples:", samples)
if samples != {"Cook": ["cut_p02.json", "stir_p03.json"], "Walk_p04": ["json"]}:
    sys.exit("changed: names with dots are keyed differently, or refused")
PY
