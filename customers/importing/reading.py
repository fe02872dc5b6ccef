"""A CSV file as rows of texts, in constant memory. Why it cannot be read is said in one sentence."""

import codecs
import csv
import stat
from collections.abc import Iterator
from pathlib import Path

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
BLOCK_BYTES = 256 * 1024
MAX_LINE_BYTES = 4 * 1024 * 1024


class Unreadable(Exception):
    """The file cannot be read, or not further. `str(error)` is a sentence that says where, why and what to do."""


class CsvFile:
    """A CSV file whose first row names the columns.

    header: the names of the columns. delimiter: one of DELIMITERS. has_bom: whether it begins with a byte order mark.
    size: in bytes.
    """

    def __init__(self, path: Path) -> None:
        """Raises Unreadable where there is no such file, or it has no header."""
        self.path = path
        try:
            # First, because opening a pipe waits for a writer at its other end.
            if not stat.S_ISREG(path.stat().st_mode):
                raise Unreadable(f"{path} is not a file.")
            self.size = path.stat().st_size
            with open(path, "rb") as file:
                self.has_bom = file.read(3) == codecs.BOM_UTF8
        except OSError as error:
            raise self._cannot_be_read(error) from None
        self.delimiter = self._find_delimiter()
        self.header = next((fields for _, fields, _ in self._records() if fields), [])
        if not any(name.strip() for name in self.header):
            raise Unreadable(
                f"The first row of {path.name} has no names of columns. Give it some, such as email,name,phone."
            )

    def rows(self) -> Iterator[tuple[int, list[str], int]]:
        """Yields (number of the line where the row begins, its fields, bytes read so far) of each row after the header.

        Blank lines are left out. Raises Unreadable at the first line that cannot be read.
        """
        rows = ((line, fields, position) for line, fields, position in self._records() if fields)
        next(rows)
        return rows

    def _find_delimiter(self) -> str:
        """The delimiter that splits the first line into the most fields."""
        for line, _ in self._lines():
            if line.strip():
                return max(DELIMITERS, key=lambda one: len(next(csv.reader([line], delimiter=one))))
        raise Unreadable(f"{self.path.name} is empty.")

    def _records(self) -> Iterator[tuple[int, list[str], int]]:
        position = 0

        def lines() -> Iterator[str]:
            nonlocal position
            for line, position in self._lines():  # noqa: B007
                yield line

        reader = csv.reader(lines(), delimiter=self.delimiter, strict=True)
        begin = 1
        try:
            for fields in reader:
                yield begin, fields, position
                begin = reader.line_num + 1
        except csv.Error as error:
            raise self._misquoted(str(error), begin, reader.line_num) from None

    def _lines(self) -> Iterator[tuple[str, int]]:
        """Yields (line, bytes read so far). Lines end where an editor ends them: at LF, CR LF or CR."""
        number, rest, position = 0, b"", 0
        is_at_end = False
        try:
            with open(self.path, "rb") as file:
                while not is_at_end:
                    block = file.read(BLOCK_BYTES)
                    is_at_end = not block
                    position += len(block)
                    lines = (rest + block).splitlines(keepends=True)
                    # The last line may go on in the next block, or end in a CR whose LF is there.
                    rest = b"" if is_at_end else lines.pop()
                    if len(rest) > MAX_LINE_BYTES:
                        raise Unreadable(
                            f"Line {number + len(lines) + 1:,} of {self.path.name} does not end: it is no CSV."
                        )
                    for raw in lines:
                        number += 1
                        yield self._decoded(raw, number), position
        except OSError as error:
            raise self._cannot_be_read(error) from None

    def _decoded(self, raw: bytes, number: int) -> str:
        name = self.path.name
        if number == 1 and raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise Unreadable(f"Line 1 of {name} is in UTF-16. Save the file as CSV in UTF-8.")
        if b"\0" in raw:
            raise Unreadable(
                f"Line {number:,} of {name} has a NUL byte: it is no text, or in UTF-16. Save the file as CSV in UTF-8."
            )
        try:
            return raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            if error.reason == "unexpected end of data":
                raise Unreadable(f"{name} is cut off: line {number:,} ends in the middle of a character.") from None
            byte = raw[error.start]
            raise Unreadable(
                f"Line {number:,} of {name} is not in UTF-8 (byte 0x{byte:02X}). Save the file as CSV in UTF-8."
            ) from None

    def _misquoted(self, problem: str, begin: int, end: int) -> Unreadable:
        where = f"line {begin:,}" if begin == end else f"lines {begin:,} to {end:,}"
        if "unexpected end" in problem:
            why = "the file ends inside quotes: it is cut off, or a quote is missing"
        elif "field limit" in problem:
            why = f"a field is longer than {csv.field_size_limit():,} characters: a closing quote is probably missing"
        else:
            why = "text follows a closing quote. A quote inside quotes has to be written twice"
        return Unreadable(f"In {self.path.name}, {where}: {why}.")

    def _cannot_be_read(self, error: OSError) -> Unreadable:
        return Unreadable(f"{self.path} cannot be read: {error.strerror or error}.")
