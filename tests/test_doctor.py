"""The doctor tells what is there, what is not and what to do, and changes nothing."""

import io
import json
import subprocess
import sys
from dataclasses import asdict
from types import SimpleNamespace
from typing import get_args

import pytest
from rich.console import Console

from share_data import doctor
from share_data.doctor import Check, Status
from share_data.errors import BodyModelError


def text_of(renderable) -> str:
    console = Console(width=200, file=io.StringIO())
    console.print(renderable)
    return console.file.getvalue()


def test_python_and_video_decoding_are_found_here():
    assert doctor.check_python().status == "ok"
    found = doctor.check_codecs()
    assert found.status == "ok"
    assert all(codec in found.detail for codec in ("h264", "hevc", "av1"))


def test_the_shipped_networks_are_the_documented_ones():
    assert doctor.check_networks().status == "ok"


def test_an_altered_network_is_named(monkeypatch):
    monkeypatch.setitem(doctor.NETWORKS, "movenet-multipose_h.onnx", "0" * 64)
    found = doctor.check_networks()
    assert (found.status, found.remedy) == ("missing", doctor.REINSTALL)
    assert "movenet-multipose_h.onnx" in found.detail and "pose_landmark" not in found.detail


def test_a_decoder_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(doctor, "CODECS", ("h264", "nonesuch"))
    found = doctor.check_codecs()
    assert found.status == "missing"
    assert "not nonesuch" in found.detail and found.remedy.startswith("pip install")


def test_a_writable_folder_that_does_not_exist_yet_is_not_made(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "a" / "b"))
    assert doctor.check_folder("SHARE_DATA_CACHE").status == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_below_a_file_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "file" / "below"))
    found = doctor.check_folder("SHARE_DATA_HOME")
    assert found.status == "missing"
    assert found.remedy.startswith("export SHARE_DATA_HOME=")


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path))
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20))
    assert doctor.check_folder("SHARE_DATA_CACHE").status == "missing"


def test_a_plugin_that_does_not_import_is_missing_with_its_reason(monkeypatch):
    def load(group, kind):
        raise BodyModelError(f"{group} {kind} is broken")

    monkeypatch.setattr(doctor.registry, "kinds", lambda group: ["own"])
    monkeypatch.setattr(doctor.registry, "load", load)
    assert doctor.check_registered("filters") == Check("filters", "missing", "filters own is broken", doctor.REINSTALL)


def test_nothing_that_is_absent_stops_the_other_checks(monkeypatch):
    def absent():
        raise ModuleNotFoundError("No module named 'torch'")

    monkeypatch.setattr(doctor, "check_torch", absent)
    found = {check.name: check for check in doctor.checks()}
    assert found["torch"].status == "missing"
    assert "No module named 'torch'" in found["torch"].detail
    assert found["video decoding"].status == "ok"


def test_webdataset_is_optional(monkeypatch):
    def absent(name):
        raise doctor.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", absent)
    assert doctor.check_webdataset().status == "optional"


def test_ray_is_told_with_its_version_the_cores_and_how_gpus_are_used(monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: {"ray": "2.99.1"}[name])
    monkeypatch.setattr(doctor.os, "sched_getaffinity", lambda _: range(24))
    found = doctor.check_ray()
    assert found.status == "ok"
    assert all(part in found.detail for part in ("2.99.1", "24 core(s)", "engine.gpus_per_worker"))


def test_without_ray_a_build_is_one_process_and_the_remedy_is_a_command(monkeypatch):
    def absent(name):
        raise doctor.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", absent)
    found = doctor.check_ray()
    assert (found.status, found.remedy) == ("optional", "pip install 'ray>=2.50'")
    assert "one process" in found.detail


def test_looking_for_ray_does_not_import_it():
    code = "import sys; from share_data.doctor import check_ray; check_ray(); sys.exit('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_it_does_not_promise_a_depth_network_that_is_not_there():
    found = doctor.check_moge()
    assert found.status == "optional"
    assert "no MoGe-2 backend in this version" in found.detail


@pytest.mark.parametrize("status", get_args(Status))
def test_a_finding_is_plain_data_and_its_remedy_is_shown_as_written(status):
    check = Check("thing", status, "why", "mend [it]")
    assert json.loads(json.dumps(check.to_json())) == asdict(check)
    assert "mend [it]" in text_of(doctor.render_checks([check]))
