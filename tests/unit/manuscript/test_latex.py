"""LaTeX as it reads: citations, comments, floats, files beside it, bibliographies."""

import pytest

from rag.errors import CorpusError
from tests.unit.manuscript import cited, read, written

BIB = "@article{a, title={Alpha: The Best Method}, author={Lee, Ann}, year=2020}\n"
LIST = r"""
\begin{thebibliography}{9}
\bibitem{a} A. Lee. \emph{Alpha: The Best Method}. Journal, 2020. doi:10.1234/abc.5.
\bibitem[Kim(2021)]{b} Kim. Beta. arXiv:2101.12345, 2021.
\end{thebibliography}"""


@pytest.mark.parametrize(
    ("latex", "text", "keys"),
    [
        (r"It saves 30\% of na\"{\i}ve memory~\cite{a}.", "It saves 30% of naïve memory.", "a"),
        (r"It is \emph{so} fast \citep[see][p.~3]{a,b}.", "It is so fast.", "a b"),
        (r"It was \textcolor{red}{very} fast \autocite*{a}.", "It was very fast.", "a"),
        (r"\citet{a} show that it works.", "show that it works.", "a"),
        (r"It was known (e.g., \cite{a}; see \cite{b}).", "It was known.", "a b"),
        (r"It \autocites[see][3]{a}[4]{b} does more.", "It does more.", "a b"),
        (r"Up to $2.61\times$ of $\mu$ here \cite{a}.", "Up to 2.61× of μ here.", "a"),
        ("One broken\nover lines~\\cite{%\n  a,\n  b}.", "One broken over lines.", "a b"),
        (r"Unknown \mymacro{words} are kept \cite{a}.", "Unknown words are kept.", "a"),
        (r"A \textbf{bold ``claim''}---so it is \cite{a}.", "A bold “claim”—so it is.", "a"),
        (r"\newcommand{\tool}{FooNet\xspace}\tool is fast \cite{a}.", "FooNet is fast.", "a"),
    ],
)  # fmt: skip
def test_a_sentence_reads_as_it_is_printed(latex, text, keys):
    assert cited(read(latex + LIST)) == [(text, tuple(keys.split()))]


@pytest.mark.parametrize(
    "latex",
    [
        "% It is said that this is so \\cite{b}.\n",
        "\\begin{verbatim}\nIt is said so \\cite{b}.\n\\end{verbatim}\n",
        "\\begin{lstlisting}\nIt is } said so \\cite{b}.\n\\end{lstlisting}\n",
        "\\begin{comment}It is said so \\cite{b}.\\end{comment}\n",
        "\\iffalse It is said so \\cite{b}. \\fi\n",
        "\\nocite{b}\\todo{It is said so \\cite{b}.}\n",
    ],
)
def test_what_is_not_printed_is_not_read(latex):
    assert cited(read(rf"{latex}This is so indeed \cite{{a}}." + LIST)) == [
        ("This is so indeed.", ("a",))
    ]


def test_floats_notes_headings_items_and_cells_are_read_by_themselves():
    manuscript = read(
        r"""\section{Results that were had \cite{a}}
Devices deserve a word.\footnote{Even small ones will do~\cite{a}.} They are small.
\begin{figure}\includegraphics{x}\caption{Speed of the method~\cite{b}.}\end{figure}
\begin{itemize}
\item One thing is said \cite{a}
\item Another thing is said \cite{b}
\end{itemize}
\begin{tabular}{ll} The model is fast \cite{a} & slow \cite{b} \\ \end{tabular}"""
        + LIST
    )
    assert cited(manuscript) == [
        ("Results that were had", ("a",)),
        ("Even small ones will do.", ("a",)),
        ("Speed of the method.", ("b",)),
        ("One thing is said", ("a",)),
        ("Another thing is said", ("b",)),
        ("The model is fast", ("a",)),
    ]


def test_a_formula_that_ends_its_sentence_ends_it():
    formula = r"\begin{equation} x = y . \label{eq:x} \end{equation}"
    text = rf"We write this as {formula} It was seen \cite{{a}}."
    assert cited(read(text + LIST))[0][0] == "It was seen."
    text = r"We write this as \[ x = y , \] which was seen \cite{a}."
    assert cited(read(text + LIST))[0][0] == "We write this as which was seen."


def test_places_are_those_of_the_source():
    text = (
        "\\section{One}\nNothing. It saves 30\\%~\\cite{a}. More.\n\nIt is\nso, too \\cite{b}."
        + LIST
    )
    manuscript = read(text)
    assert written(manuscript) == ["It saves 30\\%~\\cite{a}.", "It is\nso, too \\cite{b}."]
    first, second = (one.place for one in manuscript.sentences)
    assert first[3:] == (2, 10, 2, 33)
    assert second[3:] == (4, 1, 5, 18)


def test_files_beside_it_are_read_and_no_others(tmp_path):
    folder = tmp_path / "paper"
    (folder / "parts").mkdir(parents=True)
    (tmp_path / "secret.tex").write_text(r"It is very secret \cite{a}.")
    (folder / "refs.bib").write_text(BIB)
    (folder / "parts/one.tex").write_text(r"The part says so \cite{a}. \input{main}")
    (folder / "main.tex").write_text(
        "\\documentclass{article}\\addbibresource{refs.bib}\\begin{document}\n"
        "It is said first \\cite{a}.\n\\input{parts/one}\\include{../secret}\\input{gone}\n"
        "It is said last \\cite{a}.\n\\end{document} It is after all \\cite{a}."
    )
    manuscript = read(folder / "main.tex")
    assert [(one.text, one.place.file) for one in manuscript.sentences] == [
        ("It is said first.", str(folder / "main.tex")),
        ("It is said last.", str(folder / "main.tex")),
        ("The part says so.", str(folder / "parts/one.tex")),
    ]
    assert manuscript.references["a"].title == "Alpha: The Best Method"
    assert [note.split()[0] for note in manuscript.notes] == ["../secret", "gone"]


def test_a_bibliography_in_the_manuscript_gives_its_identifiers():
    references = read(r"It is said so \cite{a}." + LIST).references
    assert (references["a"].doi, references["a"].year) == ("10.1234/abc.5", 2020)
    assert references["b"].arxiv_id == "2101.12345"
    assert references["a"].text.startswith("A. Lee. Alpha: The Best Method.")


def test_braces_without_end_are_told_in_a_sentence():
    with pytest.raises(CorpusError, match="nested too deeply"):
        read("{" * 5000 + r"\cite{a} x")
