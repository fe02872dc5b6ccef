"""Bytes transferred at the first visit, and at later ones."""

import pytest

from tests.browser.conftest import rows

LIST = "/dashboard/shop/commerce/customers/"
FIRST_VISIT = 60_000  # bytes over the wire, heads of the answers included


@pytest.fixture
def loads(visit, viewer):
    """(page, what it has received since last asked: {address: bytes over the wire})."""
    page = visit("/healthz", user=viewer)
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.clearBrowserCache")
    addresses, received = {}, {}
    client.on(
        "Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]})
    )
    client.on(
        "Network.loadingFinished",
        lambda event: received.update({addresses.get(event["requestId"]): event["encodedDataLength"]}),
    )

    def load(path):
        received.clear()
        page.goto(path, wait_until="networkidle")
        rows(page).first.wait_for()
        return {address: size for address, size in received.items() if size}

    return load


def test_the_first_visit_of_the_list_is_light_and_a_later_one_loads_the_page_alone(loads, site):
    first = loads(LIST)
    assert len(first) > 5
    assert sum(first.values()) < FIRST_VISIT, first
    assert list(loads(f"{LIST}?sort=email")) == [f"{site}{LIST}?sort=email"]
