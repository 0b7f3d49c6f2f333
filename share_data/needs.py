"""What a source, an estimator or an output needs of this machine, and how to get it."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is needed. met: it is here; detail: what was found, or what was looked for and where.

    remedy: the exact command or step that provides it; empty when it is met.
    """

    name: str
    met: bool
    detail: str
    remedy: str = ""


def needs_of(plugin: Any, config: Any) -> list[Need]:
    """What a source, filter or estimator class needs under this configuration; nothing where it does not say."""
    return plugin.needs(config) if hasattr(plugin, "needs") else []


def installed_version(*names: str) -> str:
    """Version of the first of these distributions that is installed; "unknown" for what pip did not install."""
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"
