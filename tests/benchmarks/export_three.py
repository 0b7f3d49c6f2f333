"""How far three.js' bones are off in our GLB files, in Chromium, and whether it shows skin, scene and colours.

python tests/benchmarks/export_readers.py FOLDER --checkouts CHECKOUTS     # makes the files, and FOLDER/truth.npz
npm install three; python tests/benchmarks/export_three.py FOLDER node_modules/three [--chromium /usr/bin/chromium]
"""

import argparse
import functools
import http.server
import json
import threading
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

PAGE = """<!doctype html><script type="importmap">{"imports": {"three": "/three/build/three.module.js",
"three/addons/": "/three/examples/jsm/"}}</script><script type="module">
import * as THREE from 'three';
import {GLTFLoader} from 'three/addons/loaders/GLTFLoader.js';
window.posed = async (path, times) => {
  const file = await new GLTFLoader().loadAsync(path), mixer = new THREE.AnimationMixer(file.scene);
  let skin, cloud;
  file.scene.traverse(each => { if (each.isSkinnedMesh) skin = each; if (each.isPoints) cloud = each; });
  mixer.clipAction(file.animations[0]).play();
  const joints = times.map(time => {
    mixer.setTime(time);
    file.scene.updateMatrixWorld(true);
    return skin.skeleton.bones.map(bone => bone.getWorldPosition(new THREE.Vector3()).toArray());
  });
  const low = new THREE.Vector3(1e9, 1e9, 1e9), point = new THREE.Vector3();
  for (let number = 0; number < skin.geometry.attributes.position.count; number++)
    low.min(skin.getVertexPosition(number, point).applyMatrix4(skin.matrixWorld));
  const color = new THREE.Color().fromBufferAttribute(cloud.geometry.attributes.color, 0).getHex();
  return {names: skin.skeleton.bones.map(bone => bone.name), joints, low: low.toArray(), color,
    points: cloud.geometry.attributes.position.count, revision: THREE.REVISION};
};
window.ready = true;
</script>"""
Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])


class Files(http.server.SimpleHTTPRequestHandler):
    """The page, three.js below /three and the exports below /glb."""

    def __init__(self, *arguments: object, three: Path, folder: Path) -> None:
        self.places = {"three": three, "glb": folder / "glb"}
        super().__init__(*arguments)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        """A file's place."""
        top, _, rest = path.lstrip("/").partition("/")
        return str(self.places[top] / rest) if top in self.places else "/dev/null"

    def do_GET(self) -> None:
        """The page, or a file."""
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("three", type=Path)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    handler = functools.partial(Files, three=chosen.three.resolve(), folder=chosen.folder.resolve())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with np.load(chosen.folder / "truth.npz") as arrays:
        truth = dict(arrays)
    worst, mesh = 0.0, 0.0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chosen.chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.wait_for_function("window.ready")
        for path in sorted((chosen.folder / "glb").glob("*.glb")):
            times = truth[f"{path.stem}.times"][::7].tolist()
            found = page.evaluate(f"window.posed('/glb/{path.name}', {json.dumps(times)})")
            assert found["names"] == list(truth["names"]) and found["points"] == int(truth[f"{path.stem}.points"])
            wanted = truth[f"{path.stem}.joints"][::7] @ Y_UP.T
            worst = max(worst, float(np.linalg.norm(np.array(found["joints"]) - wanted, axis=-1).max()))
            mesh = max(mesh, abs(found["low"][1] - float(truth[f"{path.stem}.low"][2])))
            # The floor's red, as it was before it became linear.
            assert found["color"] == 0xC83C3C, hex(found["color"])
        version = browser.version
        browser.close()
    told = f"three.js {found['revision']} in Chromium {version}"
    print(f"{told}: bones {worst * 1000:.3f} mm, lowest vertex {mesh * 1000:.3f} mm")


if __name__ == "__main__":
    main()
