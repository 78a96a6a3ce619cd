"""What a tenant may try against another, by kind of attack: the field it stands in, the way out, and what must refuse it.

Every attempt is refused when the files are checked, by a finding; those that can also reach a lower layer by themselves are
refused there once more, by an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dativo_core.model.mode import Mode
from tests.isolation.scene import ATTACKER, CONTRACT, JOB, LAKE, VICTIM, Scene, contract_of, job_of

FOREIGN = "place-of-another-tenant"
FULLWIDTH = "\uff56\uff49\uff43\uff54\uff49\uff4d"
CYRILLIC = "v\u0456ct\u0456m"
COMBINING = "vi\u0301ctim"


@dataclass(frozen=True)
class Attempt:
    """One way out: `prepare` writes it into the files of acme, and a finding with `code` refuses it.

    `job` and `contract` are changes to honest files, by the path of the key. `place` is the file the finding is in.
    """

    attack: str
    field: str
    way: str
    code: str
    job: Mapping[str, Any] = field(default_factory=dict)
    contract: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Scene], None] | None = None
    mode: Mode = Mode.SELF_HOSTED
    place: str = JOB

    @property
    def name(self) -> str:
        return f"{self.attack}: {self.field}: {self.way}"

    def write(self, scene: Scene) -> None:
        """Write the attempt into the workspace."""
        scene.write(JOB, changed(job_of(ATTACKER), self.job))
        scene.write(CONTRACT, changed(contract_of(ATTACKER), self.contract))
        if self.prepare is not None:
            self.prepare(scene)


def changed(document: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with values set at dotted paths of keys."""
    for path, value in changes.items():
        *parents, last = path.split(".")
        at: Any = document
        for key in parents:
            at = at.setdefault(key, {}) if isinstance(at, dict) else at[int(key)]
        if isinstance(at, list):
            at[int(last)] = value
        else:
            at[last] = value
    return document


def standard_contract(**properties: Any) -> dict[str, Any]:
    """Return an honest contract in the standard with custom properties."""
    custom = {"dativoSourceType": "csv"} | properties
    return {
        "apiVersion": "v3.0.2",
        "kind": "DataContract",
        "id": "acme-orders-1",
        "name": "acme_orders",
        "version": "1.0.0",
        "status": "active",
        "team": [{"username": "shop@example.com", "role": "Owner"}],
        "customProperties": [{"property": name, "value": value} for name, value in custom.items()],
        "schema": [{"name": "orders", "properties": [{"name": "id", "logicalType": "integer"}]}],
    }


IDS = {
    "letter case": ("VICTIM", "tenant-invalid"),
    "first letter": ("Victim", "tenant-invalid"),
    "fullwidth letters": (FULLWIDTH, "tenant-invalid"),
    "Cyrillic letters": (CYRILLIC, "tenant-invalid"),
    "combining accent": (COMBINING, "tenant-invalid"),
    "zero-width space": ("vic\u200btim", "tenant-invalid"),
    "right-to-left mark": ("\u202emitciv", "tenant-invalid"),
    "NUL behind it": ("victim\x00", "tenant-invalid"),
    "line feed behind it": ("victim\n", "tenant-invalid"),
    "dot behind it": ("victim.", "tenant-invalid"),
    "blank behind it": ("victim ", "tenant-invalid"),
    "dot": (".", "tenant-invalid"),
    "traversal": ("../victim", "tenant-invalid"),
    "traversal from its own": ("acme/../victim", "tenant-invalid"),
    "percent-encoding": ("%76ictim", "tenant-invalid"),
    "wildcard": ("v*", "tenant-invalid"),
    "single wildcard": ("victi?", "tenant-invalid"),
    "SQL wildcard": ("vict%", "tenant-invalid"),
    "reference": ("${TENANT}", "tenant-invalid"),
    "over-long": ("v" * 64, "tenant-invalid"),
    "the other's own": (VICTIM, "tenant-directory"),
}


def _ids() -> list[Attempt]:
    attack = "an id that is the other's, or resembles it"
    return [Attempt(attack, "tenant_id", way, code, {"tenant_id": text}) for way, (text, code) in IDS.items()]


