"""The reference pages, written from the code: `python -m tests.reference` (or `make reference`).

`docs/commands.md` is what every command says of itself with `--help`. `docs/settings.md` and
`.env.example` are made of the texts below the fields of `rag.settings.Settings` and
`ui.settings.UISettings`, under the headings (`# -- … ---`) that stand between the fields.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings
from typer import Typer
from typer.main import get_command
from typer.testing import CliRunner

from eval.__main__ import app as evaluation
from rag.cli.app import app
from rag.settings import Settings
from tests import ROOT
from ui.__main__ import app as page
from ui.settings import UISettings

PROGRAMS: dict[str, Typer] = {"rag": app, "rag-ui": page, "rag-eval": evaluation}
WIDTH = 96
"""Columns of a help text."""
_HEADING = re.compile(r"^    # -- (.+?) -+$", re.MULTILINE)
_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
_OBVIOUS = ("text", "path", "true or false")
"""What need not be said beside a variable that stands there with its default."""
_BOUNDS = {"ge": "at least {}", "gt": "more than {}", "le": "at most {}"}
_NOTICE = "<!-- Written by `make reference`; change {} instead. -->"


class Setting(NamedTuple):
    """A setting as the pages show it."""

    group: str
    name: str
    """Its keyword in Python."""
    variable: str
    kind: str
    """Which values it takes."""
    default: str
    """As it is typed in a variable; "" where there is none, or where it depends on the machine."""
    text: str
    """What it does, on one line; other settings by their keywords, in backticks."""


# -- settings --------------------------------------------------------------------------------------


def settings() -> list[Setting]:
    """Every setting, in the order and under the headings of the code."""
    return [*_settings_of(Settings), *_settings_of(UISettings)]


def _settings_of(model: type[BaseSettings]) -> Iterator[Setting]:
    source = inspect.getsource(model)
    headings = [(source.count("\n", 0, m.start()) + 1, m[1]) for m in _HEADING.finditer(source)]
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.ClassDef)
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        name = field.target.id
        assert isinstance(text, ast.Expr), f"the setting {name} has no text"
        *_, group = (heading for line, heading in headings if line < field.lineno)
        info = model.model_fields[name]
        prefix = model.model_config.get("env_prefix", "")
        yield Setting(
            group, name, str(info.validation_alias or prefix + name).upper(), _kind(info),
            _default(info), " ".join(str(ast.literal_eval(text.value)).split()),
        )  # fmt: skip


def _kind(info: FieldInfo) -> str:
    """Which values a setting takes, in words."""
    members = [part for part in _union(info.annotation) if part is not types.NoneType]
    if get_origin(members[0]) is Literal:
        return ", ".join(str(value) for value in get_args(members[0]) if value != "")
    if members[0] is SecretStr:
        return "text, never shown"
    bounds = {
        key: getattr(bound, key)
        for bound in info.metadata
        for key in _BOUNDS
        if hasattr(bound, key)
    }
    if {"ge", "le"} <= set(bounds):
        limits = [f"{bounds['ge']} to {bounds['le']}"]
    else:
        limits = [_BOUNDS[key].format(value) for key, value in bounds.items()]
    return ", ".join([_KINDS[members[0]], *limits])


def _union(annotation: Any) -> tuple[Any, ...]:
    is_union = get_origin(annotation) in (Union, types.UnionType)
    return get_args(annotation) if is_union else (annotation,)


def _default(info: FieldInfo) -> str:
    if info.default_factory is not None or info.default is None:
        return ""
    if isinstance(info.default, SecretStr):
        return info.default.get_secret_value()
    return str(info.default).lower() if isinstance(info.default, bool) else str(info.default)


def _with_variables(text: str, form: str = "`{}`") -> str:
    """A text that names other settings as variables, not as keywords."""
    variables = {setting.name: setting.variable for setting in settings()}
    for name, variable in variables.items():
        text = text.replace(f"`{name}`", form.format(variable))
    return text


def settings_page() -> str:
    """`docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        _NOTICE.format("the texts in rag/settings.py and ui/settings.py"),
        "",
        "Each is an environment variable, a line of a file `.env` in the folder where a command",
        "runs ([.env.example](../.env.example) is one to copy), or a keyword of `Assistant`: the",
        "variable in small letters, without `RAG_`. Keywords win over the environment, which wins",
        "over `.env`, which wins over the defaults. An empty variable is as if not given. A wrong",
        "value is told in one sentence, before anything is done. What the page alone reads is no",
        "keyword.",
    ]
    group = ""
    for setting in settings():
        if setting.group != group:
            group = setting.group
            lines += ["", f"## {group.capitalize()}", "", "| variable | default | takes | |"]
            lines += ["|---|---|---|---|"]
        default = f"`{setting.default}`" if setting.default else ""
        text = _with_variables(setting.text)
        lines.append(f"| `{setting.variable}` | {default} | {setting.kind} | {text} |")
    return "\n".join(lines) + "\n"


def env_example() -> str:
    """`.env.example`: every variable with its default, its text as a comment."""
    lines = [
        "# Copy to .env and change what you need; every line is optional.",
        "# Keyword arguments in Python win over environment variables, which win over this file.",
        "# Written by `make reference` from rag/settings.py and ui/settings.py.",
    ]
    group = ""
    for setting in settings():
        if setting.group != group:
            group = setting.group
            lines += ["", f"# --- {group.capitalize()} ---"]
        text = _with_variables(setting.text, "{}")
        if setting.kind.partition(",")[0] not in _OBVIOUS:
            text += f" Takes: {setting.kind}."
        lines += textwrap.wrap(
            text, 98, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
        )
        lines.append(f"{setting.variable}={setting.default}")
    return "\n".join(lines) + "\n"


# -- commands --------------------------------------------------------------------------------------


def commands_page() -> str:
    """`docs/commands.md`: what each command says with `--help`."""
    lines = [
        "# Commands",
        "",
        _NOTICE.format("the commands' docstrings"),
        "",
        "What `--help` says of each. Exit codes: 0 answered, 3 refused (or a check's findings),",
        "2 wrong usage, 1 error. Standard output is the result, standard error is the talk.",
    ]
    for program, typer in PROGRAMS.items():
        for words in _commands(get_command(typer)):
            title = " ".join([program, *words])
            run = CliRunner().invoke(
                typer, [*words, "--help"], prog_name=program,
                terminal_width=WIDTH, max_content_width=WIDTH,
            )  # fmt: skip
            assert run.exit_code == 0, f"{title} --help: {run.output}"
            help_text = "\n".join(line.rstrip() for line in run.output.strip().splitlines())
            lines += ["", f"{'##' if not words else '###'} {title}", "", "```", help_text, "```"]
    return "\n".join(lines) + "\n"


def _commands(command: Any, *words: str) -> Iterator[tuple[str, ...]]:
    """The words of a command and of those below it."""
    yield words
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, *words, name)


PAGES: dict[str, Callable[[], str]] = {
    "docs/commands.md": commands_page,
    "docs/settings.md": settings_page,
    ".env.example": env_example,
}


def main() -> None:
    """Write the pages."""
    for name, text in PAGES.items():
        (ROOT / name).write_text(text(), encoding="utf-8")
        print(f"{name} is written")


if __name__ == "__main__":
    main()
