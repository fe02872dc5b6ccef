"""Takes the pictures of the README: of the product as it is, on a first start, with its example data.

python -m scripts.screenshots writes them into docs/. They are as pretty as the fonts of the machine: have one for each
script that customers' names are written in, such as Debian's fonts-noto-core and fonts-noto-cjk.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.browser.chromium import running_chromium

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs"
CUSTOMERS = "/dashboard/acme/commerce/customers/"
# What would make it another server than that of a first start.
SETTINGS = ("ALLOWED_HOSTS", "DATABASE_URL", "DEBUG", "HOST", "HTTPS", "PROXY", "PROYECTA_DEMO", "SECRET_KEY")


def main():
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
        page.wait_for_url(f"**{CUSTOMERS}")

        take(page, "customers")
        page.emulate_media(color_scheme="dark")
        take(page, "customers-dark")
        page.emulate_media(color_scheme="light")
        page.goto(f"{CUSTOMERS}?query=이서연")
        page.locator(".rows tbody a").first.click()
        page.get_by_role("heading", name="Details").wait_for()
        take(page, "customer")
        page.goto("/dashboard/acme/")
        take(page, "overview")


def take(page, name):
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/{name}.png")


@contextmanager
def running_product():
    """(address, username, password) of a server that has been started for the first time, and is gone afterwards."""
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    top = Path(tempfile.mkdtemp(prefix="proyecta-screenshots-"))
    # For the user that root's PostgreSQL runs as.
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
            line = server.stdout.readline()
            if not line:
                sys.exit("The product did not start.")
            printed += line
        user, password = (re.search(rf"^ +{word} +(\S+)$", printed, re.M)[1] for word in ("user", "password"))
        yield f"http://127.0.0.1:{port}", user, password
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
        shutil.rmtree(top)


if __name__ == "__main__":
    main()
