"""A contract of the flat dialect, or of its nested form, as a document of ODCS v3.0.2.

What the standard has no place for becomes custom properties named `dativo…`. `$schema`, which names the schema of the
dialect, and keys without a value are left out.
"""

from dataclasses import asdict, dataclass
from typing import Any

from pydantic import BaseModel

from dativo_core.model.finding import Finding, errors
from dativo_core.odcs.contract import Contract
from dativo_core.odcs.flat_model import FlatContract
from dativo_core.odcs.nested_form import flattened, is_nested
from dativo_core.odcs.partition import read_partition
from dativo_core.odcs.read import read_contract
from dativo_core.odcs.standard_form_columns import Columns, partitioning
from dativo_core.odcs.standard_form_rules import Impossible, standard_rules
from dativo_core.odcs.standard_model import StandardContract
from dativo_core.odcs.type_table import VOCABULARIES, Vocabulary
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.tree import Node, listed, made, rearranged, tree_of
from dativo_core.workspace.validate import did_you_mean, misread_texts, validate


@dataclass(frozen=True)
class StandardForm:
    """The contract in the standard; None when a finding says why not. `contract` is what it compiles to."""

    tree: Node | None
    contract: Contract | None
    findings: tuple[Finding, ...]


def standard_form(document: Document) -> StandardForm:
    """Return a flat or nested contract in the standard."""
    read = read_contract(document)
    if read.contract is None:
        return StandardForm(None, None, errors(read.findings))
    lost = tuple(each for each in read.findings if each.code == "dialect-nested-differs")
    if lost:
        return StandardForm(None, None, lost)
    flat = _spelt(FlatContract, flattened(document).tree if is_nested(document) else tree_of(document), document)
    form = _Form(flat, document, read.contract)
    tree = form.tree()
    if form.findings:
        return StandardForm(None, None, tuple(form.findings))
    return _checked(tree, document, read.contract)


def same_meaning(one: Contract, other: Contract) -> bool:
    """Whether two contracts mean the same: everything but where it was written, in which order rules, and how partitions."""
    return _facts(one) == _facts(other)


def _facts(contract: Contract) -> dict[str, Any]:
    facts: dict[str, Any] = _told(asdict(contract))
    for table, told in zip(contract.objects, facts["objects"], strict=True):
        types = {column.name: column.type.stored for column in table.columns}
        told["partition_by"] = [read_partition(each, types) for each in table.partition_by]
        for key in ("rules", "metric_rules", "unexecuted_rules"):
            told[key] = sorted(told[key], key=lambda rule: str(rule["id"]))
    return facts


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _told(each) for key, each in value.items() if not _is_place(key)}
    return [_told(each) for each in value] if isinstance(value, list | tuple) else value


def _is_place(key: str) -> bool:
    return key in {"origin", "file", "path"} or key.endswith("_path")


def _checked(tree: Node, document: Document, contract: Contract) -> StandardForm:
    """Return a tree unless the standard refuses it."""
    tree = _spelt(StandardContract, tree, document)
    view = rearranged(document, tree)
    findings = validate(StandardContract, view.data, view).findings
    return StandardForm(None, None, findings) if findings else StandardForm(tree, contract, ())


def _spelt(model: type[BaseModel], tree: Node, document: Document) -> Node:
    """Return a tree in which numbers that stand for text are text."""
    view = rearranged(document, tree)
    for path in misread_texts(model, view.data, view):
        tree = _with_text(tree, path, str(view.spelling(path)))
    return tree


def _with_text(node: Node, path: KeyPath, text: str) -> Node:
    if not path:
        return Node(text, node.path)
    inner: Any = dict(node.value) if isinstance(node.value, dict) else list(node.value)
    inner[path[0]] = _with_text(inner[path[0]], path[1:], text)
    return Node(inner, node.path)


