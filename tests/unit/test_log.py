import logging

import pytest

from rag.log import configure


@pytest.fixture(autouse=True)
def restored():
    logger = logging.getLogger("rag")
    level, handlers = logger.level, logger.handlers[:]
    logger.handlers = []
    yield
    logger.handlers = handlers
    logger.setLevel(level)


def test_nothing_is_logged_unless_asked_for(capfd):
    configure("")
    logging.getLogger("rag.llm.model").debug("hidden")
    assert not logging.getLogger("rag").handlers and capfd.readouterr() == ("", "")


def test_lines_go_to_stderr_from_the_level_on(capfd):
    configure("info")
    configure("info")
    logging.getLogger("rag.llm.model").info("one call of %s", "openai/x")
    logging.getLogger("rag.llm.model").debug("hidden")
    logging.getLogger("httpx").info("hidden")
    out, err = capfd.readouterr()
    assert out == "" and len(err.splitlines()) == 1
    assert err.endswith(" rag.llm.model: one call of openai/x\n")
