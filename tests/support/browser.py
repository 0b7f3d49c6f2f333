"""Chromium without a screen, that tells of every message, error and request of a page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def opened(file: Path, **context: Any) -> Iterator[tuple[Any, list[str]]]:
    """A page that has drawn itself, and what it complained of or asked for. context: of Playwright's `new_context`.

    Skips where there is no Chromium; where `SHARE_DATA_CI` is set there has to be one.
    """
    if CHROMIUM is None:
        assert not os.environ.get("SHARE_DATA_CI"), "no Chromium: apt-get install chromium"
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    told: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(offline=True, **context).new_page()
        page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.on("request", lambda request: None if request.url == file.as_uri() else told.append(request.url[:100]))
        page.on("dialog", lambda dialog: (told.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        yield page, told
        browser.close()
