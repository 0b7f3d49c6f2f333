"""The one server of this test run that processes are forked from: it has everything imported, and no threads."""

import functools
import multiprocessing
import os
import sys
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

import pytest

HEAVY = (
    "cv2",
    "pyarrow.dataset",
    "share_data.audit.diff.compare",
    "share_data.audit.find_video",
    "share_data.audit.inspect",
    "share_data.audit.listing",
    "share_data.audit.page.contents",
    "share_data.audit.status_view",
    "share_data.audit.whatif.audit",
    "share_data.audit.whatif.tables",
    "share_data.body.model",
    "share_data.build.build",
    "share_data.build.plan.plan",
    "share_data.corpus.torch_data",
    "share_data.corpus.validate",
    "share_data.corpus.validate_measurements",
    "share_data.evaluation.corpus",
    "share_data.export.formats.joints_height",
    "share_data.export.run",
    "share_data.filters.continuous",
    "share_data.filters.keyframe_overlap",
    "share_data.filters.reconstruction_quality",
    "share_data.filters.single_person",
    "share_data.filters.static_camera",
    "share_data.pipeline.geometry.ground_plane",
    "share_data.pipeline.humans.blazepose.estimator",
    "share_data.pipeline.humans.gvhmr.estimator",
    "share_data.pipeline.humans.tram.estimator",
    "share_data.recipe.reading",
    "share_data.sources.local",
    "share_data.sources.rich.source",
    "share_data.sources.smarthome.source",
    "share_data.sources.synthetic",
    "share_data.sources.youtube.source",
    "share_data.synthetic.production",
    "smplx",
    "threadpoolctl",
    "torch",
    "xml.etree.ElementTree",
    "yaml",
)
"""What verbs and workers of a training import, imported once."""


@functools.cache
def fork_server() -> ForkServerContext:
    """The server, running. Python has one a process: whoever starts it says what is imported for all others."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["hostile", *HEAVY])
    with pytest.MonkeyPatch.context() as patch:
        # What it preloads is found by its environment alone.
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        forkserver.ensure_running()
    return context
