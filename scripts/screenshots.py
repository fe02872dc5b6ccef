"""`make screenshots`: takes the pictures of the README from a first start of the product with its example data.

They are written into docs/. The machine needs fonts for the scripts of customers' names, such as Debian's
fonts-noto-core and fonts-noto-cjk.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.chromium import running_chromium

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs"
CUSTOMERS_PATH = "/dashboard/acme/commerce/customers/"
# Variables that are left out of the environment, because they would change the first start.
REMOVED_VARIABLES = ("ALLOWED_HOSTS", "DATABASE_URL", "DEBUG", "HOST", "HTTPS", "PROXY", "PROYECTA_DEMO", "SECRET_KEY")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with running_product() as (address, username, password), running_chromium() as browser:
        context = browser.new_context(
            base_url=address,
            viewport={"width": 1440, "height": 900},
            device_scale_factor=1,
            locale="en-US",
            timezone_id="Asia/Seoul",
            color_scheme="light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_label("Username or email").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**{CUSTOMERS_PATH}")

        take(page, "customers")
        page.emulate_media(color_scheme="dark")
        take(page, "customers-dark")
        page.emulate_media(color_scheme="light")
        page.goto(f"{CUSTOMERS_PATH}?query=이서연")
        page.locator(".rows tbody a").first.click()
        page.get_by_role("heading", name="Details").wait_for()
        take(page, "customer")
        page.goto("/dashboard/acme/")
        take(page, "overview")


def take(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/{name}.png")


@contextmanager
def running_product() -> Iterator[tuple[str, str, str]]:
    """Run a new installation inside the block. Gives its address, username and password."""
    environment = {name: value for name, value in os.environ.items() if name not in REMOVED_VARIABLES}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    top = Path(tempfile.mkdtemp(prefix="proyecta-screenshots-"))
    # For root, PostgreSQL runs as another user, who must pass through here.
    top.chmod(0o711)
    server = subprocess.Popen(
        [sys.executable, "-m", "proyecta_admin.serve"],
        cwd=ROOT,
        env=environment | {"PROYECTA_DATA_DIR": str(top / "data"), "PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        printed = ""
        while "password is shown" not in printed:
            line = server.stdout.readline() if server.stdout else ""
            if not line:
                sys.exit("The product did not start.")
            printed += line
        user, password = (re.findall(rf"^ +{word} +(\S+)$", printed, re.M)[0] for word in ("user", "password"))
        yield f"http://127.0.0.1:{port}", user, password
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
        shutil.rmtree(top)


if __name__ == "__main__":
    main()
