"""Sources, filters, estimators and exports that are registered: do they import, and what would they need to be used."""

from contextlib import suppress
from typing import get_args

from pydantic import BaseModel

from share_data import registry
from share_data.doctor.check import REINSTALL, Check, need_checks
from share_data.errors import ShareDataError
from share_data.needs import needs_of

GROUPS: tuple[registry.Group, ...] = get_args(registry.Group)


def check_registered(group: registry.Group) -> Check:
    """Everything registered in `group` imports."""
    names = registry.kinds(group)
    broken = []
    for name in names:
        try:
            registry.load(group, name)
        except ShareDataError as error:
            broken.append(str(error))
    if broken or not names:
        return Check(group, "missing", "; ".join(broken) or "none registered", REINSTALL)
    return Check(group, "ok", ", ".join(names))


def check_needs(group: registry.Group) -> list[Check]:
    """What each of them needs of this machine, all settings at their defaults. No build needs all of it.

    Export formats have no settings, and need nothing but this package.

    Left out is what has a setting without a default, such as the folder of a data set: see `doctor --recipe`.
    """
    found: list[Check] = []
    for kind in registry.kinds(group) if group != "exports" else []:
        with suppress(ShareDataError):  # `check_registered` tells.
            plugin = registry.load(group, kind)
            if _has_defaults(plugin.Config):
                # Not validated: a source may well ask for more than its defaults, which name no video.
                config = plugin.Config.model_construct(kind=kind)
                found += need_checks(f"{group} {kind}", needs_of(plugin, config), "optional")
    return found


def _has_defaults(config: type[BaseModel]) -> bool:
    return not any(field.is_required() for name, field in config.model_fields.items() if name != "kind")