def _directories() -> list[Attempt]:
    attack = "a directory that is the other's, or is taken for it"

    def moved(directory: str, tenant: str) -> Callable[[Scene], None]:
        return lambda scene: scene.write(f"jobs/{directory}/orders.yaml", job_of(ATTACKER) | {"tenant_id": tenant})

    def twin(scene: Scene) -> None:
        scene.root.joinpath("jobs/acme-").mkdir()

    return [
        Attempt(
            attack,
            "directory",
            "letter case",
            "tenant-directory",
            {},
            {},
            moved("VICTIM", VICTIM),
            place="jobs/VICTIM/orders.yaml",
        ),
        Attempt(
            attack,
            "directory",
            "Cyrillic letters",
            "tenant-directory",
            {},
            {},
            moved(CYRILLIC, VICTIM),
            place=f"jobs/{CYRILLIC}/orders.yaml",
        ),
        Attempt(attack, "directory", "another id with the same names", "tenant-name-duplicate", prepare=twin),
        Attempt(
            attack,
            "directory",
            "none, in cloud mode",
            "tenant-directory",
            {},
            {},
            lambda scene: scene.write("other/orders.yaml", job_of(VICTIM)),
            Mode.CLOUD,
            "other/orders.yaml",
        ),
        Attempt(
            attack,
            "job file",
            "link to the other's",
            "job-link",
            prepare=lambda scene: scene.link(JOB, f"jobs/{VICTIM}/orders.yaml"),
        ),
        Attempt(
            attack,
            "job file",
            "link to a secret",
            "job-link",
            prepare=lambda scene: scene.link(JOB, f"secrets/{VICTIM}/postgres.json"),
        ),
        Attempt(
            attack,
            "directory",
            "link to the other's",
            "job-link",
            prepare=lambda scene: scene.link(f"jobs/{ATTACKER}", f"jobs/{VICTIM}"),
        ),
    ]


FILES = {
    "name": (f"data/{VICTIM}/orders.csv", FOREIGN),
    "name, older key": (f"data/{VICTIM}/orders.csv", FOREIGN),
    "secret": (f"secrets/{VICTIM}/postgres.json", FOREIGN),
    "job": (f"jobs/{VICTIM}/orders.yaml", FOREIGN),
    "table file": (f"{LAKE}/warehouse/{VICTIM}__default/orders/data/*.parquet", FOREIGN),
    "traversal from its own": (f"data/{ATTACKER}/../{VICTIM}/orders.csv", FOREIGN),
    "traversal with wildcard": (f"data/*/../{VICTIM}/orders.csv", FOREIGN),
    "doubled slashes": (f"data//.//{VICTIM}//orders.csv", FOREIGN),
    "backslashes": (f"data\\{VICTIM}\\orders.csv", FOREIGN),
    "letter case": ("data/VICTIM/orders.csv", FOREIGN),
    "fullwidth letters": (f"data/{FULLWIDTH}/orders.csv", FOREIGN),
    "fullwidth slash": (f"data\uff0f{VICTIM}\uff0forders.csv", FOREIGN),
    "combining accent": (f"data/{COMBINING}/orders.csv", FOREIGN),
    "zero-width space": ("data/vic\u200btim/orders.csv", FOREIGN),
    "right-to-left mark": ("data/\u200fvictim/orders.csv", FOREIGN),
    "dot behind it": (f"data/{VICTIM}./orders.csv", FOREIGN),
    "blank behind it": (f"data/{VICTIM} /orders.csv", FOREIGN),
    "NUL behind it": (f"data/{VICTIM}\x00/orders.csv", FOREIGN),
    "percent-encoding": ("file://localhost/srv/%76ictim/orders.csv", FOREIGN),
    "double percent-encoding": ("data/%2576ictim/orders.csv", FOREIGN),
    "encoded traversal": (f"data/{ATTACKER}%2f..%2f{VICTIM}/orders.csv", FOREIGN),
    "absolute": (f"/srv/{VICTIM}/orders.csv", FOREIGN),
    "object of a shared bucket": (f"s3://lake/{VICTIM}/orders.csv", FOREIGN),
    "the other's bucket": (f"s3://{VICTIM}/orders.csv", FOREIGN),
    "labelled directory": (f"data/tenant={VICTIM}/orders.csv", FOREIGN),
    "behind a reference": (f"${{HOME}}/{VICTIM}/orders.csv", FOREIGN),
    "default of a reference": (f"${{NOWHERE:-data/{VICTIM}}}/orders.csv", FOREIGN),
    "out of the workspace": ("../elsewhere/orders.csv", "path-outside"),
}


