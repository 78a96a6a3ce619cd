"""The columns of the flat dialect as properties of the standard, with the rules about them and the partitioning."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dativo_core.odcs.contract import SchemaObject
from dativo_core.odcs.date_format import read_date_format
from dativo_core.odcs.loss_policy import PROPERTY
from dativo_core.odcs.partition import LayoutProblem, PartitionField, read_partition
from dativo_core.odcs.resolve_type import flat_type
from dativo_core.odcs.standard_form_rules import Impossible, Rules
from dativo_core.odcs.standard_form_types import MOMENTS, standard_type
from dativo_core.odcs.type_table import Vocabulary
from dativo_core.odcs.types import ELEMENT, FieldType, OnLoss, member_path
from dativo_core.workspace.tree import Node, listed, made

_FLAGS = {"required": "required", "unique": "unique", "primary_key": "primaryKey"}
_SAME = ("classification", "description")


@dataclass
class Columns:
    """What properties are made with: the rules still to place, key positions, and the partition field of each column."""

    rules: Rules
    keys: Mapping[str, int]
    partitioning: Mapping[str, tuple[int, str, Node]]
    vocabulary: Vocabulary
    impossible: list[Impossible] = field(default_factory=list)

    def property(self, column: Node, subject: str, *, is_column: bool = True) -> Node:
        """Return a column, or a part of one, as a property; `subject` is its path, such as `items[].price`."""
        members, items = column.get("properties"), column.get("items")
        entries: dict[str, Node] = {}
        name = column.get("name")
        if name is not None:
            entries["name"] = name
        entries |= self._type(column, has_members=members is not None or items is not None)
        entries |= {new: node for old, new in _FLAGS.items() if (node := column.get(old)) is not None}
        custom = _custom(column)
        if is_column:
            entries |= self._position(subject)
            custom += self._partition(subject, entries)
        entries |= {key: node for key in _SAME if (node := column.get(key)) is not None}
        tags, rules = column.get("tags"), self.rules.take(subject)
        if tags is not None:
            entries["tags"] = listed(tags)
        if members is not None:
            inner = [self._member(each, subject) for each in members.items]
            entries["properties"] = Node(inner, members.path)
        if items is not None:
            entries["items"] = self.property(items, member_path(subject, (ELEMENT,)), is_column=False)
        if rules:
            entries["quality"] = Node(rules)
        if custom:
            entries["customProperties"] = Node(custom)
        return Node(entries, column.path)

    def _member(self, member: Node, subject: str) -> Node:
        return self.property(member, member_path(subject, (str(member.value["name"].value),)), is_column=False)

    def _type(self, column: Node, *, has_members: bool) -> dict[str, Node]:
        type_, form, policy = column.get("type") or made("string"), column.get("format"), column.get("on_loss")
        on_loss = OnLoss(policy.value) if policy is not None else None
        keys = standard_type(str(type_.value), on_loss, self.vocabulary, has_members=has_members)
        if keys is None:
            why = f"the standard has no words for the type '{type_.value}'"
            self.impossible.append(Impossible(type_, why, "Write another type."))
            return {}
        entries = {key: made(value, type_.path) for key, value in keys.items()}
        if form is None or not _is_applied(form, column):
            return entries
        return {**entries, "logicalTypeOptions": made({"format": form}, form.path)}

    def _position(self, name: str) -> dict[str, Node]:
        return {"primaryKeyPosition": made(self.keys[name])} if len(self.keys) > 1 and name in self.keys else {}

    def _partition(self, name: str, entries: dict[str, Node]) -> list[Node]:
        if name not in self.partitioning:
            return []
        position, transform, node = self.partitioning[name]
        entries["partitioned"] = made(True, node.path)
        if len(self.partitioning) > 1:
            entries["partitionKeyPosition"] = made(position)
        return [made({"property": "dativoPartitionTransform", "value": transform})] if transform else []


def partitioning(written: Node, table: SchemaObject) -> dict[str, tuple[int, str, Node]] | None:
    """Return place and transform for each column; None when properties cannot say all of it.

    They cannot partition by a column twice, nor by one that is added while loading.
    """
    types = {column.name: column.type.stored for column in table.columns}
    found: dict[str, tuple[int, str, Node]] = {}
    for position, node in enumerate(listed(written).items, start=1):
        field_ = read_partition(str(node.value), types)
        if isinstance(field_, LayoutProblem) or field_.column in found:
            return None
        found[field_.column] = position, _transform(field_, types), node
    return found


def _transform(field_: PartitionField, types: Mapping[str, FieldType]) -> str:
    """Return a transform as a custom property says it; nothing where it is the one a column has by itself."""
    return "" if read_partition(field_.column, types) == field_ else field_.spelling


def _custom(column: Node) -> list[Node]:
    """Return what a property says in custom properties: the loss policy, and a format that means nothing for its type."""
    on_loss, form = column.get("on_loss"), column.get("format")
    custom = [made({"property": PROPERTY, "value": on_loss}, on_loss.path)] if on_loss is not None else []
    if form is not None and not _is_applied(form, column):
        custom.append(made({"property": "format", "value": form}, form.path))
    return custom


def _is_applied(form: Node, column: Node) -> bool:
    """Whether a format says how dates and times of the column are written."""
    type_ = flat_type(str((column.get("type") or made("string")).value))
    has_members = column.get("properties") is not None or column.get("items") is not None
    if has_members or not isinstance(type_, FieldType) or type_.kind not in MOMENTS:
        return False
    try:
        read_date_format(str(form.value))
    except ValueError:
        return False
    return True
