"""Bytes to documents: libyaml events, read one by one within limits. A file that cannot be read is a finding, never an error."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from dativo_core.model.finding import Finding, Severity
from dativo_core.workspace.document import Document, KeyPath, Place, dotted
from dativo_core.workspace.scalars import resolve

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 50_000
LINE_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
"""What ends a line for the YAML reader, whose marks count by it."""
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Parsed:
    """The outcome of reading one file: a document unless it is unreadable, and every problem found."""

    file: str
    document: Document | None
    findings: tuple[Finding, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the file holds nothing but blanks and comments."""
        return any(finding.code == "yaml-empty" for finding in self.findings)


def parse_document(file: str, content: bytes) -> Parsed:
    """Read one YAML file. A duplicate key is a finding of a document that is still returned; all else loses the document."""
    problem = _unreadable(file, content)
    if problem is not None:
        return Parsed(file, None, (problem,))
    content = content.removeprefix(_BOM)
    builder = _Builder(file)
    try:
        for event in yaml.parse(content, Loader=yaml.CSafeLoader):
            builder.take(event)
    except _Refused as refusal:
        return Parsed(file, None, (*builder.findings, refusal.finding))
    except yaml.YAMLError as error:
        return Parsed(file, None, (*builder.findings, _syntax(file, content, error)))
    return builder.finish()


def _unreadable(file: str, content: bytes) -> Finding | None:
    def at(offset: int, code: str, message: str, hint: str) -> Finding:
        return Finding(file, content.count(b"\n", 0, offset) + 1, "", code, Severity.ERROR, message, hint)

    if len(content) > MAX_BYTES:
        return at(0, "yaml-too-large", f"the file is larger than {MAX_BYTES} bytes", "Split it into smaller files.")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = content[error.start]
        return at(error.start, "yaml-encoding", f"byte 0x{byte:02x} is not UTF-8 text", "Save the file as UTF-8.")
    nul = content.find(b"\0")
    if nul >= 0:
        return at(nul, "yaml-encoding", "the file holds a NUL byte", "Save the file as UTF-8 text.")
    return None


def _syntax(file: str, content: bytes, error: yaml.YAMLError) -> Finding:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        text = str(getattr(error, "reason", "the text is not valid YAML"))
        place = content.count(b"\n", 0, int(getattr(error, "position", 0))) + 1
        return Finding(file, place, "", "yaml-syntax", Severity.ERROR, text, "Remove the character.")
    line = LINE_BREAK.split(content.decode("utf-8"))[mark.line :][:1]
    problem, hint = str(getattr(error, "problem", "")), "Check indentation, quotes and brackets around this line."
    code = "yaml-syntax"
    if line and "\t" in line[0][: len(line[0]) - len(line[0].lstrip())]:
        code, problem, hint = "yaml-tab", "the line is indented with a tab", "Indent with spaces."
    elif str(getattr(error, "context", "")).endswith("an alias"):
        problem, hint = "text that starts with '*' must be quoted", "Put quotes around it."
    elif "mapping values are not allowed" in problem:
        problem, hint = "unexpected ':'", "Check the indentation, or put quotes around text that holds a colon."
    return Finding(file, mark.line + 1, "", code, Severity.ERROR, problem, hint)


