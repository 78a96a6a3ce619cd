"""`dativo asset upgrade`: contract files of an older dialect, written anew in the standard."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import click

from dativo_core.cli.failure import FAILURE, PARTIAL, SUCCESS, attempt, debug_option, safe, show_error
from dativo_core.cli.findings import finding_counts, finding_lines, plural
from dativo_core.cli.replace_file import replace_file
from dativo_core.errors import ConfigError, DativoError


class _Fate(StrEnum):
    """What became of a file, in words that follow its name or a number of files."""

    NEW = "now in ODCS v3.0.2"
    OLD = "not in the standard yet"
    SAME = "in the standard already"
    EMPTY = "empty, left as it is"
    DANGLING = "a link to nothing, left as it is"
    IMPOSSIBLE = "left as before, with errors"


@click.command(epilog="Example: dativo asset upgrade assets --in-place")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--in-place", is_flag=True, help="Replace the files.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a file is not in the standard yet.")
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file [default: standard output].")
@debug_option
@click.pass_context
def upgrade(context: click.Context, files: tuple[Path, ...], in_place: bool, check: bool, output: Path | None) -> None:
    """Write contract FILES in ODCS v3.0.2, the Open Data Contract Standard; a directory stands for all YAML files in it.

    Reads the flat dialect and its nested form 'asset:'. Nothing is lost, comments included: what the standard has no
    place for becomes custom properties. A file that is in the standard stays as it is, and so does one of which
    something cannot be said at all: that is an error, and the other files are written all the same. Empty files, and
    links to nothing in a directory, are left as they are.

    Exits with 2 when a file has errors.
    """
    if in_place + check + (output is not None) > 1:
        message = "--in-place, --check and --output exclude each other"
        raise click.UsageError(message)
    found = _listed(files)
    is_alone = len(files) == 1 and not files[0].is_dir()
    if not is_alone and not in_place and not check:
        message = "several files need --in-place or --check"
        raise click.UsageError(message)
    fates = [_fate(file, file if in_place else output, is_written=not check, is_named=file in files) for file in found]
    if not is_alone:
        counts = Counter(fates)
        told = ", ".join(f"{counts[fate]} {fate}" for fate in _Fate if counts[fate])
        click.echo(f"{plural(len(found), 'file')}: {told}", err=True)
    context.exit(FAILURE if _Fate.IMPOSSIBLE in fates else PARTIAL if _Fate.OLD in fates else SUCCESS)


def _listed(given: Sequence[Path]) -> list[Path]:
    """Return the files that are named or lie in a directory that is, each once. Raises ConfigError when there are none."""
    from dativo_core.workspace.load import yaml_files

    found: dict[Path, Path] = {}
    for path in given:
        files = yaml_files(path) if path.is_dir() else (path,)
        if not files:
            message = f"there is no YAML file in {path}"
            raise ConfigError(message, hint="Give contract files, or a directory such as assets")
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _fate(file: Path, target: Path | None, *, is_written: bool, is_named: bool) -> _Fate:
    """Upgrade one file and report it on stderr; what its text goes to is standard output when `target` is None."""
    fate = attempt(lambda: _upgrade(file, target, is_written=is_written, is_named=is_named))
    if isinstance(fate, DativoError):
        show_error(fate)
        return _Fate.IMPOSSIBLE
    is_kept = fate in {_Fate.EMPTY, _Fate.DANGLING}
    elsewhere = f": {target}" if is_written and not is_kept and target not in (None, file) else ""
    click.echo(safe(f"{file} is {fate}{elsewhere}"), err=True)
    return fate


def _upgrade(file: Path, target: Path | None, *, is_written: bool, is_named: bool) -> _Fate:
    if not is_named and file.is_symlink() and not file.exists():
        return _Fate.DANGLING
    content = _read(file)
    if _is_empty(file, content):
        return _Fate.EMPTY
    new = _upgraded(file, content)
    if not is_written:
        return _Fate.SAME if new == content else _Fate.OLD
    if target is None:
        click.echo(new, nl=False)
    elif new != content or target != file:
        replace_file(target, new, file)
    return _Fate.SAME if new == content else _Fate.NEW


def _is_empty(file: Path, content: bytes) -> bool:
    from dativo_core.workspace.read_yaml import parse_document

    return [each.code for each in parse_document(str(file), content).findings] == ["yaml-empty"]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise ConfigError(message, hint="Give the path of a contract file") from error


def _upgraded(file: Path, content: bytes) -> bytes:
    from dativo_core.odcs.upgrade import upgraded

    result = upgraded(str(file), content)
    if result.content is None:
        message = f"{file} cannot be written in the standard: {finding_counts(result.findings)}"
        raise ConfigError(message, hint="\n".join(["correct these:", *finding_lines(result.findings)]))
    return result.content
