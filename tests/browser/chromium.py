"""Chromium as the tests and the screenshots run it."""

import os
import shutil
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--disable-background-networking", "--disable-component-update"]


@contextmanager
def running_chromium():
    """The Chromium on the PATH, else playwright's own, as its Browser. Raises RuntimeError where there is none."""
    with sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        try:
            yield browser
        finally:
            browser.close()


def launched(chromium, **options):
    """A Browser of playwright's BrowserType `chromium`. The options are those of its launch()."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found and not os.path.exists(chromium.executable_path):
        raise RuntimeError("Install Chromium so that the command chromium is found, or run make chromium.")
    # Its sandbox does not start for root.
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    return chromium.launch(executable_path=found, args=[*ARGUMENTS, *sandbox], **options)