class _Refused(Exception):
    """The file goes beyond what is read; nothing after this point is looked at."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.message)


@dataclass
class _Frame:
    """A mapping or list that is still open; `key` is the mapping key waiting for its value."""

    path: KeyPath
    container: dict[str, Any] | list[Any]
    key: str | None = None
    is_duplicate: bool = False

    @property
    def awaits_key(self) -> bool:
        return isinstance(self.container, dict) and self.key is None

    @property
    def child(self) -> KeyPath:
        if isinstance(self.container, list):
            return (*self.path, len(self.container))
        return self.path if self.key is None else (*self.path, self.key)

    def put(self, value: Any) -> None:
        if isinstance(self.container, list):
            self.container.append(value)
        elif self.key is not None:
            if not self.is_duplicate:
                self.container[self.key] = value
            self.key, self.is_duplicate = None, False


@dataclass
class _Builder:
    """Builds one document from the events of its file, without recursion."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    places: dict[KeyPath, Place] = field(default_factory=dict)
    spellings: dict[KeyPath, str] = field(default_factory=dict)
    open: list[_Frame] = field(default_factory=list)
    roots: list[Any] = field(default_factory=list)
    nodes: int = 0

    def take(self, event: yaml.Event) -> None:
        """Add one event; raises `_Refused` when the file goes beyond what is read."""
        match event:
            case yaml.ScalarEvent():
                self._check_node(event)
                self._scalar(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.open.pop()
            case yaml.DocumentStartEvent() if self.roots:
                self._refuse(event, "yaml-documents", "the file holds a second document", "Keep one document per file.")
            case yaml.AliasEvent():
                hint = "Write the value out; quote text that starts with '*'."
                self._refuse(event, "yaml-unsafe", f"the alias *{event.anchor} is not read", hint)
            case yaml.NodeEvent():
                self._check_node(event)
                self._start(event)

    def finish(self) -> Parsed:
        """Return the document once all events were taken."""
        root = self.roots[0] if self.roots else None
        if isinstance(root, dict) and root:
            document = Document(self.file, root, self.places, self.spellings)
            return Parsed(self.file, document, tuple(self.findings))
        if root is None or root == {}:
            problem = "yaml-empty", "the file is empty", "Fill it in, or delete it."
        else:
            problem = "yaml-root", "the file is not a mapping", "Start with lines of the form 'key: value'."
        code, message, hint = problem
        return Parsed(self.file, None, (Finding(self.file, 1, "", code, Severity.ERROR, message, hint),))

    def _check_node(self, event: yaml.NodeEvent) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._refuse(event, "yaml-too-large", f"the file has more than {MAX_NODES} values", "Split it.")
        if len(self.open) > MAX_DEPTH:
            self._refuse(event, "yaml-too-deep", f"values are nested more than {MAX_DEPTH} levels", "Flatten them.")
        if event.anchor is not None:
            hint = "Remove it; quote text that starts with '&'."
            self._refuse(event, "yaml-unsafe", f"the anchor &{event.anchor} is not read", hint)
        tag = getattr(event, "tag", None)
        if tag is not None:
            hint = "Remove it; quote values that are text."
            self._refuse(event, "yaml-unsafe", f"the tag {tag} is not read", hint)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if self.open and self.open[-1].awaits_key:
            self._key(self.open[-1], event)
            return
        path = self._place(event)
        value: Any = event.value
        if not event.style:  # neither quoted nor a block
            try:
                value = resolve(event.value)
            except ValueError as error:
                self._refuse(event, "yaml-number", f"{error}", "Put quotes around it if it is text.")
            if isinstance(value, int | float) and not isinstance(value, bool):
                self.spellings.setdefault(path, event.value)
        self._put(value)

    def _key(self, frame: _Frame, event: yaml.ScalarEvent) -> None:
        if event.value == "":
            self._refuse(event, "yaml-key", "a key is empty", "Write the key before the colon.")
        frame.key = event.value
        first = self.places.get(frame.child)
        if first is None:
            self.places[frame.child] = _place(event)
            return
        frame.is_duplicate = True
        line = _place(event).line
        message = f"the key '{event.value}' is written twice, on lines {first.line} and {line}"
        self.findings.append(self._finding(line, frame.child, "yaml-duplicate-key", message, "Keep one of them."))

    def _start(self, event: yaml.NodeEvent) -> None:
        if self.open and self.open[-1].awaits_key:
            self._refuse(event, "yaml-key", "a key is not plain text", "Use a word or quoted text as the key.")
        path = self._place(event)
        container: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._put(container)
        self.open.append(_Frame(path, container))

    def _place(self, event: yaml.NodeEvent) -> KeyPath:
        path = self.open[-1].child if self.open else ()
        if path:
            self.places.setdefault(path, _place(event))
        return path

    def _put(self, value: Any) -> None:
        if self.open:
            self.open[-1].put(value)
        else:
            self.roots.append(value)

    def _refuse(self, event: yaml.Event, code: str, message: str, hint: str) -> None:
        path = self.open[-1].child if self.open else ()
        raise _Refused(self._finding(_place(event).line, path, code, message, hint))

    def _finding(self, line: int, path: KeyPath, code: str, message: str, hint: str) -> Finding:
        return Finding(self.file, line, dotted(path), code, Severity.ERROR, message, hint)


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    assert mark is not None, "libyaml marks every event"
    return Place(mark.line + 1, mark.column + 1)
