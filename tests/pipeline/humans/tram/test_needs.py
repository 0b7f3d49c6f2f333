"""What `doctor` says of TRAM: what was found of each part, and the command that provides it."""

import sys
from pathlib import Path

import pytest
from tram_checkout import make_checkout, smpl_file

from share_data.needs import Need
from share_data.pipeline.humans.smpl_bodies import neutral_smpl_need
from share_data.pipeline.humans.tram import needs as tram_needs
from share_data.pipeline.humans.tram.checkout import Checkout
from share_data.pipeline.humans.tram.estimator import TramConfig, TramEstimator


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
    assert found["TRAM weights"].remedy == (
        f"cd {tmp_path}/tram && "
        "wget -c -P data/pretrain https://dl.fbaipublicfiles.com/segment_anything/sam_vit_h_4b8939.pth && "
        "wget -c -P data/pretrain "
        "https://github.com/hkchengrex/Tracking-Anything-with-DEVA/releases/download/v1.0/DEVA-propagation.pth && "
        "wget -c -P data/pretrain "
        "https://dl.fbaipublicfiles.com/detectron2/ViTDet/COCO/cascade_mask_rcnn_vitdet_h/f328730692/model_final_f05665.pkl"
    )
    assert "detectron2" in found["TRAM's Python"].detail
    assert "export SHARE_TRAM_PYTHON" in found["TRAM's Python"].remedy


def test_a_python_that_does_not_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_TRAM_PYTHON", str(tmp_path / "python"))
    need = needs()["TRAM's Python"]
    assert not need.met and need.detail.startswith(f"{tmp_path}/python cannot be asked")


@pytest.mark.parametrize("root", ["x" * 300, "~nobody_of_that_name/tram", "a\0b"])
def test_a_place_that_cannot_be_is_told_and_not_raised(root: str) -> None:
    found = needs(root=root, track=True)
    assert not found["TRAM checkout"].met and not found["TRAM weights"].met
    assert not neutral_smpl_need(root.replace("\0", ""), "neutral").met


def test_a_program_that_is_no_python_is_told(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho '[1, 2]'\n")
    program.chmod(0o755)
    need = needs(python=str(program))["TRAM's Python"]
    assert not need.met and "it answers something else" in need.detail


@pytest.mark.parametrize(
    ("cuda", "met", "told"),
    [
        ({"build": "", "devices": 0}, False, "built without CUDA, which humans.track needs"),
        ({"build": "12.4", "devices": 0}, True, "no device here: humans.track needs one in every worker"),
        ({"build": "12.4", "devices": 2}, True, "CUDA 12.4, 2 device(s)"),
    ],
)
def test_tracking_needs_a_torch_with_cuda_and_a_device_where_it_runs(
    monkeypatch: pytest.MonkeyPatch, cuda: dict[str, object], met: bool, told: str
) -> None:
    found = {"missing_packages": [], "python": "3.10.1", "packages": {"torch": "2.4.0"}, "cuda": cuda}
    monkeypatch.setattr(tram_needs, "_probe", lambda _: found)
    need = needs(track=True)["TRAM's Python"]
    assert need.met == met and told in need.detail
    assert need.remedy.endswith("or set humans.track to false") != met
    assert needs()["TRAM's Python"].met, "VIMO alone runs without"


def test_a_python_of_ones_own_may_be_named_from_here_or_from_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRAM's process runs in the checkout, where a relative name means something else; a venv's python is a link."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "python").symlink_to(sys.executable)
    monkeypatch.setenv("SHARE_TRAM_PYTHON", "~/env/python")
    for python in ("env/python", "~/env/python", f"{tmp_path}/env/python", ""):
        assert Checkout.at("", python, False).python == f"{tmp_path}/env/python"
    assert Checkout.at("", "python3", False).python == "python3", "one on the PATH"


def test_which_body_models_will_do(tmp_path: Path) -> None:
    path = smpl_file(tmp_path)
    assert neutral_smpl_need(str(path), "neutral") == Need("SMPL body model", True, str(path))
    assert neutral_smpl_need(str(tmp_path), "neutral").met
    for model, gender in (("mannequin", "neutral"), (str(tmp_path / "none"), "neutral"), (str(path), "female")):
        need = neutral_smpl_need(model, gender)
        assert not need.met and "--set body.model=" in need.remedy
    male = path.rename(tmp_path / "basicmodel_m_lbs_10_207_0_v1.1.0.pkl")
    assert "is the male model" in neutral_smpl_need(str(male), "neutral").detail
