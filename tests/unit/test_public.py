import tomllib
from types import ModuleType

import pytest

import rag
from tests import ROOT


def test_the_public_names_are_sorted_and_exist():
    assert rag.__all__ == sorted(rag.__all__)
    for name in rag.__all__:
        assert getattr(rag, name).__module__.split(".")[0] == "rag", name


def test_nothing_public_is_missing_from_the_list():
    public = {
        name
        for name, value in vars(rag).items()
        if isinstance(value, type) and value.__module__.startswith("rag.")
    }
    assert public | {"Assistant", "CheckReport", "Settings", "Stop"} == set(rag.__all__)


def test_a_star_import_gives_the_public_names_and_nothing_else():
    names: dict[str, object] = {}
    exec("from rag import *", names)
    assert set(names) - {"__builtins__"} == set(rag.__all__)


def test_no_third_party_is_reached_through_the_package():
    for name, value in vars(rag).items():
        if isinstance(value, ModuleType):
            assert value.__name__ == f"rag.{name}", name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Asistant"):
        _ = rag.Asistant
    assert not hasattr(rag, "Library")


def test_the_version_is_the_projects():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert rag.__version__ == project["project"]["version"]


def test_every_public_name_has_a_docstring():
    for name in rag.__all__:
        assert len(getattr(rag, name).__doc__ or "") > 15, name