class _Form:
    """One contract on its way into the standard; `findings` say what has no words there."""

    def __init__(self, flat: Node, document: Document, contract: Contract) -> None:
        self.flat = flat
        self.document = document
        self.contract = contract
        self.findings: list[Finding] = []
        self._custom: list[Node] = []
        self._target = self._entries("target")

    def tree(self) -> Node:
        """Return the contract, its keys in the order of the standard."""
        flat, contract = self.flat, self.contract
        entries = {
            "apiVersion": made("v3.0.2", self._path("apiVersion")),
            "kind": self._kept("kind", "DataContract"),
            "id": self._kept("id", contract.id),
            "name": flat.value["name"],
            "version": flat.value["version"],
            "status": self._kept("status", contract.status),
        }
        entries |= {key: node for key in ("tenant", "domain", "dataProduct") if (node := flat.get(key)) is not None}
        description, tags = self._description(), flat.get("tags")
        if description is not None:
            entries["description"] = description
        if tags is not None:
            entries["tags"] = listed(tags)
        self._extensions()
        entries["schema"] = Node([self._table(description)], flat.value["schema"].path)
        entries["team"] = self._team()
        retention = (flat.get("compliance") or made({})).get("retention_days")
        if retention is not None:
            promise = made({"property": "retention", "value": retention, "unit": "d"}, retention.path)
            entries["slaProperties"] = Node([promise])
        self._extend("dativoTarget", "target", self._target)
        entries["customProperties"] = Node(self._custom)
        return Node(entries)

    def _kept(self, key: str, default: str) -> Node:
        node = self.flat.get(key)
        return node if node is not None and node.value else made(default, self._path(key))

    def _path(self, key: str) -> KeyPath | None:
        node = self.flat.get(key)
        return None if node is None else node.path

    def _entries(self, key: str) -> dict[str, Node]:
        section = self.flat.get(key)
        return section.entries if section is not None else {}

    def _description(self) -> Node | None:
        """Return the description without its empty members."""
        written = self.flat.get("description")
        if written is None or isinstance(written.value, str):
            return written and Node({"purpose": written}, written.path)
        told = {key: node for key, node in written.entries.items() if node.value is not None}
        return Node(told, written.path) if told else None

    def _table(self, description: Node | None) -> Node:
        flat, table = self.flat, self.contract.objects[0]
        entries = {"name": flat.value["name"], "physicalName": flat.value["object"], "logicalType": made("object")}
        purpose = description.get("purpose") if description is not None else None
        if purpose is not None:
            entries["description"] = purpose
        rules = standard_rules(self._entries("data_quality").get("expectations"))
        keys = {each.name: at for each in table.columns if (at := each.primary_key_position) is not None}
        vocabulary = VOCABULARIES.get((self.contract.source_type or "").lower(), Vocabulary.GENERIC)
        columns = Columns(rules, keys, self._partitioning(), vocabulary)
        schema: Node = flat.value["schema"]
        properties = [columns.property(each, str(each.value["name"].value)) for each in schema.items]
        entries["properties"] = Node(properties)
        quality = rules.take(None)
        if quality:
            entries["quality"] = Node(quality)
        if not table.source_object:
            entries["customProperties"] = made([{"property": "dativoObject", "value": flat.value["object"]}])
        names = [column.name for column in table.columns]
        for subject in rules.by_subject:
            why = f"there is no column '{subject}' that the rule could be about"
            self._refuse(Impossible(rules.named[subject], why, did_you_mean(str(subject), names)))
        for each in (*rules.impossible, *columns.impossible):
            self._refuse(each)
        return Node(entries)

    def _partitioning(self) -> dict[str, tuple[int, str, Node]]:
        """Return the partitioning by column; what columns cannot say stays, as a whole, among the settings of the target."""
        written = self._target.get("partitioning")
        if written is None or written.value is None or written.value == []:
            return {}
        found = partitioning(written, self.contract.objects[0])
        if found is not None:
            del self._target["partitioning"]
        return found or {}

    def _team(self) -> Node:
        team = self._entries("team")
        owner = made({"username": team["owner"], "role": "Owner"}, team["owner"].path)
        names = {"email": "username", "name": "name", "responsibility": "role"}
        others = [
            Node({names[key]: each for key, each in role.entries.items() if each.value is not None}, role.path)
            for role in (team["roles"].items if "roles" in team else [])
        ]
        return Node([owner, *others])

    def _extensions(self) -> None:
        source_type = self.flat.value["source_type"]
        self._custom.append(made({"property": "dativoSourceType", "value": source_type}, source_type.path))
        quality, compliance = self._entries("data_quality"), self._entries("compliance")
        quality.pop("expectations", None)
        compliance.pop("retention_days", None)
        self._extend("dativoDataQuality", "data_quality", quality)
        self._extend("dativoCompliance", "compliance", compliance)
        self._extend("dativoChangeManagement", "change_management", self._entries("change_management"))
        self._extend("dativoFinops", "finops", self._entries("finops"))

    def _extend(self, name: str, key: str, entries: dict[str, Node]) -> None:
        """Add a custom property with what is left of a section, in the spelling of the flat dialect."""
        if entries:
            path = self.flat.value[key].path
            self._custom.append(made({"property": name, "value": Node(entries, path)}, path))

    def _refuse(self, each: Impossible) -> None:
        hint = f"{each.hint} Then upgrade again; nothing was written."
        self.findings.append(self.document.finding(each.node.path or (), "upgrade-impossible", each.why, hint))
