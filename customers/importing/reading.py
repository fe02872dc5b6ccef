"""A CSV file as rows of texts, in constant memory. Whatever keeps it from being read is told as one sentence."""

import codecs
import csv
import stat

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
BLOCK = 256 * 1024
LONGEST_LINE = 4 * 1024 * 1024


class Unreadable(Exception):
    """The file cannot be read, or not on from here. `str(error)` is a sentence that says where, why and what to do."""


class CsvFile:
    """A CSV file whose first row names the columns: `header`, `delimiter`, whether it `has_bom`, `size` in bytes.

    Raises Unreadable where there is no such file or header.
    """

    def __init__(self, path):
        self.path = path
        try:
            # Asked first: to open a pipe is to wait for somebody at its other end.
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

    def rows(self):
        """Yields (number of the line where the row begins, its fields, bytes read so far) of each row after the header.

        Blank lines are left out. Raises Unreadable at the first thing that cannot be read.
        """
        rows = ((line, fields, position) for line, fields, position in self._records() if fields)
        next(rows)
        return rows

    def _find_delimiter(self):
        for line, _ in self._lines():
            if line.strip():
                return max(DELIMITERS, key=lambda one: len(next(csv.reader([line], delimiter=one))))
        raise Unreadable(f"{self.path.name} is empty.")

    def _records(self):
        position = 0

        def lines():
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

    def _lines(self):
        """Yields (line, bytes read so far). The lines are those of an editor: ended by LF, CR LF or CR."""
        number, rest, position = 0, b"", 0
        try:
            with open(self.path, "rb") as file:
                block = True
                while block:
                    block = file.read(BLOCK)
                    position += len(block)
                    lines = (rest + block).splitlines(keepends=True)
                    # It may go on in the next block, or be a CR whose LF is there.
                    rest = lines.pop() if block else b""
                    if len(rest) > LONGEST_LINE:
                        raise Unreadable(
                            f"Line {number + len(lines) + 1:,} of {self.path.name} does not end: it is no CSV."
                        )
                    for raw in lines:
                        number += 1
                        yield self._decoded(raw, number), position
        except OSError as error:
            raise self._cannot_be_read(error) from None

    def _decoded(self, raw, number):
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

    def _misquoted(self, problem, begin, end):
        where = f"line {begin:,}" if begin == end else f"lines {begin:,} to {end:,}"
        if "unexpected end" in problem:
            why = "the file ends inside quotes: it is cut off, or a quote is missing"
        elif "field limit" in problem:
            why = f"a field is longer than {csv.field_size_limit():,} characters: a closing quote is probably missing"
        else:
            why = "text follows a closing quote. A quote inside quotes has to be written twice"
        return Unreadable(f"In {self.path.name}, {where}: {why}.")

    def _cannot_be_read(self, error):
        return Unreadable(f"{self.path} cannot be read: {error.strerror or error}.")
