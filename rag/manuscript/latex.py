"""LaTeX; pylatexenc tells macros, groups, comments and formulas apart.

An unknown macro's groups are read as text, so that what an author's own macros hold is not lost.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.errors import CorpusError
from rag.manuscript.document import BlockBuilder, Mark, Parsed, Reference, SourceText
from rag.manuscript.references import described

# It warns of what it does not know; what it makes of it is enough.
logging.getLogger("pylatexenc").addHandler(logging.NullHandler())

_NARRATIVE = frozenset(
    "citet Citet textcite Textcite citeauthor Citeauthor newcite shortciteN citeN".split()
)
_PARENTHETICAL = frozenset(
    "cite Cite citep Citep citealt Citealt citealp Citealp parencite Parencite autocite Autocite "
    "footcite footcitetext smartcite Smartcite supercite fullcite footfullcite citeyearpar "
    "citeyear onlinecite shortcite upcite".split()
)
_SEVERAL = frozenset(
    "cites parencites autocites textcites footcites smartcites supercites Cites Parencites "
    "Autocites Textcites".split()
)
"""biblatex's, with any number of groups of keys."""
_SILENT = {
    name: spec
    for spec, names in {
        "*[{": "label ref eqref pageref autoref cref Cref nameref vref hyperref includegraphics "
        "bibliographystyle usepackage documentclass vspace hspace thanks author title date index "
        "graphicspath hypersetup pagestyle thispagestyle todo nocite input include subfile "
        "bibliography addbibresource newtheorem geometry linespread phantom glsadd",
        "*[{{": "setlength addtolength setcounter addtocounter",
        "*{[[{": "newcommand renewcommand providecommand DeclareMathOperator",
        "*{[[{{": "newenvironment renewenvironment",
    }.items()
    for name in names.split()
}
"""Macros whose arguments are no text, with what arguments they take."""
_HEADINGS = frozenset(
    "part chapter section subsection subsubsection paragraph subparagraph".split()
)
_NO_TEXT = frozenset("tikzpicture pgfpicture algorithm algorithmic algorithm2e CCSXML".split())
_TABLES = frozenset("tabular tabular* tabularx longtable array".split())
_LITERAL = re.compile(
    r"\\begin\{(verbatim\*?|Verbatim|lstlisting|minted|comment)\}.*?\\end\{\1\}"
    r"|\\iffalse\b.*?\\fi\b",
    re.DOTALL,
)
_DEFINED = re.compile(
    r"\\(?:(?:re)?newcommand\*?\s*\{?|def\s*)\\([A-Za-z]+)\}?\s*\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_STOP = re.compile(r"\.\s*(?:\\label\{[^}]*\}\s*)?(?:\\end\{[^}]*\}|\\\]|\$\$)$")
_MORE_KEYS = re.compile(r"\s*(?:\[[^\]]*\]\s*)*")


def read_latex(source: SourceText, folder: Path | None) -> Parsed:
    """A LaTeX file with the files that it inputs, from its folder and below.

    Raises `CorpusError` where braces are nested beyond all measure.
    """
    parsed = Parsed()
    reader = _Reader(parsed, folder, dict(_DEFINED.findall(source.text)))
    try:
        reader.read(source)
    except RecursionError:
        told = f"{source.name} is nested too deeply to be read; check its braces."
        raise CorpusError(told) from None
    parsed.blocks.sort(key=lambda block: (parsed.files.index(block.source), block.starts[0]))
    return parsed