def _files() -> list[Attempt]:
    attack = "rows out of the other's places"
    found = []
    for way, (path, code) in FILES.items():
        key = "file_path" if "older" in way else "path"
        items = [{key: path, "object": "orders"}]
        found.append(Attempt(attack, f"source.files.{key}", way, code, {"source.files": items}))
    cloud = {
        "own directory missing": "data/orders.csv",
        "absolute": "/data/acme/orders.csv",
        "wildcard": "data/*/a.csv",
    }
    for way, path in cloud.items():
        items = [{"path": path, "object": "orders"}]
        found.append(
            Attempt(
                attack,
                "source.files.path",
                f"{way}, in cloud mode",
                "place-outside-tenant",
                {"source.files": items},
                mode=Mode.CLOUD,
            )
        )
    state = {"source.incremental": {"state_path": f"state/{VICTIM}/orders.json"}}
    found.append(Attempt(attack, "source.incremental.state_path", "name", FOREIGN, state))
    bucket = {"source.connection": {"bucket": VICTIM}}
    found.append(Attempt(attack, "source.connection.bucket", "name", FOREIGN, bucket))
    return found


def _configuration() -> list[Attempt]:
    attack = "configuration of the other's"
    there = f"jobs/{VICTIM}/orders.yaml"
    relation = {"relationships": [{"from": "id", "to": f"../../../{there}#orders.id"}]}
    standard = standard_contract()
    standard["apiVersion"] = "v3.1.0"
    standard["schema"][0] |= relation

    def shared(scene: Scene) -> None:
        scene.link("assets/csv/v1.0/shared.yaml", there)

    return [
        Attempt(attack, "asset_path", "name", FOREIGN, {"asset_path": there}),
        Attempt(attack, "asset_path", "secret", FOREIGN, {"asset_path": f"secrets/{VICTIM}/postgres.json"}),
        Attempt(attack, "asset_path", "traversal", FOREIGN, {"asset_path": f"assets/../{there}"}),
        Attempt(attack, "asset_path", "out of the workspace", "path-outside", {"asset_path": "../../etc/passwd"}),
        Attempt(attack, "asset_path", "link", FOREIGN, {"asset_path": "assets/csv/v1.0/shared.yaml"}, prepare=shared),
        Attempt(
            attack,
            "asset",
            "traversal in a name",
            FOREIGN,
            {"asset_path": None, "asset": f"../../../jobs/{VICTIM}/orders"},
        ),
        Attempt(attack, "source_connector_path", "name", FOREIGN, {"source_connector_path": there}),
        Attempt(
            attack,
            "source_connector",
            "traversal in a name",
            FOREIGN,
            {"source_connector_path": None, "source_connector": f"../../jobs/{VICTIM}/orders"},
        ),
        Attempt(attack, "target_connector_path", "name", FOREIGN, {"target_connector_path": there}),
        Attempt(
            attack,
            "contract.relationships",
            "name",
            FOREIGN,
            prepare=lambda scene: scene.write(CONTRACT, standard),
            place=CONTRACT,
        ),
    ]


def _secrets() -> list[Attempt]:
    attack = "secrets of the other's"

    def connection(value: str) -> dict[str, Any]:
        return {"source.connection": {"access_key_id": "${A}", "secret_access_key": value}}

    variable = "DATIVO_SECRET__VICTIM__API_KEY"
    return [
        Attempt(attack, "secret reference", "path", "reference-malformed", connection("${secret:../victim/api_key}")),
        Attempt(attack, "secret reference", "slash", "reference-malformed", connection("${secret:victim/api_key}")),
        Attempt(attack, "secret reference", "percent-encoding", "reference-malformed", connection("${secret:%2e%2e.k}")),
        Attempt(attack, "secret reference", "NUL", "reference-malformed", connection("${secret:a\x00b}")),
        Attempt(attack, "secret reference", "wildcard", "reference-malformed", connection("${secret:*}")),
        Attempt(attack, "secret reference", "reference in it", "reference-malformed", connection("${secret:${T}.k}")),
        Attempt(attack, "environment reference", "the other's variable", "variable-closed",
                connection(f"${{env:{variable}}}")),
        Attempt(attack, "environment reference", "login of the secret store", "variable-closed",
                connection("${env:VAULT_TOKEN}")),
        Attempt(attack, "credentials.from_env", "the other's variable", "variable-closed",
                {"source.credentials": {"type": "api_key", "from_env": variable}}),
        Attempt(attack, "credentials.file_template", "name", FOREIGN,
                {"source.credentials": {"type": "api_key", "file_template": f"/secrets/{VICTIM}/postgres.json"}}),
        Attempt(attack, "credentials.file_template", "traversal", FOREIGN,
                {"source.credentials": {"type": "api_key", "file_template": "/secrets/{tenant}/../victim/a.json"}}),
        Attempt(attack, "credentials.file_template", "placeholder", "wrong-value",
                {"source.credentials": {"type": "api_key", "file_template": "/secrets/{other}/a.json"}}),
    ]  # fmt: skip


