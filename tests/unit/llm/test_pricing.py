import pytest

from rag import ConfigError
from rag.llm.pricing import _bundled, model_info


def test_the_table_is_plausible():
    assert len(_bundled()) > 30
    for row in _bundled().values():
        assert row.context_window >= 8000 and 0 < row.dollars_in <= row.dollars_out


def test_snapshots_and_tags_are_found_by_the_name_before_them():
    assert model_info("gpt-4o-2024-08-06") == model_info("gpt-4o")
    assert model_info("gpt-4o-mini") != model_info("gpt-4o")
    assert model_info("claude-haiku-4-5@20251001") == model_info("claude-haiku-4-5")
    assert model_info("gpt-4o-unheard-of") is None and model_info("llama3:8b") is None


def test_the_users_own_prices_come_first(tmp_path):
    path = tmp_path / "prices.json"
    path.write_text('{"models": {"gpt-4o": [1000, 1, 2], "llama3": [8000, 0, 0]}}')
    assert model_info("gpt-4o", path) == (1000, 1.0, 2.0)
    assert model_info("llama3:8b", path) == (8000, 0.0, 0.0)
    assert model_info("gpt-5", path) == model_info("gpt-5")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"models": {"x": [1]}}', '{"models": 3}', None])
def test_a_table_that_cannot_be_read_is_one_clear_line(tmp_path, text):
    path = tmp_path / "prices.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match="RAG_PRICES") as error:
        model_info("gpt-4o", path)
    assert "\n" not in str(error.value)
