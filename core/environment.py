"""Settings of the operator, read from environment variables. A wrong value is refused with one clear sentence."""

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent
MAX_SHOWN_CHARACTERS = 60
MIN_SECRET_CHARACTERS = 50
MIN_DIFFERENT_SECRET_CHARACTERS = 5
MIN_TOKEN_CHARACTERS = 20


class CannotStart(SystemExit):
    """The product cannot start. The message is one sentence; uncaught, it ends the process with status 1."""


class BadEnvironment(CannotStart):
    """A wrong value in the environment. The sentence names the variable."""


def text(name: str, default: str = "") -> str:
    """Return the variable without surrounding whitespace, or the default if it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """Return True for 1, true, yes or on and False for 0, false, no or off. Raises BadEnvironment for other values."""
    value = text(name).lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value:
        raise BadEnvironment(f"{name} must be 1 or 0, not {_shown(value)}.")
    return default


def number(name: str, default: int, low: int, high: int) -> int:
    """Return the variable as an int. Raises BadEnvironment unless it is a whole number from `low` to `high`."""
    value = text(name)
    if not value:
        return default
    if not _is_number(value, low, high):
        raise BadEnvironment(f"{name} must be a whole number from {low} to {high}, not {_shown(value)}.")
    return int(value)


def _is_number(value: str, low: int, high: int) -> bool:
    # int() raises ValueError for more than 4,300 digits.
    return value.isascii() and value.isdigit() and len(value) < 20 and low <= int(value) <= high


def _shown(value: str) -> str:
    return repr(value if len(value) <= MAX_SHOWN_CHARACTERS else f"{value[:MAX_SHOWN_CHARACTERS]}…")


def host() -> str:
    """Return the name or IP address to listen on."""
    return text("HOST", "127.0.0.1")


def allowed_hosts() -> list[str]:
    """Return the names that browsers may use for the server: ALLOWED_HOSTS, else this machine's own and HOST.

    Raises BadEnvironment for anything but host names, also with a leading dot or `*`.
    """
    given = [part.strip() for part in text("ALLOWED_HOSTS").split(",") if part.strip()]
    for name in given:
        if not re.fullmatch(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]", name):
            raise BadEnvironment(
                "ALLOWED_HOSTS must be host names with commas between them, such as admin.example.com, "
                f"not {_shown(name)}."
            )
    own = ["127.0.0.1", "localhost", "[::1]"]
    listens_on = f"[{host()}]" if ":" in host() else host()
    if listens_on not in (*own, "0.0.0.0", "[::]"):
        own.append(listens_on)
    return given or own


def security_contacts() -> list[str]:
    """Return the URIs in SECURITY_CONTACT, the preferred one first; an email address as a mailto: URI.

    Raises BadEnvironment for anything else than https:, mailto: and tel: URIs and email addresses (RFC 9116, 2.5.3).
    """
    contacts = []
    for part in filter(None, (part.strip() for part in text("SECURITY_CONTACT").split(","))):
        contact = f"mailto:{part}" if "@" in part and ":" not in part else part
        if not re.fullmatch(r"https://[!-~]+|mailto:[!-~]+@[!-~]+|tel:\+?[0-9.()-]+", contact):
            raise BadEnvironment(
                "SECURITY_CONTACT must be email addresses or https: addresses with commas between them, such as "
                f"security@example.com, not {_shown(part)}."
            )
        contacts.append(contact)
    return contacts


def data_dir() -> Path:
    """Return the directory of all stored files, whether or not it exists. Raises BadEnvironment if it cannot exist."""
    given = text("PROYECTA_DATA_DIR", str(BASE_DIR / ".data"))
    try:
        path = Path(given).expanduser().resolve()
        path.exists()
    except (OSError, RuntimeError):
        # A name too long, a loop of links, or the home directory of an unknown user.
        raise BadEnvironment(f"PROYECTA_DATA_DIR must be a directory, which {_shown(given)} cannot be.") from None
    return path


def make_data_dir() -> Path:
    """Create the data directory if it does not exist and return it. Raises BadEnvironment if it is not writable."""
    path = data_dir()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()
    except FileExistsError:
        pass
    except OSError as error:
        raise BadEnvironment(
            f"The data directory {path} (PROYECTA_DATA_DIR) cannot be made: {error.strerror}."
        ) from None
    else:
        # For root, PostgreSQL runs as another user, who must pass through here. Secret files are closed one by one.
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)
    if not path.is_dir():
        raise BadEnvironment(f"PROYECTA_DATA_DIR must be a directory, which {path} cannot be: a file is there.")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise BadEnvironment(f"The data directory {path} (PROYECTA_DATA_DIR) cannot be written to by this user.")
    return path


def stored_secret(name: str, file_name: str) -> str:
    """Return the secret in the environment, else the one in the data directory, which the first start generates.

    The file is readable by its owner alone. It is linked into place when it is complete, so that two processes that
    start at once get the same secret, and one that is killed here leaves no empty file.

    Raises BadEnvironment for a short secret in the environment, CannotStart for a file that is unreadable or damaged.
    """
    value = text(name)
    if value and (len(value) < MIN_SECRET_CHARACTERS or len(set(value)) < MIN_DIFFERENT_SECRET_CHARACTERS):
        raise BadEnvironment(
            f"{name} must have at least {MIN_SECRET_CHARACTERS} characters, {MIN_DIFFERENT_SECRET_CHARACTERS} "
            "different ones among them; without it, one is made."
        )
    if value:
        return value
    path = data_dir() / file_name
    try:
        if not path.exists():
            draft = make_data_dir() / f"{file_name}.{secrets.token_hex(8)}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(MIN_SECRET_CHARACTERS))
                file.flush()
                os.fsync(descriptor)
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        value = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(
            f"The secret in {path} cannot be made or read: {getattr(error, 'strerror', error)}."
        ) from None
    if len(value) < MIN_SECRET_CHARACTERS:
        raise CannotStart(
            f"The secret in {path} is damaged: restore it from a backup, or remove it to have another made."
        )
    return value


def metrics_token() -> str:
    """Return METRICS_TOKEN, or "" if it is unset. Raises BadEnvironment for one that is short or no token.

    A token is what RFC 6750 lets stand behind "Bearer": letters, digits and -._~+/ without spaces.
    """
    value = text("METRICS_TOKEN")
    if value and not (len(value) >= MIN_TOKEN_CHARACTERS and re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", value)):
        raise BadEnvironment(
            f"METRICS_TOKEN must have at least {MIN_TOKEN_CHARACTERS} letters, digits or -._~+/ and nothing else."
        )
    return value


def database_url() -> dict[str, Any] | None:
    """Return Django's connection settings from DATABASE_URL, or None if it is unset.

    The URL is a libpq URI, `postgresql://user:password@host:port/name?option=value`, with any option of libpq. Raises
    BadEnvironment, whose sentence repeats nothing of the URL, because it may hold a password.
    """
    url = text("DATABASE_URL")
    return _connection_settings("DATABASE_URL", url) if url else None


def replica_urls() -> dict[str, dict[str, Any]]:
    """Return Django's connection settings of each replica in DATABASE_REPLICA_URL.

    The key is the alias of the replica, the same for the same host, port and database at every start. Raises
    BadEnvironment as database_url() does.
    """
    # Only before another URL: one URL may have commas between several hosts.
    urls = re.split(r"[\s,]+(?=postgres(?:ql)?:)", text("DATABASE_REPLICA_URL"))
    replicas = {}
    for url in filter(None, urls):
        replica = _connection_settings("DATABASE_REPLICA_URL", url)
        where = "\n".join([replica["HOST"], replica["PORT"], replica["NAME"]])
        replicas[f"replica_{hashlib.sha256(where.encode()).hexdigest()[:10]}"] = replica
    if replicas and not text("DATABASE_URL"):
        raise BadEnvironment("DATABASE_REPLICA_URL needs DATABASE_URL, the address of the primary, as well.")
    return replicas


def _connection_settings(name: str, url: str) -> dict[str, Any]:
    shape = f"{name} must look like postgresql://user:password@host:5432/name, with libpq's options after a ?."
    if not url.startswith(("postgres://", "postgresql://")):
        raise BadEnvironment(shape)
    try:
        parts: dict[str, Any] = conninfo_to_dict(url)
    except (ProgrammingError, UnicodeError):
        raise BadEnvironment(shape) from None
    port = parts.pop("port", "")
    if not all(one == "" or _is_number(one, 1, 65535) for one in port.split(",")):
        raise BadEnvironment(f"{name} must have a port from 1 to 65535.")
    if not parts.get("dbname"):
        raise BadEnvironment(f"{name} must name a database, as in postgresql://user:password@host:5432/name.")
    return {
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": port,
        "OPTIONS": parts,
    }
