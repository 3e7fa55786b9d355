import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from rag.errors import ConfigError
from rag.settings import Settings

ROOT = Path(__file__).parent.parent


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


def test_settings_are_frozen_and_home_is_expanded():
    settings = Settings.load(home="~/papers")
    assert settings.home == Path.home() / "papers"
    with pytest.raises(ValidationError):
        settings.k = 3


def test_the_example_file_lists_exactly_the_settings():
    listed = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    fields = {f"RAG_{name.upper()}" for name in Settings.model_fields} - {"RAG_OPENAI_API_KEY"}
    assert listed == fields | {"OPENAI_API_KEY"}
