"""Reading the environment: every setting that an operator can give, parsed with one clear sentence when it is wrong."""

import hashlib
import os
import re
import secrets
from pathlib import Path

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent
LONGEST_SHOWN = 60


class CannotStart(SystemExit):
    """What keeps the product from starting, in one sentence. Uncaught, it ends the process with status 1."""


class BadEnvironment(CannotStart):
    """A value in the environment that the product cannot start with. The sentence names it."""


def text(name, default=""):
    return os.environ.get(name, "").strip() or default


def flag(name, default=False):
    value = text(name).lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value:
        raise BadEnvironment(f"{name} must be 1 or 0, not {_shown(value)}.")
    return default


def number(name, default, low, high):
    value = text(name)
    if not value:
        return default
    if not _is_number(value, low, high):
        raise BadEnvironment(f"{name} must be a whole number from {low} to {high}, not {_shown(value)}.")
    return int(value)


def _is_number(value, low, high):
    # Python reads no number of more than 4,300 digits, and says so by an error.
    return value.isascii() and value.isdigit() and len(value) < 20 and low <= int(value) <= high


def _shown(value):
    return repr(value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…")


def host():
    return text("HOST", "127.0.0.1")


def allowed_hosts():
    """The names that browsers may use for the server: ALLOWED_HOSTS, else this machine's and the address in HOST."""
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


def data_dir():
    """The directory of everything that is kept. It need not exist yet: `make_data_dir` makes it."""
    given = text("PROYECTA_DATA_DIR", str(BASE_DIR / ".data"))
    try:
        path = Path(given).expanduser().resolve()
        path.exists()
    except (OSError, RuntimeError):
        # Too long, a loop of links, the home of a user that is not there.
        raise BadEnvironment(f"PROYECTA_DATA_DIR must be a directory, which {_shown(given)} cannot be.") from None
    return path


def make_data_dir():
    """The data directory, made if it was not there. Raises BadEnvironment where it cannot be made or written to."""
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
        # Root's database runs as another user, who has to pass through here; what is secret is closed file by file.
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)
    if not path.is_dir():
        raise BadEnvironment(f"PROYECTA_DATA_DIR must be a directory, which {path} cannot be: a file is there.")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise BadEnvironment(f"The data directory {path} (PROYECTA_DATA_DIR) cannot be written to by this user.")
    return path


def kept_secret(name, file_name):
    """The secret in the environment, else one made for this installation and kept in the data directory.

    The file is its owner's alone. It appears whole or not at all, so that two processes that start at once, or one that
    is killed here, never leave a secret that is empty or that only one of them knows.
    """
    value = text(name)
    if value and (len(value) < 50 or len(set(value)) < 5):
        raise BadEnvironment(
            f"{name} must have at least 50 characters, 5 different ones among them; without it, one is made."
        )
    if value:
        return value
    path = data_dir() / file_name
    try:
        if not path.exists():
            draft = make_data_dir() / f"{file_name}.{secrets.token_hex(8)}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(50))
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
    if len(value) < 50:
        raise CannotStart(
            f"The secret in {path} is damaged: restore it from a backup, or remove it to have another made."
        )
    return value


def database_url():
    """Django's connection settings from DATABASE_URL, or None where it is not set.

    It is a libpq URI, `postgresql://user:password@host:port/name?option=value`, with any option that libpq knows.
    Raises BadEnvironment, with a sentence that repeats nothing of the URI: it may hold a password.
    """
    url = text("DATABASE_URL")
    return _connection_settings("DATABASE_URL", url) if url else None


def replica_urls():
    """Django's connection settings of each replica in DATABASE_REPLICA_URL, by a name that stays the replica's own."""
    # The commas between the hosts of one address are not between addresses.
    urls = re.split(r"[\s,]+(?=postgres(?:ql)?:)", text("DATABASE_REPLICA_URL"))
    replicas = {}
    for url in filter(None, urls):
        replica = _connection_settings("DATABASE_REPLICA_URL", url)
        where = "\n".join([replica["HOST"], replica["PORT"], replica["NAME"]])
        replicas[f"replica_{hashlib.sha256(where.encode()).hexdigest()[:10]}"] = replica
    if replicas and not text("DATABASE_URL"):
        raise BadEnvironment("DATABASE_REPLICA_URL needs DATABASE_URL, the address of the primary, as well.")
    return replicas


def _connection_settings(name, url):
    shape = f"{name} must look like postgresql://user:password@host:5432/name, with libpq's options after a ?."
    if not url.startswith(("postgres://", "postgresql://")):
        raise BadEnvironment(shape)
    try:
        parts = conninfo_to_dict(url)
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
