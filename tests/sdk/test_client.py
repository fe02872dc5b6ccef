"""Making a Python client: key, address, and what never shows."""

import inspect
import logging

import httpx
import proyecta as package
import pytest
from proyecta import (
    AsyncProyecta,
    AuthenticationError,
    Proyecta,
    ProyectaError,
)

from tests.sdk.script import SECRET, Script, answer, client_of, refusal


def test_a_missing_key_is_told_in_a_sentence(monkeypatch):
    monkeypatch.delenv("PROYECTA_API_KEY", raising=False)
    for client in (Proyecta, AsyncProyecta):
        with pytest.raises(ProyectaError, match="PROYECTA_API_KEY"):
            client()
        with pytest.raises(ProyectaError, match="PROYECTA_API_KEY"):
            client(api_key="")


def test_key_and_address_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("PROYECTA_API_KEY", f" {SECRET}\n")
    monkeypatch.setenv("PROYECTA_BASE_URL", "https://proyecta.example.com/")
    script = Script(answer())
    Proyecta(http_client=httpx.Client(transport=script)).commerce.customers.get(customer_id="cus_1")
    assert str(script.requests[0].url) == "https://proyecta.example.com/v1/commerce/customers/cus_1"
    assert script.requests[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert script.requests[0].headers["User-Agent"].startswith(f"proyecta-python/{package.__version__} ")


@pytest.mark.parametrize("address", ["proyecta.example.com", "ftp://example.com", "http://", "http://x/?a=1", "::"])
def test_a_base_url_that_is_no_address_is_refused_at_once(address):
    with pytest.raises(ProyectaError, match="base_url"):
        Proyecta(api_key=SECRET, base_url=address)


def test_a_key_that_cannot_be_sent_is_not_repeated_in_the_error():
    with pytest.raises(ProyectaError) as caught:
        Proyecta(api_key=f"{SECRET}\nX-Evil: 1")
    assert SECRET not in str(caught.value)


def shown_by_debuggers(part, depth=2):
    """The parts of a client that error trackers print: itself, its attributes, and theirs."""
    shown = [repr(part)]
    if depth:
        for value in vars(part).values():
            ours = type(value).__module__.partition(".")[0] == "proyecta" and hasattr(value, "__dict__")
            shown += shown_by_debuggers(value, depth - 1) if ours else [repr(value)]
    return shown


def test_the_key_shows_in_no_repr_error_or_log(caplog, waits):
    caplog.set_level(logging.DEBUG)
    client = client_of(Script(httpx.ConnectError("refused"), refusal(500), refusal(401)))
    with pytest.raises(AuthenticationError) as caught:
        client.commerce.customers.list(email="alice@example.com")
    seen = [repr(client), repr(caught.value), str(caught.value), caplog.text]
    seen += shown_by_debuggers(client)
    assert SECRET not in "".join(seen)
    assert "status 500, next try" in caplog.text


def test_a_given_http_client_stays_open_and_an_own_one_is_closed():
    own = httpx.Client()
    with Proyecta(api_key=SECRET, http_client=own):
        pass
    assert not own.is_closed
    with Proyecta(api_key=SECRET) as client:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        client.commerce.customers.list()


def test_both_clients_take_the_same_arguments():
    def arguments(function):
        return [(one.name, one.kind, one.default) for one in inspect.signature(function).parameters.values()]

    assert arguments(Proyecta) == arguments(AsyncProyecta)
    sync, other = (client(api_key=SECRET).commerce.customers for client in (Proyecta, AsyncProyecta))
    for name in ("create", "get", "list", "update"):
        assert arguments(getattr(sync, name)) == arguments(getattr(other, name))