class _Reader:
    """Goes through the nodes of a file, and of those that it inputs."""

    def __init__(self, parsed: Parsed, folder: Path | None, macros: dict[str, str]) -> None:
        self._parsed = parsed
        self._folder = folder
        self._macros = macros

    def read(self, source: SourceText) -> None:
        """Adds what a file holds to what was parsed."""
        from pylatexenc.latexwalker import LatexWalker

        self._parsed.files.append(source)
        text = _LITERAL.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source.text)
        nodes, _, _ = LatexWalker(text, latex_context=_context()).get_latex_nodes()
        self._named(nodes)
        bodies = [n.nodelist for n in nodes if _environment(n) == "document"]
        self._stream(source, bodies[0] if bodies else nodes)

    def _named(self, nodes: Sequence[Any]) -> None:
        """The bibliographies that a preamble names."""
        for node in nodes:
            if getattr(node, "macroname", "") == "addbibresource":
                self._parsed.bibliographies.append(_argument(node))

    def _stream(self, source: SourceText, nodes: Sequence[Any]) -> None:
        """Nodes that are read apart from what stands around them: a footnote, a caption."""
        builder = BlockBuilder(source)
        self._walk(source, builder, nodes)
        self._end(builder)

    def _end(self, builder: BlockBuilder) -> None:
        if block := builder.take():
            self._parsed.blocks.append(block)

    def _walk(
        self,
        source: SourceText,
        builder: BlockBuilder,
        nodes: Sequence[Any],
        *,
        cells: bool = False,
    ) -> None:
        done = 0
        for number, node in enumerate(nodes):
            if number < done or node is None:
                continue
            kind = type(node).__name__
            if kind == "LatexCharsNode":
                self._chars(builder, node)
            elif kind == "LatexMacroNode" and node.macroname in _SEVERAL:
                done = self._cite_several(source, builder, nodes, number)
            elif kind == "LatexMacroNode":
                self._macro(source, builder, node, cells)
            elif kind == "LatexGroupNode":
                self._walk(source, builder, node.nodelist, cells=cells)
            elif kind == "LatexEnvironmentNode":
                self._in_environment(source, builder, node)
            else:
                self._sign(builder, node, kind, cells)

    def _sign(self, builder: BlockBuilder, node: Any, kind: str, cells: bool) -> None:
        """A sign such as ~ or &, or a formula; a comment is nothing."""
        if kind == "LatexSpecialsNode" and node.specials_chars == "&" and cells:
            self._end(builder)
        elif kind == "LatexMathNode" and node.displaytype == "display":
            self._formula(builder, node)
        elif kind in ("LatexSpecialsNode", "LatexMathNode"):
            builder.add(_plain(node), node.pos, node.pos + node.len)

    def _chars(self, builder: BlockBuilder, node: Any) -> None:
        """Text; an empty line ends a paragraph."""
        at = node.pos
        for part in re.split(r"(\n\s*\n)", node.chars):
            if part.strip() or not part.count("\n") > 1:
                builder.add(part, at)
            else:
                self._end(builder)
            at += len(part)

    def _macro(self, source: SourceText, builder: BlockBuilder, node: Any, cells: bool) -> None:
        name, end = node.macroname, node.pos + node.len
        if name in _NARRATIVE or name in _PARENTHETICAL:
            builder.cite(Mark(_keys(_argument(node)), name in _NARRATIVE), node.pos, end)
        elif name in ("input", "include", "subfile"):
            self._end(builder)
            self._input(_argument(node))
        elif name in ("bibliography", "addbibresource"):
            self._parsed.bibliographies += _keys(_argument(node))
        elif name in ("footnote", "footnotetext", "caption"):
            self._stream(source, _arguments(node)[-1:])
        elif name in _HEADINGS:
            self._end(builder)
            self._stream(source, _arguments(node)[-1:])
        elif name in ("item", "par") or (name == "\\" and cells):
            self._end(builder)
        elif name in self._macros:
            from pylatexenc.latex2text import LatexNodes2Text

            body = self._macros[name]
            spaced = " " * (bool(node.macro_post_space) and body.endswith(r"\xspace"))
            builder.add(LatexNodes2Text().latex_to_text(body) + spaced, node.pos, end)
        elif name not in _SILENT:
            arguments = _arguments(node)
            if arguments and name.isalpha() and len(name) > 1:
                self._walk(source, builder, arguments[-1:], cells=cells)
            else:
                builder.add(_plain(node) or " " * (name == "\\"), node.pos, end)
            builder.add(" " * bool(node.macro_post_space), end - 1, end)

    def _cite_several(
        self, source: SourceText, builder: BlockBuilder, nodes: Sequence[Any], number: int
    ) -> int:
        """A citation of several groups of keys; the number of the node after it."""
        keys: list[str] = []
        first, at = nodes[number], number + 1
        while at < len(nodes):
            node = nodes[at]
            kind = type(node).__name__
            if kind == "LatexGroupNode":
                keys += _keys(node.latex_verbatim()[1:-1])
            elif kind != "LatexCharsNode" or not _MORE_KEYS.fullmatch(node.chars):
                break
            at += 1
        last = nodes[at - 1]
        narrative = first.macroname.lower() == "textcites"
        builder.cite(Mark(tuple(keys), narrative), first.pos, last.pos + last.len)
        return at

    def _in_environment(self, source: SourceText, builder: BlockBuilder, node: Any) -> None:
        name = node.environmentname
        if name == "thebibliography":
            self._parsed.references |= {ref.key: ref for ref in _items(source, node.nodelist)}
        elif _is_formula(node):
            self._formula(builder, node)
        elif name.rstrip("*") in ("figure", "table", "wrapfigure", "sidewaystable"):
            self._stream(source, node.nodelist)
        elif name.rstrip("*") not in _NO_TEXT:
            self._end(builder)
            self._walk(source, builder, node.nodelist, cells=name in _TABLES)
            self._end(builder)

    def _formula(self, builder: BlockBuilder, node: Any) -> None:
        """A displayed formula is left out; one with a full stop ends its sentence."""
        stop = "." * bool(_STOP.search(node.latex_verbatim()))
        builder.add(f"{stop} ", node.pos, node.pos + node.len)

    def _input(self, name: str) -> None:
        """A file beside the first one; nothing from elsewhere is read."""
        if self._folder is None:
            return
        root = self._folder.resolve()
        path = (root / (name if Path(name).suffix else f"{name}.tex")).resolve()
        shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
        if not shown or not path.is_file():
            self._parsed.notes.append(f"{name} is not beside the manuscript; it was left out.")
        elif all(file.name != str(self._folder / shown) for file in self._parsed.files):
            text = path.read_text("utf-8", errors="replace")
            self.read(SourceText(str(self._folder / shown), text))


