"""The files that `dativo init` writes, as texts by their paths; and writing them without touching what is there."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from dativo_core.errors import ConfigError
from dativo_core.model.names import slug

SOURCE, TARGET = "connectors/sources/csv.yaml", "connectors/targets/iceberg.yaml"
_SHIPPED = resources.files("dativo_core") / "shipped"
_ROWS = """\
order_id,placed_on,amount,state
1001,2024-01-05,19.90,sent
1002,2024-01-05,240.00,paid
1003,2024-01-06,7.50,open
"""
_IGNORED = """\
# The local lake, and what no repository may hold
.dativo/
secrets/
.env
"""


_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


class _Template(Template):
    """Text with `%{name}` in it, since configuration files are full of dollar signs."""

    delimiter = "%"


def contract_path(name: str) -> str:
    """Return where the contract of an object lies."""
    return f"assets/csv/v1.0/{name}.yaml"


def job_path(tenant: str, name: str) -> str:
    """Return where a tenant's job lies."""
    return f"jobs/{tenant}/{name}.yaml"


def rows_path(tenant: str, name: str) -> str:
    """Return where the file lies that a new job loads."""
    return f"data/{tenant}/{name}/first.csv"


def workspace_files(tenant: str, name: str) -> dict[str, str]:
    """Return all files of a workspace with one job that loads one small file."""
    return {".gitignore": _IGNORED, **job_files(tenant, name)}


def job_files(tenant: str, name: str) -> dict[str, str]:
    """Return a job and everything it needs: schemas for editors, recipes, a contract and a small file to load."""
    job = _filled("job.yaml", job_path(tenant, name), "job-config.schema.json", tenant=tenant, name=name)
    return {
        **contract_files(name),
        SOURCE: _filled("source.yaml", SOURCE, "connectors.schema.json"),
        TARGET: _filled("target.yaml", TARGET, "connectors.schema.json"),
        rows_path(tenant, name): _ROWS,
        job_path(tenant, name): job,
    }


def contract_files(name: str, columns: Sequence[str] = ()) -> dict[str, str]:
    """Return a contract and the schemas: of the given columns, all texts until somebody says more, or of sample columns.

    The contract's id follows from its name, so that two calls write the same. ConfigError when two columns would have
    one name.
    """
    path = contract_path(name)
    names = {
        "name": name,
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:dativo:contract:{name}")),
        "purpose": "To be described." if columns else "One row per order.",
        "columns": _columns(columns) if columns else _template("columns.yaml").rstrip(),
    }
    return {**_schemas(), path: _filled("contract.yaml", path, "contract.schema.json", **names)}


def _columns(written: Sequence[str]) -> str:
    """Return a property per column name of a file; names that no table can have go to `physicalName`."""
    names: dict[str, str] = {}
    for each in written:
        name = each if _PLAIN_NAME.match(each) else _slug(each)
        other = names.setdefault(slug(name), each)
        if other is not each:
            message = f"the columns {other!r} and {each!r} would have the same name in a table"
            raise ConfigError(message, hint="Rename one of them in the file")
    return "\n".join(_column(each) for each in written)


def _column(written: str) -> str:
    if _PLAIN_NAME.match(written):
        return f"      - name: {json.dumps(written)}\n        logicalType: string"
    physical = json.dumps(written, ensure_ascii=False)
    return f"      - name: {json.dumps(_slug(written))}\n        physicalName: {physical}\n        logicalType: string"


def _slug(written: str) -> str:
    try:
        return slug(written)
    except ValueError as error:
        raise ConfigError(str(error), hint="Give the column a name in the file") from error


def write_missing(root: Path, files: Mapping[str, str]) -> list[str]:
    """Write the files that do not exist yet below `root`; return their paths. What exists is left as it is.

    ConfigError when a file cannot be written.
    """
    try:
        return [path for path, text in files.items() if _write_new(root / path, text)]
    except OSError as error:
        message = f"{error.filename} cannot be written: {error.strerror}"
        raise ConfigError(message, hint="Correct its permissions, or use another directory") from error


def _write_new(path: Path, text: str) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _schemas() -> dict[str, str]:
    return {f"schemas/{path}": file.read_text("utf-8") for path, file in _tree(_SHIPPED / "schemas", "")}


def _tree(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    """Return every file below a packaged folder with its path from there."""
    found: list[tuple[str, Traversable]] = []
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}{each.name}"
        found += _tree(each, f"{path}/") if each.is_dir() else [(path, each)]
    return found


def _template(name: str) -> str:
    return (_SHIPPED / "scaffold" / name).read_text("utf-8")


def _filled(template: str, path: str, schema: str, **names: str) -> str:
    """Return a template with its names filled in, below the line that tells editors its schema."""
    text = _Template(_template(template)).substitute(names)
    return f"# yaml-language-server: $schema={'../' * path.count('/')}schemas/{schema}\n{text}"
