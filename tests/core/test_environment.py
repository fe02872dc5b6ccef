"""Settings of the operator: each value is read, or refused with a sentence that names the variable."""

import stat
import subprocess
import sys

import pytest

from core import environment
from core.environment import BadEnvironment, CannotStart
from tests.support.processes import ROOT, TIMEOUT_SECONDS, free_port, manage, surroundings

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ"


def start(data, **values):
    return subprocess.run(
        [sys.executable, "-m", "proyecta_admin.serve"],
        cwd=ROOT,
        env=surroundings(data, **values),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "80000"),
        ("PORT", "0"),
        ("PORT", "eight"),
        ("PORT", "８０８０"),
        ("PORT", "9" * 5000),
        ("API_RATE_LIMIT", "9" * 5000),
        ("PROYECTA_DATA_DIR", "/tmp/" + "x" * 5000),
        ("PROYECTA_DATA_DIR", "~nobody-of-this-name/data"),
        ("HOST", "nowhere.invalid"),
        ("HOST", "192.0.2.1"),
        ("HOST", "a..b"),
        ("DEBUG", "maybe"),
        ("HTTPS", "https"),
        ("PROXY", "2"),
        ("PGBOUNCER", "6432"),
        ("SHARE_PORT", "both"),
        ("HTTPS", "1"),  # without PROXY=1
        ("PROYECTA_DEMO", "never"),
        ("ALLOWED_HOSTS", "https://admin.example.com"),
        ("ALLOWED_HOSTS", "admin.example.com:8000"),
        ("ALLOWED_HOSTS", "*.example.com"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("API_KEY_SECRET", "short"),
        ("PROYECTA_DATA_DIR", "/dev/null"),
        ("DATABASE_URL", "mysql://root@localhost/shop"),
        ("DATABASE_URL", "postgresql://localhost"),
        ("DATABASE_URL", "postgresql://localhost:99999/shop"),
        ("DATABASE_URL", f"postgresql://localhost:{'9' * 5000}/shop"),
        ("DATABASE_URL", "postgresql://localhost/shop?nonsense=1"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/shop"),
    ],
)
def test_a_wrong_value_ends_the_start_with_one_sentence_that_names_it(data_dir, name, value):
    refused = start(data_dir, **{"PORT": str(free_port()), name: value})
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert name in refused.stderr
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert not (data_dir / "postgres").exists()


def test_a_password_in_a_wrong_database_url_is_not_repeated(data_dir):
    for url in ("postgresql://me:s3cret%zz@localhost/shop", "postgresql://me:s3cret@localhost:port/shop"):
        refused = start(data_dir, DATABASE_URL=url)
        assert "DATABASE_URL" in refused.stderr
        assert "s3cret" not in refused.stderr


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://me@db/shop", {"NAME": "shop", "USER": "me", "HOST": "db", "PORT": "", "PASSWORD": ""}),
        ("postgresql://me:p%40ss%2F@db:6543/shop", {"PASSWORD": "p@ss/", "PORT": "6543"}),
        ("postgresql:///shop?host=/run/postgresql&port=5433", {"HOST": "/run/postgresql", "PORT": "5433"}),
        ("postgresql://[::1]/shop", {"HOST": "::1"}),
        ("postgresql://a:1,b:2/shop?target_session_attrs=primary", {"HOST": "a,b", "PORT": "1,2"}),
        ("postgresql://db/shop?sslmode=verify-full", {"OPTIONS": {"sslmode": "verify-full"}}),
    ],
)
def test_a_database_url_is_read_as_libpq_reads_it(monkeypatch, url, expected):
    monkeypatch.setenv("DATABASE_URL", url)
    found = environment.database_url()
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", ["127.0.0.1", "localhost", "[::1]"]),
        ("0.0.0.0", ["127.0.0.1", "localhost", "[::1]"]),
        ("::", ["127.0.0.1", "localhost", "[::1]"]),
        ("10.1.2.3", ["127.0.0.1", "localhost", "[::1]", "10.1.2.3"]),
        ("fd00::1", ["127.0.0.1", "localhost", "[::1]", "[fd00::1]"]),
    ],
)
def test_without_allowed_hosts_the_address_that_is_listened_on_is_allowed(monkeypatch, host, names):
    monkeypatch.setenv("HOST", host)
    assert environment.allowed_hosts() == names


