"""PLY, GLB and USD are read by plyfile, trimesh, pygltflib, usd-core; mesh, cloud and colours are the corpus' own."""

import json
from pathlib import Path

import numpy as np
import plyfile
import pygltflib
import pytest
import trimesh
from exported import acted_corpus, assert_sides, clip_of, smpl_file, steady

from share_data.body.model import load_body
from share_data.corpus.read import Corpus
from share_data.errors import BodyModelError
from share_data.export.base import ExportOptions
from share_data.export.run import export_corpus, format_of

TIMES = steady(5, 24) + np.array([0, 0.01, 0, -0.01, 0])
Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus(acted_corpus(tmp_path_factory.mktemp("meshes") / "corpus", load_body(), [clip_of(TIMES)]))


@pytest.fixture(scope="module")
def glb(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("glb") / "out"
    export_corpus(corpus, format_of("glb", ExportOptions()), folder)
    return folder / f"{corpus.keys[0]}.glb"


def truth(corpus: Corpus) -> np.ndarray:
    arrays = corpus[0].arrays
    names = ("global_orient", "body_pose", "betas", "transl")
    return load_body().forward(**{name: arrays[name] for name in names}).vertices


def test_ply_by_plyfile_and_trimesh(corpus: Corpus, tmp_path: Path) -> None:
    export_corpus(corpus, format_of("ply", ExportOptions()), tmp_path / "out")
    folder, record, body = tmp_path / "out" / corpus.keys[0], corpus[0], load_body()
    cloud = plyfile.PlyData.read(folder / "scene.ply")["vertex"]
    assert np.array_equal(np.stack([cloud[axis] for axis in "xyz"], axis=1), record.points)
    assert np.array_equal(np.stack([cloud[c] for c in ("red", "green", "blue")], axis=1), record.arrays["colors"])
    assert np.array_equal(np.stack([cloud[c] for c in ("nx", "ny", "nz")], axis=1), record.arrays["normals"])
    meshes = [trimesh.load(path, process=False) for path in sorted(folder.glob("mesh_*.ply"))]
    vertices = np.stack([mesh.vertices for mesh in meshes])
    assert np.abs(vertices - truth(corpus)).max() < 1e-6 and np.array_equal(meshes[0].faces, body.faces)
    assert meshes[0].is_watertight and meshes[0].volume > 0.03  # Inside out it would be negative.
    table = np.genfromtxt(folder / "times.csv", delimiter=",", names=True)
    assert np.abs(table["seconds"] - (TIMES - TIMES[0])).max() < 1e-6
    assert np.array_equal(trimesh.load(folder / "scene.ply").colors[:, :3], record.arrays["colors"])


def accessor(file: pygltflib.GLTF2, number: int) -> np.ndarray:
    told = file.accessors[number]
    view = file.bufferViews[told.bufferView]
    types = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[told.type]
    data = file.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    return np.frombuffer(data, types[told.componentType]).reshape(told.count, width)


def posed(file: pygltflib.GLTF2, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and joints of a key frame; by the specification a joint's matrix is its global one * inverse bind."""
    turns, places = {}, {}
    animation = file.animations[0]
    for channel in animation.channels:
        values = accessor(file, animation.samplers[channel.sampler].output)[frame]
        (turns if channel.target.path == "rotation" else places)[channel.target.node] = values
    whole = np.zeros((24, 4, 4))

    def visit(node: int, above: np.ndarray) -> None:
        told = file.nodes[node]
        turn = trimesh.transformations.quaternion_matrix(np.roll(turns[node].astype(float), 1))
        whole[node] = above @ trimesh.transformations.translation_matrix(places.get(node, told.translation)) @ turn
        for child in told.children or []:
            visit(child, whole[node])

    visit(0, np.eye(4))
    skin = file.skins[0]
    inverse = accessor(file, skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
    attributes = file.meshes[0].primitives[0].attributes
    matrices = (whole[skin.joints] @ inverse)[accessor(file, attributes.JOINTS_0)]
    weights = accessor(file, attributes.WEIGHTS_0)
    assert np.abs(weights.sum(axis=1) - 1).max() < 1e-6
    rest = np.pad(accessor(file, attributes.POSITION), ((0, 0), (0, 1)), constant_values=1)
    vertices = np.einsum("vk,vkab,vb->va", weights, matrices, rest)[:, :3]
    return vertices, whole[:, :3, 3]


def test_glb_skin_and_animation_by_pygltflib(corpus: Corpus, glb: Path) -> None:
    file, joints = pygltflib.GLTF2().load(str(glb)), []
    notes = json.loads((glb.parent / "export_clips.jsonl").read_text())
    for frame, wanted in enumerate(truth(corpus)):
        vertices, found = posed(file, frame)
        joints.append(found)
        assert np.linalg.norm(vertices - wanted @ Y_UP.T, axis=1).max() < notes["skin_off_m"] + 1e-4
    assert notes["skin_off_m"] < 0.02
    assert np.abs(np.array(joints) - corpus[0].arrays["joints"] @ Y_UP.T).max() < 1e-5
    assert_sides(np.array(joints), up=1)
    times = accessor(file, file.animations[0].samplers[0].input)[:, 0]
    assert np.abs(times - (TIMES - TIMES[0])).max() < 1e-6


def test_glb_scene_by_trimesh_and_its_colours_are_linear(corpus: Corpus, glb: Path) -> None:
    record = corpus[0]
    scene = trimesh.load(glb)
    (cloud,) = [part for part in scene.geometry.values() if isinstance(part, trimesh.PointCloud)]
    assert np.abs(cloud.vertices - record.points @ Y_UP.T).max() < 1e-6
    file = pygltflib.GLTF2().load(str(glb))
    linear = accessor(file, file.meshes[1].primitives[0].attributes.COLOR_0)[:, :3] / 65535
    shown = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.array_equal(np.rint(shown * 255).astype(np.uint8), record.arrays["colors"])


def test_a_mesh_of_the_users_own_model_needs_that_very_file(tmp_path: Path) -> None:
    path = smpl_file(tmp_path)
    acted_corpus(tmp_path / "corpus", load_body(path), [clip_of(steady(3))])
    corpus = Corpus(tmp_path / "corpus")
    with pytest.raises(BodyModelError, match="give its path with --body"):
        export_corpus(corpus, format_of("ply", ExportOptions()), tmp_path / "a")
    with pytest.raises(BodyModelError, match="and the corpus was made with smpl"):
        export_corpus(corpus, format_of("ply", ExportOptions(body=Path("mannequin"))), tmp_path / "b")
    assert not (tmp_path / "a").exists() and not (tmp_path / "b").exists()
    told = export_corpus(corpus, format_of("glb", ExportOptions(body=path)), tmp_path / "c")
    line = json.loads((tmp_path / "c" / "export_clips.jsonl").read_text())
    assert told["clips"] == 1 and line["skin_off_m"] > 0.001  # This one's shape changes with its pose.


def test_usd_by_usd_core(corpus: Corpus, tmp_path: Path) -> None:
    from pxr import Usd, UsdGeom

    for name in ("out", "again"):
        export_corpus(corpus, format_of("usd", ExportOptions()), tmp_path / name)
    path, record = tmp_path / "out" / f"{corpus.keys[0]}.usdc", corpus[0]
    assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    stage = Usd.Stage.Open(str(path))
    assert (UsdGeom.GetStageUpAxis(stage), UsdGeom.GetStageMetersPerUnit(stage)) == ("Z", 1.0)
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/World/Body"))
    codes = mesh.GetPointsAttr().GetTimeSamples()
    assert np.abs(np.array(codes) / stage.GetTimeCodesPerSecond() - (TIMES - TIMES[0])).max() < 1e-6
    vertices = np.stack([np.array(mesh.GetPointsAttr().Get(code)) for code in codes])
    assert np.abs(vertices - truth(corpus)).max() < 1e-6
    assert np.array_equal(np.array(mesh.GetFaceVertexIndicesAttr().Get()).reshape(-1, 3), load_body().faces)
    cloud = UsdGeom.Points(stage.GetPrimAtPath("/World/Scene"))
    assert np.array_equal(np.array(cloud.GetPointsAttr().Get()), record.points)
    assert cloud.GetDisplayColorAttr().Get()[0][0] == pytest.approx(
        (record.arrays["colors"][0, 0] / 255) ** 2.2, abs=0.02
    )
