"""Which model plays which role."""

import pytest

from rag.errors import ConfigError
from rag.llm import ROLES, check_models, models
from rag.settings import Settings
from rag.testing import ScriptedModel


def set_to(**given) -> Settings:
    return Settings.load(openai_api_key="k", **given)


def test_without_a_model_no_role_is_played():
    assert set(models(set_to()).values()) == {None} and set(models(set_to())) == set(ROLES)


@pytest.mark.parametrize("role", ["rewrite", "judge", "check"])
def test_a_role_follows_the_answering_model_unless_it_has_one_of_its_own(role):
    own = models(set_to(llm="openai/gpt-4o", **{f"llm_{role}": "openai/gpt-4o-mini"}))
    assert own.pop(role).name == "openai/gpt-4o-mini"
    assert len({id(model) for model in own.values()}) == 1
    assert own["answer"].name == "openai/gpt-4o"


def test_a_model_that_was_given_plays_what_no_setting_names():
    given = ScriptedModel()
    found = models(set_to(llm_check="openai/gpt-4o-mini"), given)
    assert found.pop("check").name == "openai/gpt-4o-mini"
    assert set(found.values()) == {given}


def test_a_model_may_only_check():
    found = models(set_to(llm_check="openai/gpt-4o-mini"))
    assert found.pop("check").name == "openai/gpt-4o-mini" and set(found.values()) == {None}


@pytest.mark.parametrize("role", ["llm", "llm_rewrite", "llm_check"])
def test_a_key_that_lacks_is_told_before_the_first_question(role):
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        check_models(Settings.load(**{role: "openai/gpt-4o"}))
    check_models(set_to(**{role: "openai/gpt-4o"}))
