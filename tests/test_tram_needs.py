"""What `doctor` says of TRAM: what was found of each part, and the command that provides it."""

import sys
from pathlib import Path

import pytest
from tram_checkout import make_checkout, smpl_file

from share_data.needs import Need
from share_data.pipeline.humans.smpl_bodies import neutral_smpl_need
from share_data.pipeline.humans.tram import TramConfig, TramEstimator


def needs(**settings: object) -> dict[str, Need]:
    return {need.name: need for need in TramEstimator.needs(TramConfig(kind="tram", **settings))}  # type: ignore[arg-type]


def test_on_a_bare_machine_every_part_has_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("SHARE_TRAM_PYTHON", raising=False)
    found = needs()
    assert list(found) == ["TRAM checkout", "TRAM weights", "TRAM's Python"]
    checkout, weights, python = found.values()
    assert not checkout.met and not weights.met
    assert checkout.remedy == f"git clone --recursive https://github.com/yufu-wang/tram {tmp_path}/tram"
    assert "lib/models/hmr_vimo.py" in checkout.detail
    assert weights.remedy.startswith(f"cd {tmp_path}/tram && pip install gdown && gdown --fuzzy -O data/pretrain/vimo")
    assert sys.executable in python.detail
    if not python.met:  # Then this environment lacks what only TRAM needs.
        assert python.remedy.startswith(f"python3 -m venv {tmp_path}/tram-env && {tmp_path}/tram-env/bin/pip install")
        assert python.remedy.endswith(f"export SHARE_TRAM_PYTHON={tmp_path}/tram-env/bin/python")


def test_what_is_there_is_met(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "a folder" / "tram")
    found = needs(root=str(root))
    assert found["TRAM checkout"] == Need("TRAM checkout", True, str(root))
    assert found["TRAM weights"].met


def test_tracking_needs_more(tmp_path: Path) -> None:
    found = needs(root=str(make_checkout(tmp_path / "tram")), track=True)
    assert found["TRAM checkout"].remedy == f"git -C {tmp_path}/tram submodule update --init --recursive"
    assert found["TRAM weights"].remedy == f"cd {tmp_path}/tram && bash scripts/download_models.sh"
    assert "detectron2" in found["TRAM's Python"].detail
    assert "export SHARE_TRAM_PYTHON" in found["TRAM's Python"].remedy


def test_a_python_that_does_not_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_TRAM_PYTHON", str(tmp_path / "python"))
    need = needs()["TRAM's Python"]
    assert not need.met and need.detail.startswith(f"{tmp_path}/python cannot be asked")


def test_which_body_models_will_do(tmp_path: Path) -> None:
    path = smpl_file(tmp_path)
    assert neutral_smpl_need(str(path), "neutral") == Need("SMPL body model", True, str(path))
    assert neutral_smpl_need(str(tmp_path), "neutral").met
    for model, gender in (("mannequin", "neutral"), (str(tmp_path / "none"), "neutral"), (str(path), "female")):
        need = neutral_smpl_need(model, gender)
        assert not need.met and "--set body.model=" in need.remedy
