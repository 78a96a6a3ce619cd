"""A tree as YAML: scalars as they were spelt, short bracketed parts in brackets, every comment where its part now stands."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.scalars import resolve
from dativo_core.workspace.source_text import KINDS, Attached, SourceText, attached
from dativo_core.workspace.tree import Node, nodes

WIDTH = 100
_ROUNDS = 4
"""How often comments of parts that are gone look for another place before they stand at the end."""
_STEP = "  "
_PLAIN = re.compile(r"[^\W\d][\w ./@+()=-]*(?<! )\Z")
_OTHER_WORDS = frozenset({"y", "n", "yes", "no", "on", "off"})
_BRACKETS = re.compile(r"[,\[\]{}]|: |:$")


def write_yaml(tree: Node, source: SourceText, document: Document) -> str:
    """Return a mapping as the text of a file; `source` and `document` are the file its parts come from."""
    comments = attached(source, document)
    rounds = 0
    while True:
        writer = _Writer(source, comments)
        lines = writer.mapping(tree, "")
        left = writer.left()
        rounds += 1
        if not left or rounds == _ROUNDS:
            lines = [*comments.head, *lines, *(text for _, _, text in left), *comments.tail]
            return "".join(f"{line}\n" for line in lines)
        comments = _elsewhere(comments, left, tree, document)


def _elsewhere(comments: Attached, left: list[tuple[str, KeyPath, str]], tree: Node, document: Document) -> Attached:
    """Return comments of which those of parts that are gone belong to what is near, or stand at the end of the file."""
    gone = {path for _, path, _ in left}
    there = [node.path for path, node in nodes(tree) if path and node.path is not None and node.path not in gone]
    moved = Attached(comments.head, list(comments.tail), *(_copy(comments.by_kind(kind)) for kind in KINDS))
    for kind, path, text in left:
        moved.by_kind(kind)[path].remove(text)
        place = _near(path, there, document)
        if place is None:
            moved.tail.append(text)
        elif kind == "behind" and place[: len(path)] == path and place not in moved.behind:
            moved.behind[place] = [text]
        else:
            moved.before.setdefault(place, []).append(text)
    return moved


def _copy(by_path: dict[KeyPath, list[str]]) -> dict[KeyPath, list[str]]:
    return {path: list(texts) for path, texts in by_path.items()}


def _near(path: KeyPath, there: list[KeyPath], document: Document) -> KeyPath | None:
    """Return where a comment of a part that is gone goes: the first thing within it, else what followed it in its parent."""
    within = next((each for each in there if each[: len(path)] == path), None)
    if within is not None:
        return within
    places = document.places
    later = [each for each in there if each in places and path in places and places[each].line > places[path].line]
    following = min(later, key=lambda each: (places[each].line, places[each].column, len(each)), default=None)
    parents = [each for each in there if each == path[: len(each)]]
    is_sibling = following is not None and following[: len(path) - 1] == path[:-1]
    return following if is_sibling else max(parents, key=len, default=following)


@dataclass
class _Writer:
    """Writes each comment once, with the first part that has its key path."""

    source: SourceText
    comments: Attached
    taken: set[tuple[str, KeyPath]] = field(default_factory=set)

    def left(self) -> list[tuple[str, KeyPath, str]]:
        """Return the comments that were not written, each with its kind and key path."""
        return [
            (kind, path, text)
            for kind in KINDS
            for path, texts in self.comments.by_kind(kind).items()
            for text in texts
            if (kind, path) not in self.taken
        ]

    def mapping(self, node: Node, indent: str) -> list[str]:
        return [line for key, each in node.value.items() for line in self._entry(f"{_text(key)}:", each, indent)]

    def _entry(self, key: str, node: Node, indent: str) -> list[str]:
        lines = [f"{indent}{text}" for text in self._take("before", node)]
        inline = self._inline(node)
        if inline is not None:
            lines += self._with_comments(f"{indent}{key} {inline}", self._all_behind(node), indent)
        elif isinstance(node.value, str):
            opening, *rest = _block(node.value, indent + _STEP)
            lines += [*self._with_comments(f"{indent}{key} {opening}", self._take("behind", node), indent), *rest]
        else:
            lines += self._with_comments(f"{indent}{key}", self._take("behind", node), indent)
            lines += self._container(node, indent + _STEP)
        return lines + [f"{indent}{text}" for text in self._take("after", node)]

    def _container(self, node: Node, indent: str) -> list[str]:
        if isinstance(node.value, dict):
            return self.mapping(node, indent)
        return [line for each in node.value for line in self._item(each, indent)]

    def _item(self, node: Node, indent: str) -> list[str]:
        inline = self._inline(node)
        if inline is not None or isinstance(node.value, str):
            return self._entry("-", node, indent)
        lines = [f"{indent}{text}" for text in self._leading(node)]
        behind = self._take("behind", node) if node.path in self.source.flows else []
        first, *rest = self._container(node, indent + _STEP)
        if "#" in first:
            lines += [f"{indent}{text}" for text in behind]
            behind = []
        lines += [*self._with_comments(f"{indent}- {first.lstrip()}", behind, indent), *rest]
        return lines + [f"{indent}{text}" for text in self._take("after", node)]

    def _leading(self, node: Node) -> list[str]:
        """Return the comments before an item and before its first part, which is on the same line."""
        texts = self._take("before", node)
        if self._inline(node) is None and isinstance(node.value, dict | list):
            parts = node.value.values() if isinstance(node.value, dict) else node.value
            texts += self._leading(next(iter(parts)))
        return texts

    def _with_comments(self, line: str, behind: list[str], indent: str) -> list[str]:
        """Return a line with the comment behind it; more than one stand on lines before it."""
        if len(behind) == 1:
            return [f"{line}  {behind[0]}"]
        return [*(f"{indent}{text}" for text in behind), line]

    def _take(self, kind: str, node: Node) -> list[str]:
        if node.path is None or (kind, node.path) in self.taken:
            return []
        self.taken.add((kind, node.path))
        return list(self.comments.by_kind(kind).get(node.path, ()))

    def _all_behind(self, node: Node) -> list[str]:
        return [text for _, each in nodes(node) for text in self._take("behind", each)]

    def _inline(self, node: Node) -> str | None:
        """Return a value as it stands on one line; None when it needs more."""
        if not isinstance(node.value, dict | list):
            return self._scalar(node, is_in_brackets=False)
        if not node.value:
            return "{}" if isinstance(node.value, dict) else "[]"
        if not self._is_short(node):
            return None
        text = self._brackets(node)
        return text if text is not None and len(text) <= WIDTH else None

    def _is_short(self, node: Node) -> bool:
        """Whether a container is written in brackets: it was, or it is made of a few scalars; and no comment is in it."""
        is_made = node.path not in self.source.flows | self.source.blocks
        children = list(node.value.values()) if isinstance(node.value, dict) else node.value
        is_small = len(children) <= 3 and not any(isinstance(each.value, dict | list) for each in children)
        if not (node.path in self.source.flows or (is_made and is_small)):
            return False
        return not any(True for _ in self._comments_within(node))

    def _comments_within(self, node: Node) -> Iterator[str]:
        """Yield the comments that cannot stand behind the closing bracket."""
        behind: dict[KeyPath, list[str]] = {}
        for path, each in nodes(node):
            for kind in KINDS:
                if each.path is None or (kind, each.path) in self.taken:
                    continue
                texts = self.comments.by_kind(kind).get(each.path, [])
                if kind == "behind":
                    behind[each.path] = texts
                elif path and each.path != node.path:
                    yield from texts
        yield from [text for texts in behind.values() for text in texts][1:]

    def _brackets(self, node: Node) -> str | None:
        if isinstance(node.value, dict):
            parts = [(f"{_text(key)}: ", self._brackets(each)) for key, each in node.value.items()]
            opening, closing = "{", "}"
        elif isinstance(node.value, list):
            parts = [("", self._brackets(each)) for each in node.value]
            opening, closing = "[", "]"
        else:
            return self._scalar(node, is_in_brackets=True)
        if any(text is None for _, text in parts):
            return None
        return opening + ", ".join(f"{key}{text}" for key, text in parts) + closing

    def _scalar(self, node: Node, *, is_in_brackets: bool) -> str | None:
        """Return a scalar as it was spelt, else as it reads back; None for a text of several lines."""
        spelt = self.source.scalars.get(node.path) if node.path is not None else None
        if spelt and _reads_as(spelt, node.value):
            is_quoted = spelt[0] in "'\""
            if is_quoted or not (is_in_brackets and _BRACKETS.search(spelt)):
                return spelt
        if not isinstance(node.value, str):
            return "null" if node.value is None else json.dumps(node.value)
        if "\n" in node.value and not is_in_brackets and _block(node.value, ""):
            return None
        return _text(node.value)


def _reads_as(spelt: str, value: object) -> bool:
    if spelt[0] in "'\"":
        return bool(yaml.load(spelt, Loader=yaml.CSafeLoader) == value)
    return resolve(spelt) == value and type(resolve(spelt)) is type(value)


def _text(text: str) -> str:
    """Return text without quotes where every reader takes it for text, else in double quotes."""
    if _PLAIN.match(text) and resolve(text) == text and text.lower() not in _OTHER_WORDS:
        return text
    return "".join(_escaped(each) for each in json.dumps(text, ensure_ascii=False))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _block(text: str, indent: str) -> list[str]:
    """Return a text of several lines as a literal block, its opening first; nothing when only quotes can hold it."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    is_plain = all(each in "\n\t" or each.isprintable() for each in text)
    if not is_plain or not lines[0] or lines[0][0] in " \t" or not lines[-1] or any(x and not x.strip() for x in lines):
        return []
    return ["|" if text.endswith("\n") else "|-", *(f"{indent}{line}" if line else "" for line in lines)]
