"""What a job reads from its source: files, sheets, tables or queries, each with the object its rows belong to."""

from pydantic import Field, StrictBool

from dativo_core.model.base import FileModel, Whole

_OBJECT = "object the rows belong to; by default the contract's"


class FileItem(FileModel):
    """A source file, or a pattern that matches several; a file of a remote service is named by its id."""

    path: str | None = Field(None, description="path or pattern, relative to the workspace root")
    file_path: str | None = Field(None, description="older spelling of `path`")
    file: str | None = Field(None, description="older spelling of `path`")
    id: str | None = Field(None, description="id of a file of a remote service")
    file_id: str | None = Field(None, description="older spelling of `id`")
    object: str | None = Field(None, description=_OBJECT)

    @property
    def paths(self) -> dict[str, str]:
        """Every spelling of the path that was written."""
        written = {"path": self.path, "file_path": self.file_path, "file": self.file}
        return {key: path for key, path in written.items() if path is not None}

    @property
    def ids(self) -> dict[str, str]:
        """Every spelling of the id that was written."""
        written = {"id": self.id, "file_id": self.file_id}
        return {key: text for key, text in written.items() if text is not None}


class SheetItem(FileModel):
    """A sheet of a spreadsheet; without `sheet` and `sheet_id` its first one, without `range` all of it."""

    spreadsheet_id: str | None = Field(None, description="id of the spreadsheet")
    id: str | None = Field(None, description="other spelling of `spreadsheet_id`")
    sheet_id: Whole | None = Field(None, ge=0, description="number of the sheet in its address; 0 is one")
    sheet: str | None = Field(None, description="name of the sheet")
    range: str | None = Field(None, description="cells to read, such as A1:F200; by default all that are used")
    has_header: StrictBool | None = Field(None, description="whether the first row names the columns")
    object: str | None = Field(None, description=_OBJECT)

    @property
    def ids(self) -> dict[str, str]:
        """Every spelling of the spreadsheet's id that was written."""
        written = {"spreadsheet_id": self.spreadsheet_id, "id": self.id}
        return {key: text for key, text in written.items() if text is not None}


class TableItem(FileModel):
    """A table of a database."""

    name: str = Field(description="schema.table, in MySQL database.table")
    object: str | None = Field(None, description=_OBJECT)
    cursor_field: str | None = Field(None, description="column whose values only grow, instead of the incremental one")


class QueryItem(FileModel):
    """A statement whose rows are read, for connectors whose registry entry says supports_queries."""

    query: str = Field(description="one SELECT statement")
    object: str | None = Field(None, description=_OBJECT)
    cursor_field: str | None = Field(None, description="column whose values only grow, instead of the incremental one")
