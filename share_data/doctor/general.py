"""`share-data doctor`: everything this machine has and could have, whatever the recipe."""

from collections.abc import Callable

from share_data.doctor import machine, plugins
from share_data.doctor.check import Check, guarded

OPTIONAL = {
    "webdataset": ("for training", "pip install webdataset"),
    "viser": ("for `share-data view`", "pip install 'share-data[view]'"),
}
"""Packages that only some need: what for, and how to get them."""


def checks() -> list[Check]:
    """Every check, in reading order. Raises nothing; takes as long as importing torch."""
    probes: list[tuple[str, Callable[[], Check]]] = [
        *essentials(),
        ("body model", machine.check_body),
        *((group, lambda group=group: plugins.check_registered(group)) for group in plugins.GROUPS),
        *((name, lambda name=name: machine.check_folder(name)) for name in machine.FOLDERS),
        *(
            (name, lambda name=name, about=about: machine.check_optional(name, *about))
            for name, about in OPTIONAL.items()
        ),
        ("Ray", machine.check_ray),
    ]
    found = [guarded(name, probe) for name, probe in probes]
    return found + [check for group in plugins.GROUPS for check in plugins.check_needs(group)]


def essentials() -> list[tuple[str, Callable[[], Check]]]:
    """What no build can do without, by name."""
    return [
        ("python", machine.check_python),
        ("torch", machine.check_torch),
        ("video decoding", machine.check_codecs),
        ("networks", machine.check_networks),
        ("smplx", lambda: machine.check_package("smplx")),
    ]
