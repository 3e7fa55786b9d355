import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from rag.errors import ConfigError
from rag.settings import Settings
from tests import ROOT
from ui.settings import UISettings


def test_keywords_win_over_the_environment_over_env_file_over_defaults(monkeypatch, tmp_path):
    assert Settings.load().k == 8
    (tmp_path / ".env").write_text("RAG_K=3\nRAG_WORDS=50\n")
    assert Settings.load().k == 3
    monkeypatch.setenv("RAG_K", "4")
    assert Settings.load().k == 4
    assert Settings.load(k=5).k == 5
    assert Settings.load(k=None).k == 4
    assert Settings.load().words == 50


def test_an_empty_variable_is_no_setting(monkeypatch):
    monkeypatch.setenv("RAG_K", "")
    assert Settings.load().k == 8


def test_the_usual_key_variable_is_read_and_never_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    settings = Settings.load()
    assert settings.openai_api_key.get_secret_value() == "sk-planted"
    assert "sk-planted" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("given", "said"),
    [({"k": 0}, "k is not valid"), ({"words": "many"}, "words is not valid"),
     ({"colour": "red"}, "no setting 'colour'")],
)  # fmt: skip
def test_a_wrong_setting_is_one_clear_sentence(given, said):
    with pytest.raises(ConfigError, match=said) as error:
        Settings.load(**given)
    assert "\n" not in str(error.value)


def test_a_wrong_key_is_not_echoed():
    with pytest.raises(ConfigError) as error:
        Settings.load(openai_api_key={"sk-planted": 1})
    assert "sk-planted" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"), [("RAG_K", "many"), ("RAG_WORDS", "3"), ("RAG_THREADS", "-1")]
)
def test_a_wrong_variable_is_one_sentence_that_names_the_setting(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"setting {name[4:].lower()} is not valid") as error:
        Settings.load()
    assert "\n" not in str(error.value)


def test_a_wrong_line_of_the_env_file_is_one_sentence(tmp_path):
    (tmp_path / ".env").write_text("RAG_K=0\n")
    with pytest.raises(ConfigError, match="k is not valid"):
        Settings.load()
    (tmp_path / ".env").write_bytes(b"RAG_HOME=caf\xe9\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        Settings.load()


def test_variables_of_others_are_left_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("K", "3")
    monkeypatch.setenv("HOME_", "x")
    (tmp_path / ".env").write_text("K=3\nDATABASE_URL=x\nRAG_COLOUR=red\n")
    assert Settings.load() == Settings()


def test_unknown_keywords_are_told_what_there_is():
    with pytest.raises(ConfigError) as error:
        Settings.load(colour="red", k=3)
    assert all(name in str(error.value) for name in Settings.model_fields)


def test_a_key_in_the_env_file_is_hidden_too(tmp_path):
    (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-planted\n")
    settings = Settings.load()
    assert settings.openai_api_key.get_secret_value() == "sk-planted"
    assert "sk-planted" not in repr(settings)
    assert Settings.load(openai_api_key="sk-other").openai_api_key.get_secret_value() == "sk-other"


def test_settings_are_frozen_and_folders_are_expanded():
    settings = Settings.load(home="~/papers", cache="~/cache", model_dir="~/model")
    assert settings.home == Path.home() / "papers"
    assert settings.cache == Path.home() / "cache"
    assert settings.model_dir == Path.home() / "model"
    assert Settings.load().model_dir is None
    with pytest.raises(ValidationError):
        settings.k = 3


def test_the_example_file_lists_exactly_the_settings():
    listed = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    fields = Settings.model_fields.items()
    assert listed == {
        *(str(field.validation_alias or f"rag_{name}").upper() for name, field in fields),
        *(f"rag_ui_{name}".upper() for name in UISettings.model_fields),
    }


def test_the_values_of_the_example_file_are_the_defaults(tmp_path):
    default, page = Settings.load(), UISettings()
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text())
    assert (Settings.load(), UISettings()) == (default, page)


def test_settings_of_the_page_are_read_from_the_same_places(monkeypatch, tmp_path):
    assert UISettings().auth.get_secret_value() == ""
    (tmp_path / ".env").write_text("RAG_UI_AUTH=ann:a\n")
    assert UISettings().auth.get_secret_value() == "ann:a"
    monkeypatch.setenv("RAG_UI_AUTH", "bob:b")
    assert UISettings().auth.get_secret_value() == "bob:b"
    assert Settings.load() == Settings()