DIRECTORIES = {
    "name": (f"lakes/{VICTIM}", FOREIGN),
    "derived name": (f"{LAKE}/warehouse/{VICTIM}__default", FOREIGN),
    "traversal": (f"lakes/{ATTACKER}/../{VICTIM}", FOREIGN),
    "letter case": ("lakes/Victim", FOREIGN),
    "out of the workspace": ("../lake", "path-outside"),
    "absolute": ("/srv/lake", "path-outside"),
}


def _targets() -> list[Attempt]:
    attack = "tables in the other's places"
    found = []
    for way, (directory, code) in DIRECTORIES.items():
        catalog = {"directory": directory}
        found.append(Attempt(attack, "target.catalog.directory", way, code, {"target.catalog": catalog}))
    elsewhere = {"target": {"catalog": {"directory": f"lakes/{VICTIM}"}}}
    found.append(Attempt(attack, "contract.target.catalog", "name", "unknown-key", contract=elsewhere, place=CONTRACT))
    values = {
        "target.warehouse": f"s3://lake/{VICTIM}/",
        "target.branch": "dativo.victim.run",
        "target.catalog.warehouse": f"file:///lake/{VICTIM}",
        "target.catalog.branch": VICTIM,
        "target.catalog.ref": f"refs/heads/{VICTIM}",
        "target.connection.bucket": VICTIM,
        "target.connection.prefix": f"{VICTIM}/",
        "target.connection.namespace": f"{VICTIM}__default",
        "target.connection.staging": f"staging/{VICTIM}",
    }
    for key, value in values.items():
        found.append(Attempt(attack, key, "name", FOREIGN, {key: value}))
    return found


def _properties() -> list[Attempt]:
    attack, code, elsewhere = "properties that move a table or name code", "table-property", "file:///lake/victim"
    names = (
        "location", "write.data.path", "write.metadata.path", "write.object-storage.path", "write.object-storage.enabled",
        "py-io-impl", "py-catalog-impl", "write.py-location-provider.impl", "dativo.contract.id",
    )  # fmt: skip
    found = [
        Attempt(attack, "target.table_properties", name, code, {"target.table_properties": {name: elsewhere}})
        for name in names
    ]
    key, letters = "write.data.path", "Write.Data.Path"
    return [
        *found,
        Attempt(attack, "target.properties", key, code, {"target.properties": {key: elsewhere}}),
        Attempt(attack, "target.engine.options", key, code, {"target.engine": {"options": {"native": {key: elsewhere}}}}),
        Attempt(attack, "target.engine.options", "letter case", code,
                {"target.engine": {"options": {"native": {letters: elsewhere}}}}),
        Attempt(attack, "target.connection", "py-io-impl", code, {"target.connection": {"py-io-impl": "os.path"}}),
        Attempt(attack, "contract.target", key, code, contract={"target": {key: elsewhere}}, place=CONTRACT),
        Attempt(attack, "contract.dativoTarget", key, code, place=CONTRACT,
                prepare=lambda scene: scene.write(CONTRACT, standard_contract(dativoTarget={key: elsewhere}))),
        Attempt(attack, "contract.customProperties", key, code, place=CONTRACT,
                prepare=lambda scene: scene.write(CONTRACT, standard_contract(**{key: elsewhere}))),
    ]  # fmt: skip


ATTEMPTS = (
    *_ids(),
    *_directories(),
    *_files(),
    *_configuration(),
    *_secrets(),
    *_targets(),
    *_properties(),
)
"""Attempts that are refused when files are checked."""
