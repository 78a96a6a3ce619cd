"""`dativo asset upgrade`: a contract file of an older dialect, written anew in the standard."""

import shutil
import tempfile
from pathlib import Path

import click

from dativo_core.cli.failure import debug_option
from dativo_core.cli.findings import finding_counts, finding_lines
from dativo_core.errors import ConfigError


@click.command(epilog="Example: dativo asset upgrade assets/csv/v1.0/orders.yaml --in-place")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--in-place", is_flag=True, help="Replace the file.")
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file [default: standard output].")
@debug_option
def upgrade(file: Path, in_place: bool, output: Path | None) -> None:
    """Write the contract FILE in ODCS v3.0.2, the Open Data Contract Standard.

    Reads the flat dialect and its nested form 'asset:'. Nothing is lost, comments included: what the standard has no
    place for becomes custom properties. What cannot be said at all is an error, and nothing is written. A file that is in
    the standard stays as it is.
    """
    if in_place and output is not None:
        message = "--in-place and --output exclude each other"
        raise click.UsageError(message)
    content = _read(file)
    new = _upgraded(file, content)
    told = "is in the standard already" if new == content else "is now in ODCS v3.0.2"
    target = file if in_place else output
    if target is None:
        click.echo(new, nl=False)
    elif new != content or target != file:
        _write(target, new, file)
    click.echo(f"{file} {told}" + ("" if output is None else f": {output}"), err=True)


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


def _write(target: Path, content: bytes, like: Path) -> None:
    """Replace a file as a whole or not at all; a new one gets the permissions of the file `like`."""
    place = target.resolve()
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as stream:
            temporary = Path(stream.name)
            stream.write(content)
        shutil.copymode(place if place.exists() else like, temporary)
        temporary.replace(place)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        message = f"{target} cannot be written: {error.strerror}"
        raise ConfigError(message, hint="Check the directory and its permissions") from error
