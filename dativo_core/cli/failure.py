"""How the command line fails: expected errors in words, bugs in one line, a traceback only on demand."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import TypeVar

import click

from dativo_core.errors import DativoError
from dativo_core.telemetry.escape import escape_block, escape_line
from dativo_core.telemetry.redact import clean_traceback, redact

SUCCESS, PARTIAL, FAILURE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes; 130 is the shells' own for Ctrl-C."""

_DEBUG = "dativo.debug"
_JSON = "dativo.json"
_Result = TypeVar("_Result")
_Command = TypeVar("_Command", bound=Callable[..., object])


def require_command(context: click.Context) -> None:
    """Show the help of a group, and fail, unless one of its commands was given."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
        context.exit(FAILURE)


def debug_option(command: _Command) -> _Command:
    """Add `--debug` to a command or group; wherever it is given, it holds for the whole call."""
    return click.option(
        "--debug", is_flag=True, expose_value=False, callback=_set_debug, help="Show tracebacks of failures."
    )(command)


def json_option(help_text: str) -> Callable[[_Command], _Command]:
    """Return a decorator that adds `--json` to a command; an error that ends the command is then JSON too."""
    # First of all options, so that it is known when another has a wrong value.
    return click.option("--json", "as_json", is_flag=True, is_eager=True, callback=_set_json, help=help_text)


def show_errors_as_json() -> None:
    """Let an error that ends the command be JSON too, as `--json` does."""
    click.get_current_context().meta[_JSON] = True


def is_coloured() -> bool:
    """Return whether what is printed may have colours: on a terminal that knows them, unless NO_COLOR says otherwise."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def attempt(action: Callable[[], _Result]) -> _Result | DativoError:
    """Return what `action` returns, or the error it ended with; a bug becomes an error that says so.

    The only place that takes every exception: one job's bug must not stop the other jobs, and no user reads tracebacks.
    """
    try:
        return action()
    except DativoError as error:
        return error
    except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except Exception as bug:
        message = f"this is a bug in Dativo: {type(bug).__name__}: {bug}"
        wrapped = DativoError(message, hint="Run again with --debug and report the traceback")
        wrapped.__cause__ = bug
        return wrapped


def show_error(error: DativoError) -> None:
    """Print an error and its remedy on stderr, with its traceback under `--debug`, and as JSON on stdout if asked for."""
    echo_if_json(error.exit_code, error.message, error.hint)
    for line in error_lines(error):
        click.echo(line, err=True)
    if debugging():
        click.echo(clean_traceback("".join(traceback.format_exception(error)).rstrip()), err=True)


def echo_if_json(exit_code: int, message: str, hint: str) -> None:
    """Print what ended a command as JSON on stdout, if JSON was asked for."""
    if click.get_current_context().meta.get(_JSON):
        told = {"message": safe(message), "hint": redact(hint)}
        click.echo(json.dumps({"exit_code": exit_code, "error": told}, indent=2))


def debugging() -> bool:
    """Return whether `--debug` was given."""
    return bool(click.get_current_context().meta.get(_DEBUG))


def error_lines(error: DativoError) -> list[str]:
    """Return an error as lines for a person: what happened, then `fix:` and the remedy."""
    lines = [f"error: {safe(error.message)}"]
    return [*lines, f"  fix: {escape_block(redact(error.hint))}"] if error.hint else lines


def safe(text: str) -> str:
    """Return `text` as one line without secrets and control characters."""
    return escape_line(redact(text))


def _set_debug(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    context.meta[_DEBUG] = value or context.meta.get(_DEBUG, False)


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    context.meta[_JSON] = value
    return value