def test_allowed_hosts_are_names_with_commas_between_them(monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", " admin.example.com, .example.org,[::1] ,10.0.0.1,")
    assert environment.allowed_hosts() == ["admin.example.com", ".example.org", "[::1]", "10.0.0.1"]


def test_a_secret_is_made_once_and_is_its_owners_alone(monkeypatch, data_dir):
    monkeypatch.setenv("PROYECTA_DATA_DIR", str(data_dir))
    monkeypatch.delenv("SECRET_KEY", raising=False)
    secret = environment.stored_secret("SECRET_KEY", "secret_key")
    assert len(secret) >= 50
    assert environment.stored_secret("SECRET_KEY", "secret_key") == secret
    assert [path.name for path in data_dir.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((data_dir / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_the_secret(data_dir):
    code = "from core import environment as e; print(e.stored_secret('SECRET_KEY', 'secret_key'))"
    command = [sys.executable, "-c", code]
    crowd = [subprocess.Popen(command, cwd=ROOT, env=surroundings(data_dir), stdout=subprocess.PIPE) for _ in range(6)]
    assert len({one.communicate()[0] for one in crowd}) == 1
    assert {one.returncode for one in crowd} == {0}


def test_an_empty_secret_file_is_not_taken_for_a_secret(monkeypatch, data_dir):
    data_dir.mkdir()
    (data_dir / "secret_key").touch()
    monkeypatch.setenv("PROYECTA_DATA_DIR", str(data_dir))
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(CannotStart, match="secret_key is damaged"):
        environment.stored_secret("SECRET_KEY", "secret_key")


def test_a_given_secret_is_not_written_down(monkeypatch, data_dir):
    monkeypatch.setenv("PROYECTA_DATA_DIR", str(data_dir))
    monkeypatch.setenv("SECRET_KEY", SECRET)
    assert environment.stored_secret("SECRET_KEY", "secret_key") == SECRET
    assert not data_dir.exists()


def test_the_data_directory_that_is_made_is_closed_and_one_that_was_there_stays_as_it_was(monkeypatch, data_dir):
    monkeypatch.setenv("PROYECTA_DATA_DIR", str(data_dir))
    environment.make_data_dir()
    assert not stat.S_IMODE(data_dir.stat().st_mode) & 0o066
    data_dir.chmod(0o700)
    environment.make_data_dir()
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700


def test_a_home_in_the_data_directory_is_understood(monkeypatch):
    monkeypatch.setenv("PROYECTA_DATA_DIR", "~/proyecta/../data")
    assert environment.data_dir() == (environment.Path.home() / "data").resolve()


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_a_flag_is_on(monkeypatch, value):
    monkeypatch.setenv("DEBUG", value)
    assert environment.flag("DEBUG") is True


def test_a_flag_that_is_empty_is_as_if_it_were_not_there(monkeypatch):
    monkeypatch.setenv("DEBUG", " ")
    assert environment.flag("DEBUG", True) is True
    monkeypatch.setenv("DEBUG", "2")
    with pytest.raises(BadEnvironment, match="DEBUG must be 1 or 0, not '2'"):
        environment.flag("DEBUG")


def test_production_settings_pass_djangos_own_check(data_dir):
    done = manage(
        data_dir,
        *("check", "--deploy", "--fail-level", "WARNING"),
        HTTPS="1",
        PROXY="1",
        ALLOWED_HOSTS="admin.example.com",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("mysql://root@localhost/shop", "DATABASE_REPLICA_URL must look like"),
        ("postgresql://a/shop, postgresql://b:99999/shop", "DATABASE_REPLICA_URL must have a port"),
        ("postgresql://a", "DATABASE_REPLICA_URL must name a database"),
        ("postgresql://a/shop", "DATABASE_REPLICA_URL needs DATABASE_URL"),
    ],
)
def test_a_wrong_address_of_a_replica_is_one_sentence(data_dir, value, sentence):
    refused = manage(data_dir, "check", DATABASE_REPLICA_URL=value)
    assert refused.returncode == 1
    assert sentence in refused.stderr and refused.stderr.count("\n") == 1


def test_addresses_of_replicas_are_parted_by_commas_or_spaces(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://p/shop")
    one, two = "postgresql://me@a:1,b:2/shop", "postgres://c/shop"
    for between in (", ", ",", " ", "\n"):
        monkeypatch.setenv("DATABASE_REPLICA_URL", one + between + two)
        assert [replica["HOST"] for replica in environment.replica_urls().values()] == ["a,b", "c"]


def test_contacts_for_security_are_addresses_that_a_program_can_open(monkeypatch):
    monkeypatch.setenv("SECURITY_CONTACT", "security@example.com, https://example.com/report,, tel:+1-201-555-0123")
    assert environment.security_contacts() == [
        "mailto:security@example.com",
        "https://example.com/report",
        "tel:+1-201-555-0123",
    ]
    monkeypatch.setenv("SECURITY_CONTACT", " ")
    assert environment.security_contacts() == []
    for wrong in (
        "example.com",
        "http://example.com",
        "security@example.com\nX: y",
        "mailto:",
        "a b@example.com",
        "me@ü.de",
    ):
        monkeypatch.setenv("SECURITY_CONTACT", wrong)
        with pytest.raises(BadEnvironment, match="SECURITY_CONTACT must be"):
            environment.security_contacts()
