"""Chromium without a screen, that tells of every message, error and request of a page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SOFTWARE_GL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
"""WebGL on a processor, for pages that draw in three dimensions."""


@contextmanager
def chromium(*flags: str) -> Iterator[Any]:
    """A browser. Skips where there is no Chromium; where `SHARE_DATA_CI` is set there has to be one."""
    if CHROMIUM is None:
        assert not os.environ.get("SHARE_DATA_CI"), "no Chromium: apt-get install chromium"
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *flags])
        yield browser
        browser.close()


def page_of(browser: Any, told: list[str], own: str = "", **context: Any) -> Any:
    """A page that adds what it complains of or asks for to `told`.

    own: what the addresses begin with that it may ask for; context: of Playwright's `new_context`.
    """
    page = browser.new_context(**context).new_page()
    page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on("request", lambda asked: None if own and asked.url.startswith(own) else told.append(asked.url[:100]))
    page.on("dialog", lambda dialog: (told.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    return page


@contextmanager
def opened(file: Path, **context: Any) -> Iterator[tuple[Any, list[str]]]:
    """A page that has drawn itself, without a network, and what it complained of or asked for."""
    told: list[str] = []
    with chromium() as browser:
        page = page_of(browser, told, file.as_uri(), offline=True, **context)
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        yield page, told
