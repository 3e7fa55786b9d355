"""Runs: every question once, records that outlive a kill, and metrics that are right."""

import json
import math
import os
import random
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from eval import trec
from eval.cases import Case, parse
from eval.records import Journal, Record, brief
from eval.report.text import kinds, summary
from eval.runs import Report, load, run
from eval.score import metrics, outcomes
from rag.errors import ConfigError, CorpusError, ModelError
from rag.types import Answer, Cell, Plan, Row, Table, Usage
from tests import ROOT
from tests.builders import ALPHA, BETA, answer, cases

# -- running ---------------------------------------------------------------------------------------


def test_any_function_from_a_case_to_an_answer_can_be_measured():
    steps = []
    found = run(cases(3), answer, [lambda case, a: {"length": float(len(a.text))}],
                progress=lambda *step: steps.append(step))  # fmt: skip
    assert [r.id for r in found.records] == ["q0", "q1", "q2"] and not found.failures
    assert found.summary()["length"].value == len("It saves 30% [1].")
    assert found.summary()["citation F1"].value == 1.0 and found.outcomes() == {"right": 3}
    assert steps[-1] == (3, 3, 0.0)


def test_one_bad_question_costs_one_record_and_is_asked_again(tmp_path):
    asked = []

    def ask(case):
        asked.append(case.id)
        if case.id == "q1" and asked.count("q1") == 1:
            raise ModelError("m: slow", "timeout")
        if case.id == "q2" and asked.count("q2") == 1:
            raise ZeroDivisionError("a bug")
        return answer(case)

    first = run(cases(), ask, folder=tmp_path)
    assert [r.error for r in first.failures] == ["timeout: m: slow", "ZeroDivisionError: a bug"]
    assert first.summary()["citation F1"].undetermined == 2
    second = run(cases(), ask, folder=tmp_path)
    assert not second.failures and sorted(asked) == ["q0", "q1", "q1", "q2", "q2", "q3"]
    assert [r.id for r in load(tmp_path).records] == ["q0", "q1", "q2", "q3"]
    run(cases(), ask, folder=tmp_path)
    assert len(asked) == 6


def test_a_failure_that_all_would_meet_ends_the_run_and_says_so(tmp_path):
    asked = []

    def ask(case):
        asked.append(case.id)
        raise ModelError("the key was refused", "key")

    found = run(cases(), ask, folder=tmp_path)
    assert asked == ["q0"] and len(found.failures) == 4
    assert found.failures[3].error == "not asked: key: the key was refused"
    assert len(Journal(tmp_path / "records.jsonl").read()) == 1


def test_what_checking_costs_is_spent_too():
    checked = Usage("m", cost=0.1, check_calls=1, check_cost=0.3)
    found = run(cases(6), lambda case: answer(case, usage=checked), budget=1.0)
    assert len(found.failures) == 3
    assert found.records[0].scores["cost"] == pytest.approx(0.4)


def test_a_budget_is_hard_and_the_rest_is_asked_later(tmp_path):
    found = run(cases(6), lambda case: answer(case, cost=0.4), folder=tmp_path, budget=1.0)
    assert len(found.failures) == 3 and "budget of $1" in found.failures[0].error
    found = run(cases(6), lambda case: answer(case, cost=0.4), folder=tmp_path, budget=9.0)
    assert not found.failures


def test_questions_are_asked_side_by_side_within_bounds():
    inside, most, lock = 0, 0, threading.Lock()
    meet = threading.Barrier(3, timeout=20)

    def ask(case):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        meet.wait()  # passes only when three are asked at once
        with lock:
            inside -= 1
        return answer(case)

    found = run(cases(9), ask, parallel=3)
    assert not found.failures and most == 3


