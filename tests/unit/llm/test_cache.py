import logging
import multiprocessing
import threading

import pytest

from rag.llm import cache as replies
from rag.llm.cache import ReplyCache, request_key
from rag.types import Message

ASKED = [Message("system", "Be brief."), Message("user", "Why?")]
KEY = request_key("openai/x", "http://a", {"temperature": 0}, ASKED)


def test_a_reply_is_found_again_also_later(tmp_path):
    cache = ReplyCache(tmp_path / "new" / "folder")
    assert cache.get(KEY) is None
    cache.put(KEY, "Because.\n")
    assert cache.get(KEY) == "Because.\n"
    cache.close()
    assert ReplyCache(tmp_path / "new" / "folder").get(KEY) == "Because.\n"


@pytest.mark.parametrize(
    "other",
    [
        ("openai/y", "http://a", {"temperature": 0}, ASKED),
        ("openai/x", "http://b", {"temperature": 0}, ASKED),
        ("openai/x", "http://a", {"temperature": 1}, ASKED),
        ("openai/x", "http://a", {"temperature": 0, "seed": 1}, ASKED),
        ("openai/x", "http://a", {"temperature": 0}, ASKED[1:]),
        ("openai/x", "http://a", {"temperature": 0}, [ASKED[0], Message("user", "Why not?")]),
    ],
)
def test_whatever_a_reply_depends_on_makes_another_request(other):
    assert request_key(*other) != KEY


def test_the_order_of_parameters_does_not_matter():
    assert request_key("m", None, {"a": 1, "b": 2}, ASKED) == request_key(
        "m", None, {"b": 2, "a": 1}, ASKED
    )


def test_the_least_used_go_first(tmp_path, monkeypatch):
    monkeypatch.setattr(replies, "KEPT", 2)
    times = iter(range(100))
    monkeypatch.setattr(replies.time, "time", lambda: float(next(times)))
    cache = ReplyCache(tmp_path)
    cache.put("a", "1")
    cache.put("b", "2")
    assert cache.get("a") == "1"
    cache.put("c", "3")
    assert [cache.get(key) for key in "abc"] == ["1", None, "3"]


def test_a_file_that_is_no_database_is_logged_and_does_no_harm(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    (tmp_path / "replies.db").write_bytes(b"garbage" * 1000)
    cache = ReplyCache(tmp_path)
    cache.put(KEY, "x")
    assert cache.get(KEY) is None and "cannot be used" in caplog.text


def test_a_folder_that_cannot_be_made_is_logged_and_does_no_harm(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    cache = ReplyCache(tmp_path / "file" / "folder")
    cache.put(KEY, "x")
    assert cache.get(KEY) is None and "cannot be used" in caplog.text


def test_threads_share_one(tmp_path):
    cache = ReplyCache(tmp_path)
    threads = [threading.Thread(target=cache.put, args=(str(n), str(n))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [cache.get(str(n)) for n in range(20)] == [str(n) for n in range(20)]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork")
def test_a_forked_process_opens_the_file_itself(tmp_path):
    cache = ReplyCache(tmp_path)
    cache.put("a", "1")
    inherited = list(cache._connections.values())

    def use() -> None:
        assert cache.get("a") == "1"
        cache.put("b", "2")
        assert cache._connections.popitem()[1] not in inherited

    child = multiprocessing.get_context("fork").Process(target=use, daemon=True)
    with cache._lock:
        child.start()
    child.join(20)
    assert child.exitcode == 0, "the child hangs or failed"
    assert cache.get("b") == "2"
