"""Files to import."""

import pytest


@pytest.fixture
def written(tmp_path):
    """Writes a file, of a text in UTF-8 or of bytes, and returns its path."""

    def write(content, name="customers.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
