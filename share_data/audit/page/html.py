"""A page from its data: script, style and charting library inlined, so that one file opens offline and asks nobody."""

import html
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any

_SCRIPTS = ("d3.min.js", "plot.umd.min.js", "table.js", "elements.js", "thresholds.js", "clips.js", "page.js")
"""In their order. Observable Plot 0.6.17 and D3 7.9.2, both ISC licence, 490 kB together."""


def page_of(title: str, data: Mapping[str, Any]) -> str:
    """The whole file.

    Its policy lets only the scripts above run, named by their hashes, and lets nothing be fetched: what a source calls
    its videos cannot become code even if it were read as markup, which it never is.

    Args:
        title: of the page, any text.
        data: plain data without NaN.
    """
    scripts = [_asset(name) for name in _SCRIPTS]
    hashes = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts)
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
    inlined = "\n".join(f"<script>{text}</script>" for text in scripts)
    parts = {
        "__POLICY__": policy,
        "__TITLE__": html.escape(title),
        "__STYLE__": _asset("page.css"),
        "__DATA__": _as_script_data(data),
        "__SCRIPTS__": inlined,
    }
    # One pass over the page alone: what is put in is not looked at again.
    return re.sub("|".join(parts), lambda found: parts[found[0]], _asset("page.html"))


def _as_script_data(data: Mapping[str, Any]) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _asset(name: str) -> str:
    return files("share_data").joinpath("assets", "report", name).read_text("utf-8")