def test_the_folder_of_another_run_is_not_mixed_with_this_one(tmp_path):
    run(cases(1), answer, folder=tmp_path, meta={"prompt": "one"})
    with pytest.raises(ConfigError, match="run of something else"):
        run(cases(1), answer, folder=tmp_path, meta={"prompt": "two"})
    with pytest.raises(ConfigError, match="no run in"):
        load(tmp_path / "none")


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path):
    """SIGKILL in the middle: the same report as an uninterrupted run's, no question asked twice."""
    script = tmp_path / "asking.py"
    script.write_text(
        "import os, sys\nfrom pathlib import Path\nfrom eval.runs import run\n"
        "from tests.builders import answer, cases\n"
        "log = Path(sys.argv[2])\n"
        "def ask(case):\n"
        "    if case.id == 'q5' and sys.argv[3] == 'die':\n"
        "        os.kill(os.getpid(), 9)\n"
        "    with log.open('a') as file:\n        file.write(case.id + '\\n')\n"
        "    return answer(case)\n"
        "run(cases(12), ask, folder=Path(sys.argv[1]), meta={'prompt': 'x'})\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def start(folder, log, how):
        command = [sys.executable, str(script), str(tmp_path / folder), str(log), how]
        return subprocess.run(command, env=environment, check=False).returncode

    assert start("cut", tmp_path / "log", "die") == -signal.SIGKILL
    with (tmp_path / "cut" / "records.jsonl").open("a") as file:
        file.write('{"id": "q5", "kind"')  # what a kill in mid-write leaves
    assert start("cut", tmp_path / "log", "go on") == 0
    assert (tmp_path / "log").read_text().split() == [f"q{n}" for n in range(12)]
    assert start("whole", tmp_path / "log2", "go on") == 0
    one, two = ((tmp_path / f / "records.jsonl").read_text() for f in ("cut", "whole"))
    assert one == two


def test_a_torn_line_costs_itself_and_a_damaged_one_is_told(tmp_path):
    journal = Journal(tmp_path / "r.jsonl")
    one = Record("a", "k", "?")
    journal.append(one)
    with journal.path.open("a") as file:
        file.write('{"id": "b"')
    assert set(journal.read()) == {"a"}
    journal.append(replace(one, id="c"))
    assert set(journal.read()) == {"a", "c"}
    journal.path.write_text("{broken}\n" + one.to_json() + "\n")
    with pytest.raises(CorpusError, match=":1 is damaged"):
        journal.read()


def test_records_come_back_as_they_were():
    found = run(cases(1), answer).records[0]
    assert Record.from_json(found.to_json()) == replace(
        found, titles=dict(found.titles), answer=json.loads(json.dumps(found.answer))
    )
    assert found.retrieved == (("a", 0.5), ("b", 0.4)) and found.titles["b"] == "Beta"


# -- metrics ---------------------------------------------------------------------------------------


def naive(case: Case, ranked: list[str]) -> dict[str, float]:
    """A second implementation, from the definitions."""
    gains = [case.gains.get(key, 0) for key in ranked]
    hits = [gain > 0 for gain in gains]
    discounted = sum(g / math.log2(n + 2) for n, g in enumerate(gains[:10]))
    ideal = sorted(case.gains.values(), reverse=True)[:10]
    best = sum(g / math.log2(n + 2) for n, g in enumerate(ideal))
    found = {f"R@{k}": sum(hits[:k]) / len(case.gains) for k in (5, 10, 20)}
    found |= {f"Success@{k}": float(any(hits[:k])) for k in (1, 5)}
    found |= {
        "nDCG@10": discounted / best, "P@5": sum(hits[:5]) / 5,
        "RR": next((1 / n for n, h in enumerate(hits, 1) if h), 0.0),
        "AP": sum(sum(hits[: n + 1]) / (n + 1) for n, h in enumerate(hits) if h) / len(case.gains),
    }  # fmt: skip
    return found


def test_retrieval_metrics_agree_with_a_second_implementation():
    draw = random.Random(5)
    for number in range(300):
        pool = [f"d{n}" for n in range(40)]
        steps = 4 if number % 2 else 1  # grades of 1 to 4, or of a quarter to 1
        grades = {
            key: draw.randint(1, 4) * steps / 4 for key in draw.sample(pool, draw.randint(1, 12))
        }
        ranked = draw.sample(pool, draw.randint(0, 30))
        case = Case(f"q{number}", "?", frozenset(grades), grades=grades)
        found = metrics.retrieval(case, [(key, 1.0) for key in ranked])
        assert found == pytest.approx(naive(case, ranked)), (grades, ranked)
    assert metrics.retrieval(Case("q", "?"), [("a", 1.0)]) == {}


def scored(case: Case, given: Answer) -> dict:
    return metrics.answered(case, brief(given))


def test_citations_are_joined_to_the_relevant_papers():
    case = Case("q", "?", frozenset("ac"), facts=(("30%",), ("never said",)))
    found = scored(case, answer())
    assert (found["citation precision"], found["citation recall"]) == (1.0, 0.5)
    assert found["citation F1"] == pytest.approx(2 / 3) and found["facts"] == 0.5
    assert (found["quotes verbatim"], found["sentences supported"]) == (1.0, 1.0)
    assert scored(case, answer(paper=BETA))["citation precision"] == 0.0
    assert scored(case, answer(paper=BETA))["quotes verbatim"] == 0.0
    assert scored(case, answer(support="contradicted"))["contradicted sentences"] == 1.0


def test_refusals_give_precision_over_those_made_and_recall_over_those_due():
    able, unable = Case("q", "?", frozenset("a"), facts=(("x",),)), Case("u", "?")
    no = answer(status="refused", text="No.")
    assert scored(able, no)["refusal precision"] == 0.0 and scored(able, no)["facts"] == 0.0
    assert scored(unable, no) | {"refusal precision": 1.0, "refusal recall": 1.0} == scored(
        unable, no
    )
    assert scored(unable, answer())["refusal recall"] == 0.0
    assert "refusal recall" not in scored(able, answer())
    assert "refusal precision" not in scored(able, answer())


def test_twins_are_counted_apart():
    able, unable = Case("q", "?", frozenset("a"), twin="u"), Case("u", "?", twin="q")
    no = answer(status="refused", text="No.")
    assert scored(able, no)["twin refusal precision"] == 0.0
    assert scored(unable, no)["twin refusal precision"] == 1.0
    assert scored(unable, no)["twin refusal recall"] == 1.0
    assert scored(unable, answer())["twin refusal recall"] == 0.0
    assert "twin refusal recall" not in scored(able, answer())
    single = {**scored(Case("q", "?", frozenset("a")), no), **scored(Case("u", "?"), no)}
    assert "refusal recall" in single and not any(name.startswith("twin") for name in single)


def test_a_refusal_of_a_question_that_names_its_paper_is_false():
    named = Case("q", "?", frozenset("a"), named=True)
    assert scored(named, answer(status="refused"))["false refusal"] == 1.0
    assert scored(named, answer())["false refusal"] == 0.0
    assert "false refusal" not in scored(replace(named, named=False), answer())


def table(**verdicts: str) -> Table:
    papers = {"a": ALPHA, "b": BETA, "c": replace(BETA, id="c")}
    rows = [Row((Cell("x"),), papers[key], verdict) for key, verdict in verdicts.items()]
    return Table(("Paper",), tuple(rows))


def test_lists_are_measured_by_the_papers_that_they_give_as_fitting():
    case = Case("q", "?", frozenset("ac"), kind="list", near=frozenset("b"))
    found = scored(case, answer(table=table(a="meets", b="meets", c="near: small")))
    assert (found["list precision"], found["list recall"]) == (0.5, 0.5)
    assert found["near listed"] == 0.5
    assert "near listed" not in scored(replace(case, near=frozenset()), answer())
    cited = scored(case, answer())  # no table: what it cites
    assert (cited["list precision"], cited["list recall"]) == (1.0, 0.5)
    none = scored(case, answer(table=table(c="near: small")))
    assert none["list recall"] == 0.0 and "list precision" not in none
    refused = scored(case, answer(status="refused", table=table(a="meets")))
    assert refused["list recall"] == 0.0 and "list precision" not in refused
    assert "list recall" not in scored(replace(case, kind="fact"), answer())
    counts = Table(("Year", "Papers"), (Row((Cell("2019"), Cell("4"))),))
    assert brief(answer(table=counts))["listed"] == ["a"] and brief(answer(table=counts))["rows"]


def test_stored_fields_are_measured_by_facts_and_not_by_what_a_search_finds():
    count = Case("q", "?", frozenset("b"), kind="count", facts=(("4",),))
    found = scored(count, answer(text="There are 4."))
    assert found["facts"] == 1.0 and found["refusal correct"] == 1.0
    assert not any("citation" in name or name.startswith("list") for name in found)
    assert metrics.retrieval(count, [("b", 1.0)]) == {}
    papers = Case("q", "?", frozenset("b"), kind="lookup")
    assert scored(papers, answer(table=table(b="")))["list recall"] == 1.0


def test_small_talk_is_to_be_answered():
    chat = Case("q", "thanks", kind="chat")
    assert scored(chat, answer())["refusal correct"] == 1.0
    assert scored(chat, answer(status="refused"))["refusal precision"] == 0.0


def test_the_kind_of_the_plan_is_compared_where_a_set_says_what_is_asked_for():
    case = Case("q", "?", kind="number", source="asked")
    assert scored(case, answer(plan=Plan("number", "?")))["kind understood"] == 1.0
    assert scored(case, answer(plan=Plan("fact", "?")))["kind understood"] == 0.0
    assert scored(case, answer())["kind understood"] is None
    for other in (replace(case, kind="typo"), replace(case, kind="fact", source="questions")):
        assert "kind understood" not in scored(other, answer(plan=Plan("fact", "?")))


def test_a_quoted_sentence_is_supported_and_no_claim():
    case = Case("q", "?", frozenset("a"))
    quoted = scored(case, answer(support="quoted"))
    assert quoted["sentences supported"] == 1.0 and "claims supported" not in quoted
    said = answer(support="partial").sentences[0]
    both = scored(case, answer(sentences=(said, replace(said, support="quoted"))))
    assert (both["sentences supported"], both["claims supported"]) == (0.5, 0.0)


def test_what_is_kept_of_an_answer_tells_its_kind_its_table_and_what_was_shown():
    given = answer(plan=Plan("list", "?"), table=table(a="meets", b="near: x"), reason="not_stated")
    kept = json.loads(json.dumps(brief(given)))
    assert (kept["kind"], kept["rows"], kept["listed"]) == ("list", 2, ["a"])
    assert kept["reason"] == "not_stated" and kept["shown"] == given.to_text()


@pytest.mark.parametrize(
    ("case", "given", "retrieved", "outcome"),
    [
        (Case("q", "?", frozenset("a")), answer(), "ab", "right"),
        (Case("q", "?", frozenset("c")), answer(), "ab", "not retrieved"),
        (Case("q", "?", frozenset("b")), answer(), "ab", "retrieved, not cited"),
        (Case("q", "?", frozenset("a")), answer(support="uncited"), "a", "cited, unsupported"),
        (Case("q", "?", frozenset("a")), answer(support="contradicted"), "a", "contradicted"),
        (Case("q", "?", frozenset("a")), answer(support="unverified"), "a", "right"),
        (Case("q", "?", frozenset("a")), answer(status="refused"), "ab", "refused wrongly"),
        (Case("q", "?", frozenset("a")), answer(status="refused"), "b", "not retrieved"),
        (Case("q", "?"), answer(), "ab", "answered wrongly"),
        (Case("q", "?"), answer(status="refused"), "ab", "refused rightly"),
        (Case("q", "?", frozenset("a"), facts=(("70%",),)), answer(), "a", "facts missing"),
        (Case("q", "?", kind="chat"), answer(), "", "right"),
        (Case("q", "?", kind="chat"), answer(status="refused"), "", "refused wrongly"),
        (Case("q", "?", kind="count", facts=(("30%",),)), answer(), "", "right"),
        (Case("q", "?", kind="count", facts=(("31%",),)), answer(), "", "facts missing"),
        (Case("q", "?", frozenset("a"), kind="lookup"), answer(), "", "right"),
        (Case("q", "?", frozenset("c"), kind="lookup"), answer(), "", "facts missing"),
    ],
)  # fmt: skip
def test_each_answer_falls_into_one_class(case, given, retrieved, outcome):
    record = Record(
        case.id, case.kind, "?", tuple(case.relevant), tuple((key, 1.0) for key in retrieved),
        answer=brief(given), scores=metrics.answered(case, brief(given)),
    )  # fmt: skip
    assert outcomes.outcome(case, record) == outcome and outcome in outcomes.OUTCOMES


def test_every_metric_is_registered_once_with_its_convention():
    scores = {**scored(cases(1)[0], answer()), **metrics.retrieval(cases(1)[0], [("a", 1.0)])}
    assert set(scores) <= set(metrics.METRICS)
    assert all(m.convention.endswith(".") for m in metrics.METRICS.values())
    assert metrics.lower_is_better("words") and not metrics.lower_is_better("somebody's own")
    assert metrics.place("facts") < metrics.place("nDCG@10") < metrics.place("somebody's own")


def test_a_metric_of_ones_own_is_measured_with_the_others(monkeypatch):
    monkeypatch.setattr(metrics, "METRICS", dict(metrics.METRICS))
    metrics.metric("exclamations")(lambda case, answer: float(answer["text"].count("!")))
    assert scored(Case("q", "?"), answer(text="Yes!"))["exclamations"] == 1.0


def test_what_cannot_be_told_is_undetermined_and_what_does_not_apply_is_not_there():
    scores = scored(Case("u", "?"), answer(cost=None))
    assert scores["cost"] is None and "citation F1" not in scores and "facts" not in scores


# -- files -----------------------------------------------------------------------------------------


def test_a_trec_run_is_written(tmp_path):
    found = run(cases(2), answer)
    trec.write(found, tmp_path / "x.run")
    assert (tmp_path / "x.run").read_text().startswith("q0 Q0 a 1 0.500000 run\nq0 Q0 b 2")


def test_cases_of_anybody_need_an_id_and_a_question(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(
        '{"id": 1, "question": "Why?", "relevant": {"a": 2}, "reference": "So."}\n\n'
        '{"id": "2", "question": "Who?", "must_pass": true, "facts": [["x"]]}\n'
    )
    one, two = parse(path, str)
    assert one.gains == {"a": 2} and one.answerable and one.reference == "So."
    assert two.answerable and not two.ranked and two.must_pass and two.facts == (("x",),)
    path.write_text('{"id": "1", "question": "?"}\n{"id": "1", "question": "?"}\n')
    with pytest.raises(CorpusError, match=":2: the id '1' is there twice"):
        parse(path, str)
    path.write_text('{"id": "1"}\n')
    with pytest.raises(CorpusError, match=":1: the field question is missing"):
        parse(path, str)


def test_a_report_of_one_kind_is_over_that_kind():
    records = [Record("a", "x", "?", scores={"m": 1.0}), Record("b", "y", "?", scores={"m": 0.0})]
    found = Report("r", records)
    assert found.summary("x")["m"].value == 1.0 and found.summary()["m"].value == 0.5
    trial = Record("a/t", "robustness/typos", "?", scores={"m": 0.0})
    assert Report("r", [*records, trial]).summary()["m"].n == 2
    assert Report("r", [*records, trial]).summary("robustness/typos")["m"].n == 1


def test_kinds_of_several_sets_are_told_apart():
    records = [Record(n, "fact", "?", source=n, scores={"m": float(n == "a")}) for n in "ab"]
    trial = Record("a/t", "robustness/typos", "?", source="a", scores={"m": 0.0})
    found = Report("r", [*records, trial])
    assert list(found.kinds()) == ["a/fact", "b/fact", "robustness/typos"]
    assert found.summary("a/fact")["m"].value == 1.0 and found.summary("b/fact")["m"].value == 0.0
    failure = Record("b2", "fact", "?", source="b", error="slow")
    assert Report("r", [records[0], failure]).values("m") == {"a": 1.0}
    assert list(Report("r", records[:1]).kinds()) == ["fact"]


def test_a_run_that_was_kept_before_says_by_its_papers_what_is_answerable():
    old = json.loads(Record("a", "k", "?", ("x",)).to_json())
    del old["answerable"], old["source"]
    assert Record.from_json(json.dumps(old)).answerable
    assert not Record.from_json(json.dumps({**old, "relevant": []})).answerable


def ranked(key: str, kind: str, ranking: str, **scores: float) -> Record:
    retrieved = tuple((paper, 1.0) for paper in ranking)
    return Record(
        key, kind, "?", ("a", "b"), retrieved, answer={"status": "answered"}, scores=scores
    )


def test_the_table_by_kind_counts_recall_of_the_most_that_k_could_hold():
    many = tuple("abcdefghijkl")
    report = Report("r", [
        ranked("1", "fact", "cab", RR=0.5, facts=1.0, words=10.0),
        ranked("2", "fact", "c", RR=0.0, facts=0.0, words=20.0),
        replace(ranked("3", "list", "abcde", RR=1.0), relevant=many),
        replace(ranked("4", "unanswerable", "abcde"), relevant=(), answerable=False),
        replace(ranked("5", "robustness/typos", "c"), relevant=("a",)),
    ])  # fmt: skip
    report.records[1] = replace(report.records[1], answer={"status": "refused"})
    fact, listed, every = kinds(report)[3:]
    assert fact == "| fact | 2 | 0.500 | 0.500 | 0.250 |  | 0.500 | 15 | 1 |"
    assert listed == "| list | 1 | 1.000 | 0.500 | 1.000 |  |  |  | 0 |"
    assert every.startswith("| all | 3 | 0.667 | 0.500 | 0.500 |")
    assert kinds(Report("r", report.records[:2])) == []
    assert kinds(report)[1].startswith("| kind | n |") and "| kind |" in summary(report)
