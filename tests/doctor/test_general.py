"""The doctor tells what this machine has, what it lacks and what to do, and changes nothing."""

import io
import json
import subprocess
import sys
from dataclasses import asdict
from types import SimpleNamespace
from typing import get_args

import pytest
from fake_estimators import estimator, lacking, registered
from pydantic import create_model
from rich.console import Console

from share_data.doctor import general, machine, plugins
from share_data.doctor.check import REINSTALL, Check, Status, remedies, render_checks
from share_data.errors import BodyModelError
from share_data.recipe.model import recipe_model


@pytest.fixture(autouse=True)
def _recipes_forget_the_fakes():
    yield
    recipe_model.cache_clear()


def text_of(renderable) -> str:
    console = Console(width=200, file=io.StringIO())
    console.print(renderable)
    return console.file.getvalue()


def test_python_and_video_decoding_are_found_here():
    assert machine.check_python().status == "ok"
    found = machine.check_codecs()
    assert found.status == "ok"
    assert all(codec in found.detail for codec in ("h264", "hevc", "av1"))


def test_the_shipped_networks_are_the_documented_ones():
    assert machine.check_networks().status == "ok"


def test_an_altered_network_is_named(monkeypatch):
    monkeypatch.setitem(machine.NETWORKS, "movenet-multipose_h.onnx", "0" * 64)
    found = machine.check_networks()
    assert (found.status, found.remedy) == ("missing", REINSTALL)
    assert "movenet-multipose_h.onnx" in found.detail and "pose_landmark" not in found.detail


def test_a_decoder_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(machine, "CODECS", ("h264", "nonesuch"))
    found = machine.check_codecs()
    assert found.status == "missing"
    assert "not nonesuch" in found.detail and found.remedy.startswith("pip install")


def test_a_writable_folder_that_does_not_exist_yet_is_not_made(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "a" / "b"))
    assert machine.check_folder("SHARE_DATA_CACHE").status == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_below_a_file_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "file" / "below"))
    found = machine.check_folder("SHARE_DATA_HOME")
    assert found.status == "missing"
    assert found.remedy.startswith("export SHARE_DATA_HOME=")


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path))
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20))
    assert machine.check_folder("SHARE_DATA_CACHE").status == "missing"


def test_a_plugin_that_does_not_import_is_missing_with_its_reason(monkeypatch):
    def load(group, kind):
        raise BodyModelError(f"{group} {kind} is broken")

    monkeypatch.setattr(plugins.registry, "kinds", lambda group: ["own"])
    monkeypatch.setattr(plugins.registry, "load", load)
    assert plugins.check_registered("filters") == Check("filters", "missing", "filters own is broken", REINSTALL)


def test_nothing_that_is_absent_stops_the_other_checks(monkeypatch):
    def absent():
        raise ModuleNotFoundError("No module named 'torch'")

    monkeypatch.setattr(machine, "check_torch", absent)
    found = {check.name: check for check in general.checks()}
    assert found["torch"].status == "missing"
    assert "No module named 'torch'" in found["torch"].detail
    assert found["video decoding"].status == "ok"


def test_what_only_some_need_is_optional(monkeypatch):
    def absent(name):
        raise machine.PackageNotFoundError(name)

    monkeypatch.setattr(machine, "version", absent)
    told = [machine.check_optional(name, *about) for name, about in general.OPTIONAL.items()]
    assert [(check.name, check.status) for check in told] == [("webdataset", "optional"), ("viser", "optional")]
    assert "share-data[view]" in told[1].remedy


def test_ray_is_told_with_its_version_the_cores_and_how_gpus_are_used(monkeypatch):
    monkeypatch.setattr(machine, "version", lambda name: {"ray": "2.99.1"}[name])
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: range(24))
    found = machine.check_ray()
    assert found.status == "ok"
    assert all(part in found.detail for part in ("2.99.1", "24 core(s)", "engine.gpus_per_worker"))


def test_without_ray_a_build_is_one_process_and_the_remedy_is_a_command(monkeypatch):
    def absent(name):
        raise machine.PackageNotFoundError(name)

    monkeypatch.setattr(machine, "version", absent)
    found = machine.check_ray()
    assert (found.status, found.remedy) == ("optional", "pip install 'ray>=2.50'")
    assert "one process" in found.detail


def test_looking_for_ray_does_not_import_it():
    code = "import sys; from share_data.doctor.machine import check_ray; check_ray(); sys.exit('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_an_estimator_would_need_is_optional_and_comes_with_its_remedy(monkeypatch):
    registered(
        monkeypatch, "humans", best=estimator("best", 9, lacking("none at /models")), small=estimator("small", 0)
    )
    assert plugins.check_needs("humans") == [
        Check("humans best: package", "ok", "here"),
        Check("humans best: weights", "optional", "none at /models", "fetch them"),
    ]


def test_a_source_whose_defaults_name_nothing_tells_its_needs_all_the_same():
    assert [check.name for check in plugins.check_needs("sources") if check.name.startswith("sources youtube")]


def test_what_does_not_import_or_depends_on_settings_has_no_needs_to_tell(monkeypatch):
    demanding = estimator("demanding", 9, lacking("none"))
    demanding.Config = create_model("Config", __base__=demanding.Config, folder=str)
    registered(monkeypatch, "humans", broken=RuntimeError("no CUDA library"), demanding=demanding)
    assert plugins.check_needs("humans") == []
    assert "does not import: no CUDA library" in plugins.check_registered("humans").detail


@pytest.mark.parametrize("status", get_args(Status))
def test_a_finding_is_plain_data_and_shown_as_written(status):
    check = Check("thing", status, "why [not]", "mend [it]")
    assert json.loads(json.dumps(check.to_json())) == asdict(check)
    assert "why [not]" in text_of(render_checks([check], "title"))


def test_remedies_stand_outside_the_table_on_lines_that_nothing_wraps():
    command = f"hf download {'owner/name' * 20} model.pt"
    found = [Check("fine", "ok", "", "nothing"), Check("weights", "missing", "none", f"first this\n{command}")]
    assert remedies(found) == [f"weights (missing):\n  first this\n  {command}"]
