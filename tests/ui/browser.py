"""A Chromium of the system without a window, for pages on this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1400, "height": 900}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class BrowserMissing(Exception):
    """No Chromium is installed; the text says what to do."""


def find_browser() -> str:
    """Return the path of the browser's program. Raises BrowserMissing."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise BrowserMissing("pages cannot be looked at without a browser: apt-get install chromium")
    return program


@contextmanager
def running_browser(program: str, profile: Path) -> Iterator[BrowserContext]:
    """Start a browser that keeps everything in `profile` and reaches nothing but this machine."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=program, headless=True, args=FLAGS, viewport=SIZE, device_scale_factor=1
        )
        try:
            yield context
        finally:
            context.close()
