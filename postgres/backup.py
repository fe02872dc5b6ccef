"""Backups of the embedded PostgreSQL: the database files and the secrets that belong to them, in one directory.

    <backup>/
        backup.json     when it was made, PostgreSQL's major version, digests of the secrets
        database/       a base backup, with PostgreSQL's own manifest of checksums
        secret_key  api_key_secret      as in the data directory; a secret of the environment is not in it

Both directions write into a draft beside their target, which is renamed when it is complete and verified. A draft that
a killed process left is removed by the next try. docs/decisions/0018 says why it is a copy of files and no dump.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from core import environment

from .embedded import locked, running_database
from .server import Server, cause_in, find_or_make, open_private, surroundings, wheel_dir

FORMAT = 1
ABOUT_FILE = "backup.json"
DATABASE_DIR = "database"
# {setting: its file in the data directory}
SECRET_FILES = {"SECRET_KEY": "secret_key", "API_KEY_SECRET": "api_key_secret"}
# Beside the files of the database: the WAL that is written meanwhile, and some room for the product itself.
SPARE_BYTES = 200 * 2**20
OWN_POSTGRESQL = (
    "DATABASE_URL is set, and {command} is for the embedded database alone: for your own PostgreSQL, docs/backups.md "
    "has the way with a base backup and archived log."
)


class BackupFailed(Exception):
    """The reason, in one sentence, why there is no backup, or why nothing was restored."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is complete.

    made: when it was begun, in UTC. Everything that was committed before is in it.
    secrets: {file name: SHA-256 of its content}.
    """

    path: Path
    made: datetime
    major_version: int
    secrets: dict[str, str]


def make_backup(target: Path) -> Backup:
    """Copy the database and the secrets of the data directory into a new directory, while the product may run.

    target: the directory, which must not exist or be empty. Its parent is created. Only this process's user can read
        it: it holds all customers, and the secrets.

    The embedded PostgreSQL is started if it does not run. Raises BackupFailed with one sentence.
    """
    _refuse_own_postgresql("backup")
    data = environment.data_dir()
    target = target.expanduser().resolve()
    if target.is_relative_to(data):
        raise BackupFailed(f"A backup inside of the data directory {data} is lost with it: name a place elsewhere.")
    _refuse_used(target)
    if not (data / "postgres" / "cluster").exists():
        raise BackupFailed(f"There is no database in {data} (PROYECTA_DATA_DIR).")
    with (
        _os_errors(f"The backup in {target} cannot be written"),
        _draft_of(target) as (draft, lock),
        running_database(),
    ):
        server = find_or_make(data)
        made = datetime.now(UTC)
        _refuse_full_disk(server, draft)
        _copy_database(server, draft / DATABASE_DIR, lock)
        secrets = _copy_secrets(data, draft)
        backup = Backup(target, made, server.major_version(), secrets)
        _verify(draft / DATABASE_DIR, lock)
        # The last file: without it, nothing takes the directory for a backup.
        _write_private(draft / ABOUT_FILE, _described(backup))
        _sync_directory(draft)
        _refuse_used(target)
        draft.rename(target)
        _sync_directory(target.parent)
    return backup


def restore_backup(source: Path) -> Backup:
    """Put the database and the secrets of a backup into the data directory, which must have neither.

    source: a directory that make_backup() has made.

    Starts nothing: the next start of the product uses the restored database, and migrates it. A start that comes
    meanwhile waits. Raises BackupFailed with one sentence; the data directory then has no database, as before.
    """
    _refuse_own_postgresql("restore")
    source = source.expanduser().resolve()
    backup = _read(source)
    data = environment.make_data_dir()
    _refuse_other_data(data, backup)
    with _os_errors(f"The backup cannot be restored into {data}"):
        with locked(data / "postgres.lock"):
            server = find_or_make(data)
        if (ours := server.major_version()) != backup.major_version:
            raise BackupFailed(
                f"The backup in {source} is of PostgreSQL {backup.major_version}, and this release brings PostgreSQL "
                f"{ours}: restore it with a release that brings PostgreSQL {backup.major_version}."
            )
        with locked(server.home / "lock"):
            _refuse_other_data(data, backup)
            with server.draft_of_files() as draft:
                shutil.copytree(source / DATABASE_DIR, draft, dirs_exist_ok=True, symlinks=True)
                # The copy is verified, so that it is read once for both: the backup and the disk it came to.
                _verify(draft)
                for name in backup.secrets:
                    _write_private(data / name, (source / name).read_bytes())
                _sync_directory(data)
                os.sync()
    return backup


def _refuse_own_postgresql(command: str) -> None:
    if environment.text("DATABASE_URL"):
        raise BackupFailed(OWN_POSTGRESQL.format(command=command))


def _refuse_used(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupFailed(f"{target} exists already, and a backup overwrites nothing: name a new directory.")


def _refuse_other_data(data: Path, backup: Backup) -> None:
    if (data / "postgres" / "cluster").exists():
        raise BackupFailed(
            f"There is a database in {data} (PROYECTA_DATA_DIR), and restoring overwrites nothing: move the directory "
            "away, or name another one."
        )
    for name, digest in backup.secrets.items():
        path = data / name
        if path.exists() and _digest(path.read_bytes()) != digest:
            raise BackupFailed(
                f"{path} is the secret of another installation, and restoring overwrites nothing: move it away, or "
                "name another data directory in PROYECTA_DATA_DIR."
            )


def _refuse_full_disk(server: Server, draft: Path) -> None:
    with psycopg.connect(server.address(dbname="postgres")) as connection:
        row = connection.execute("SELECT sum(pg_database_size(oid)) FROM pg_database WHERE datallowconn").fetchone()
    needed, free = int(row[0] if row else 0) + SPARE_BYTES, shutil.disk_usage(draft).free
    if free < needed:
        raise BackupFailed(
            f"The backup needs about {_megabytes(needed)} in {draft.parent}, and the disk there has "
            f"{_megabytes(free)}: free some, or name a directory on another disk."
        )


def _megabytes(number: int) -> str:
    return f"{-(-number // 2**20):,} MB"


@contextmanager
def _draft_of(target: Path) -> Iterator[tuple[Path, int]]:
    """Give an empty directory beside `target`, and the descriptor that locks it. It is removed unless it is renamed.

    A program that inherits the descriptor keeps the lock if this process is killed, so that nobody else begins in the
    directory while it still writes.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.part")
    with suppress(FileExistsError):
        draft.mkdir(mode=0o700)
    lock = os.open(draft, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.path.samestat(os.fstat(lock), draft.stat())
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            raise BackupFailed(f"Another backup into {target} is under way.")
        for left_over in draft.iterdir():
            shutil.rmtree(left_over) if left_over.is_dir() and not left_over.is_symlink() else left_over.unlink()
        draft.chmod(0o700)
        try:
            yield draft, lock
        finally:
            if draft.exists() and os.path.samestat(os.fstat(lock), draft.stat()):
                shutil.rmtree(draft, ignore_errors=True)
    finally:
        os.close(lock)


def _copy_database(server: Server, target: Path, lock: int) -> None:
    command = [wheel_dir() / "bin" / "pg_basebackup", "--dbname", server.address()]
    finished = _run([*command, "--checkpoint", "fast", "--pgdata", target], lock)
    if "wal_level" in finished.stderr or "max_wal_senders" in finished.stderr:
        raise BackupFailed(
            "The server that runs was started by an older release, which cannot make backups: restart it first."
        )
    if finished.returncode:
        raise BackupFailed(f"The backup in {target.parent.parent} cannot be written: {cause_in(finished.stderr)}.")


def _verify(database: Path, lock: int | None = None) -> None:
    """Raise BackupFailed unless every file has the checksum of the manifest, and the WAL can be read."""
    finished = _run([wheel_dir() / "bin" / "pg_verifybackup", "--quiet", database], lock)
    if finished.returncode:
        raise BackupFailed(f"The backup is damaged: {cause_in(finished.stderr or finished.stdout)}.")


def _run(command: list[Any], lock: int | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        pass_fds=() if lock is None else (lock,),
        **surroundings(None),
    )


def _copy_secrets(data: Path, draft: Path) -> dict[str, str]:
    """Copy the secrets that are files of the data directory, and not in the environment. Returns their digests."""
    digests = {}
    for setting, name in SECRET_FILES.items():
        if not environment.text(setting) and (data / name).exists():
            content = (data / name).read_bytes()
            _write_private(draft / name, content)
            digests[name] = _digest(content)
    return digests


def _described(backup: Backup) -> bytes:
    about = {
        "format": FORMAT,
        "made": backup.made.isoformat(timespec="seconds"),
        "postgresql": backup.major_version,
        "secrets": backup.secrets,
    }
    return json.dumps(about, indent=2).encode() + b"\n"


def _read(source: Path) -> Backup:
    """The backup in a directory, its secrets checked. Raises BackupFailed if it is none."""
    if not (source / ABOUT_FILE).is_file():
        raise BackupFailed(f"There is no backup in {source}: it has no file {ABOUT_FILE}.")
    try:
        about = json.loads((source / ABOUT_FILE).read_bytes())
        if about["format"] != FORMAT:
            raise BackupFailed(f"The backup in {source} was made by a newer release: restore it with that one.")
        backup = Backup(source, datetime.fromisoformat(about["made"]), int(about["postgresql"]), dict(about["secrets"]))
        damaged = [name for name, digest in backup.secrets.items() if _digest((source / name).read_bytes()) != digest]
        unknown = backup.secrets.keys() - set(SECRET_FILES.values())
    except OSError as error:
        raise BackupFailed(f"The backup in {source} cannot be read: {error.strerror}, {error.filename}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BackupFailed(f"The backup in {source} is damaged: {ABOUT_FILE} is not as it was written.") from None
    if damaged or unknown:
        raise BackupFailed(f"The backup in {source} is damaged: {', '.join([*damaged, *unknown])}.")
    return backup


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only this user can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.part")
    with open(draft, "wb", opener=open_private) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _os_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        path = f", {error.filename}" if error.filename else ""
        raise BackupFailed(f"{what}: {error.strerror or error}{path}.") from None
    except shutil.Error as error:
        # copytree() collects the errors of all files; each is (source, target, reason).
        source, _, reason = error.args[0][0]
        raise BackupFailed(f"{what}: {reason} ({source}).") from None
