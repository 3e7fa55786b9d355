import os
import stat

import pytest

from rag.atomic import replace_text, replaced


def test_a_file_is_replaced_when_it_is_complete(tmp_path):
    path = tmp_path / "map.json"
    replace_text(path, "old")
    with replaced(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_is_not_complete_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "map.json"
    replace_text(path, "old")
    with pytest.raises(error), replaced(path) as file:
        file.write(b"half")
        raise error
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_the_text_is_utf_8_and_as_readable_as_any_file(tmp_path):
    path = tmp_path / "map.json"
    replace_text(path, "Pokorný\n")
    assert path.read_bytes() == "Pokorný\n".encode()
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(os.stat(path).st_mode) == stat.S_IMODE(os.stat(plain).st_mode)


def test_a_folder_that_is_missing_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        replace_text(tmp_path / "missing" / "map.json", "new")