@lru_cache(maxsize=1)
def _context() -> Any:
    """What pylatexenc knows of macros, and what citations and silent macros take."""
    from pylatexenc.latexwalker import get_default_latex_context_db
    from pylatexenc.macrospec import EnvironmentSpec, MacroSpec

    context = get_default_latex_context_db()
    cites = [MacroSpec(name, "*[[{") for name in sorted(_NARRATIVE | _PARENTHETICAL)]
    silent = [MacroSpec(name, spec) for name, spec in _SILENT.items()]
    others = [
        MacroSpec(name, spec)
        for name, spec in {
            "bibitem": "[{", "caption": "*[{", "href": "{{", "paragraph": "*[{",
            "subparagraph": "*[{", "footnotetext": "[{", "parbox": "[{{",
            "colorbox": "[{{", "resizebox": "*{{{", "multirow": "[{[{{", "multicolumn": "{{{",
            **dict.fromkeys(_SEVERAL, ""),
        }.items()
    ]  # fmt: skip
    environments = [EnvironmentSpec("thebibliography", "{"), EnvironmentSpec("tabularx", "{{")]
    context.add_context_category(
        "citations", macros=[*cites, *silent, *others], environments=environments, prepend=True
    )
    return context


def _arguments(node: Any) -> list[Any]:
    given = node.nodeargd.argnlist if node.nodeargd else ()
    return [argument for argument in given or () if argument is not None]


def _argument(node: Any) -> str:
    """The last argument as it is written, without its braces."""
    arguments = _arguments(node)
    return arguments[-1].latex_verbatim().strip("{}").strip() if arguments else ""


def _keys(text: str) -> tuple[str, ...]:
    keys = (re.sub(r"%.*\n|\s", "", key) for key in text.split(","))
    return tuple(key for key in keys if key)


def _environment(node: Any) -> str:
    return getattr(node, "environmentname", "")


def _is_formula(node: Any) -> bool:
    from pylatexenc.latexwalker import get_default_latex_context_db

    spec = get_default_latex_context_db().get_environment_spec(node.environmentname)
    return bool(spec and spec.is_math_mode)


def _plain(node: Any) -> str:
    """A formula, a sign or an accent as text."""
    from pylatexenc.latex2text import LatexNodes2Text

    return str(LatexNodes2Text(math_mode="text").nodelist_to_text([node]))


def _items(source: SourceText, nodes: Sequence[Any]) -> Iterator[Reference]:
    """The entries of a `thebibliography`."""
    key, builder = "", BlockBuilder(source)
    for node in [*nodes, None]:
        if node is None or getattr(node, "macroname", "") == "bibitem":
            block = builder.take()
            if key and block:
                yield described(key, " ".join(block.text.split()))
            key = _argument(node) if node is not None else ""
        else:
            builder.add(_plain(node), node.pos, node.pos + node.len)
