"""`share-data doctor --recipe`: what this recipe needs of this machine, thing by thing."""

from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import Any

from share_data import registry
from share_data.body.model import MANNEQUIN, load_body
from share_data.build.auto import AUTO, PARTS, Part, candidates, estimator_needs
from share_data.doctor import machine
from share_data.doctor.check import Check, Status, guarded, need_checks
from share_data.doctor.general import essentials
from share_data.errors import BodyModelError
from share_data.needs import Need, needs_of
from share_data.recipe.model import BodyConfig, EngineConfig, Recipe

SMPL = "Get SMPL from https://smpl.is.tue.mpg.de and give its path, --set body.model=PATH, or use the built-in body"
_S3 = ("s3", "s3a")


def recipe_checks(recipe: Recipe) -> list[Check]:
    """Every check, in the order of the recipe. Raises nothing."""
    last: list[tuple[str, Callable[[], Check]]] = [
        ("body model", lambda: check_body(recipe.body)),
        ("Ray", machine.check_ray),
        ("GPU", lambda: check_gpu(recipe.engine)),
        ("output", lambda: check_output(recipe.corpus_path)),
        *((name, lambda name=name: machine.check_folder(name)) for name in machine.FOLDERS),
    ]
    return [
        *(guarded(name, probe) for name, probe in essentials()),
        *(check for source in recipe.sources for check in _plugin_checks("sources", source.kind, source.label, source)),
        *(check for config in recipe.filters for check in _plugin_checks("filters", config.kind, config.kind, config)),
        *(check for part in PARTS for check in _estimator_checks(part, getattr(recipe, part), recipe.body)),
        *(guarded(name, probe) for name, probe in last),
    ]


def _plugin_checks(group: registry.Group, kind: str, name: str, config: Any) -> list[Check]:
    """A line for everything it needs; one line where it needs nothing."""
    return _need_checks(f"{group} {name}", needs_of(registry.load(group, kind), config))


def _need_checks(name: str, needs: list[Need]) -> list[Check]:
    own = [Check(name, "ok", "nothing else is needed")]
    return need_checks(name, needs, "missing") or own


def _estimator_checks(part: Part, config: Any, body: BodyConfig) -> list[Check]:
    """For `auto`: what it takes now, then what each better estimator lacks, for which no build waits."""
    if config.kind != AUTO:
        needs = estimator_needs(registry.load(part, config.kind), config, body)
        return _need_checks(f"{part} {config.kind}", needs)
    ranked = candidates(part, body)
    better = list(takewhile(lambda candidate: candidate.unmet, ranked))
    if len(better) < len(ranked):
        verdict = Check(f"{part} auto", "ok", f"takes {ranked[len(better)].kind} now")
    else:
        remedy = "Provide what one of them needs, or name another in the recipe"
        verdict = Check(f"{part} auto", "missing", "no estimator is ready", remedy)
    unmet: Status = "optional" if verdict.status == "ok" else "missing"
    return [verdict, *(check for each in better for check in need_checks(f"{part} {each.kind}", each.unmet, unmet))]


def check_body(config: BodyConfig) -> Check:
    """The body model loads."""
    if config.model == MANNEQUIN and config.gender == "neutral":
        return machine.check_body()
    try:
        body = load_body(config.model, config.gender)
    except BodyModelError as error:
        return Check("body model", "missing", str(error), SMPL)
    return Check("body model", "ok", f"{config.model}: {body.name}, {body.gender}, {body.sha256[:12]} ({body.licence})")


def check_gpu(config: EngineConfig) -> Check:
    """The GPUs that the recipe asks for, on this machine; a cluster's are not looked for."""
    import torch

    found, share = torch.cuda.device_count(), config.gpus_per_worker
    if not share:
        return Check("GPU", "ok", f"{found} here, and none asked for (engine.gpus_per_worker is 0)")
    room = int(found / share)
    without = (
        "" if torch.version.cuda else f"; torch {torch.__version__} is built without CUDA, see https://pytorch.org"
    )
    detail = f"{found} here, room for {room} worker(s) of {share:g}{without}"
    if not room and not config.cpu_fallback:
        return Check("GPU", "missing", detail, "--set engine.gpus_per_worker=0, or --set engine.cpu_fallback=true")
    if room < max(config.workers, 1):
        return Check("GPU", "optional", f"{detail}, of the {config.workers or 'most'} asked for")
    return Check("GPU", "ok", detail)


def check_output(place: str) -> Check:
    """The folder can be written, or the package for the URL is there. No network is touched."""
    protocol, separator, _ = place.partition("://")
    if not separator:
        return machine.check_room("output", Path(place), "the corpus", "--set output.path=/a/folder/of/yours")
    from fsspec import get_filesystem_class

    try:
        system = get_filesystem_class(protocol)
    except (ImportError, ValueError) as error:
        remedy = "pip install 'share-data[s3]'" if protocol in _S3 else "Give a folder, or a URL such as s3://bucket/x"
        return Check("output", "missing", f"{place}: {error}", remedy)
    return Check("output", "ok", f"{place}: {system.__module__.partition('.')[0]} is installed; not connected to")
