"""What lower layers are asked to do with hostile values, as if no rule had looked at them: each refuses by itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from dativo_core.errors import ConfigError, DativoError, SecretError, SourceError, TargetError
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.table import TableColumn, TableDefinition, ensure_table
from dativo_core.model import names
from dativo_core.model.mode import Mode
from dativo_core.model.names import TableName
from dativo_core.model.origin import Authority, Origin
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.run import run
from dativo_core.secrets.base import resolve_references
from dativo_core.secrets.environment import EnvironmentStore
from dativo_core.secrets.filesystem import FilesystemStore
from tests.isolation import lies
from tests.isolation.attempts import DIRECTORIES, FILES, IDS
from tests.isolation.scene import ATTACKER, JOB, LAKE, VICTIM, Scene

OTHER = "leads to a place of another tenant"
OUT = "leads out of the workspace"
LEAVES = "a link that leads out of"
KEPT = "lies where tables or secrets are kept"
ELSEWHERE = "does not lie in its own directory"
SENT = "sends its files elsewhere or names code"
NO_TENANT = "is not a tenant id"
UNOWNED = "leads to no directory of the tenant"
CLOSED = "is not allowed in cloud mode"


@dataclass(frozen=True)
class Use:
    """One thing that is done to a lower layer, and the error it must end with, in both modes unless `mode` says which.

    `in_cloud` is the error of cloud mode where another check refuses earlier there.
    """

    attack: str
    field: str
    way: str
    error: type[Exception]
    text: str
    act: Callable[[Scene], object]
    prepare: Callable[[Scene], None] | None = None
    mode: Mode | None = None
    in_cloud: tuple[type[Exception], str] | None = None

    @property
    def name(self) -> str:
        return f"{self.attack}: {self.field}: {self.way}"

    def refusal(self, mode: Mode) -> tuple[type[Exception], str]:
        """Return the error of a mode, and what it tells."""
        return self.in_cloud if self.in_cloud and mode is Mode.CLOUD else (self.error, self.text)


def _run(scene: Scene) -> None:
    """Run the job of acme as it is planned; raises what a stream ended with."""
    _raise_errors(scene, scene.plan())


def _raise_errors(scene: Scene, plan: object) -> None:
    for stream in run(plan, scene.services()).streams:
        if stream.error is not None:
            raise stream.error


def _reading(path: str) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        plan = scene.plan()
        options = plan.source.options.model_copy(update={"files": (path,)})
        _raise_errors(scene, replace(plan, source=replace(plan.source, options=options)))

    return act


def _keeping_tables_in(directory: str) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        plan = scene.plan()
        catalog = replace(plan.target.catalog, directory=directory)
        origins = {**plan.origins, "target.catalog.directory": Origin(JOB, 1, Authority.TENANT)}
        _raise_errors(scene, replace(plan, target=replace(plan.target, catalog=catalog), origins=origins))

    return act


def _text(name: str, text: str) -> Callable[[Scene], None]:
    return lambda scene: scene.text(name, text)


def _link(name: str, target: str) -> Callable[[Scene], None]:
    return lambda scene: scene.link(name, target)


_UNOWNED = (SourceError, UNOWNED)
_IN_CLOUD: dict[str, tuple[type[Exception], str]] = {
    "behind a reference": (SecretError, "no value for ${HOME}"),
    "default of a reference": (ConfigError, CLOSED),
    "out of the workspace": _UNOWNED,
}
"""Ways that cloud mode closes before anybody looks whose place it is."""


def _files() -> list[Use]:
    attack = "rows out of the other's places"
    found = [
        Use(
            attack,
            "source.options.files",
            way,
            SourceError,
            OUT if code == "path-outside" else OTHER,
            _reading(path),
            in_cloud=_IN_CLOUD.get(way),
        )
        for way, (path, code) in FILES.items()
        if way != "name, older key"
    ]
    patterns = ("data/*/orders.csv", "data/**/*.csv", "*/*/postgres.json", "data/v*/*.csv", "data/?ictim/orders.csv")
    found += [
        Use(attack, "source.options.files", f"pattern {each}", SourceError, OTHER, _reading(each), in_cloud=_UNOWNED)
        for each in patterns
    ]
    inside = f"data/{ATTACKER}/*/orders.csv"
    found.append(
        Use(attack, "source.options.files", "pattern that follows a link", SourceError, LEAVES, _reading(inside),
            _link(f"data/{ATTACKER}/more", f"data/{VICTIM}"))
    )  # fmt: skip
    links = {
        "link to a file": (f"data/{ATTACKER}/x.csv", f"data/{VICTIM}/orders.csv", LEAVES),
        "link to a secret": (f"data/{ATTACKER}/x.csv", f"secrets/{VICTIM}/postgres.json", LEAVES),
        "link to its directory": (f"data/{ATTACKER}", f"data/{VICTIM}", OTHER),
        "link to the catalog": (f"data/{ATTACKER}/x.csv", f"{LAKE}/catalog.db", LEAVES),
    }
    for way, (name, target, text) in links.items():
        found.append(Use(attack, "source.files.path", way, SourceError, text, _run, _link(name, target)))
    for way, path in {
        "catalog": f"{LAKE}/catalog.db",
        "any table": f"{LAKE}/warehouse/*/*/data/*",
        "its own secret": f"secrets/{ATTACKER}/api_key",
    }.items():
        in_cloud = None if ATTACKER in path else _UNOWNED
        found.append(Use(attack, "source.options.files", way, SourceError, KEPT, _reading(path), in_cloud=in_cloud))
    found.append(
        Use(
            attack, "source.options.files", "behind a secret", SourceError, OTHER,
            _reading("${secret:place}/orders.csv"), _text(f"secrets/{ATTACKER}/place", f"data/{VICTIM}"),
        )
    )  # fmt: skip
    return found


def _secrets() -> list[Use]:
    attack = "secrets of the other's"

    def looking_up(tenant: str) -> Callable[[Scene], object]:
        return lambda scene: FilesystemStore(scene.root / "secrets").lookup(tenant, "api_key")

    def resolving(text: str) -> Callable[[Scene], object]:
        return lambda scene: resolve_references(text, ATTACKER, scene.services().secrets)

    def as_variables(scene: Scene) -> object:
        return resolve_references("${env:MINE__VICTIM__API_KEY}", ATTACKER, EnvironmentStore(prefix="MINE"))

    own = looking_up(ATTACKER)
    tenants = [
        Use(attack, "tenant of a look-up", way, SecretError, NO_TENANT, looking_up(text))
        for way, (text, code) in IDS.items()
        if code == "tenant-invalid"
    ]
    closed = "is a variable that opens secrets of other tenants"
    links = {
        "link to a file": (f"secrets/{ATTACKER}/stolen", f"secrets/{VICTIM}/api_key", "is a link that leads out of"),
        "link to its directory": (f"secrets/{ATTACKER}", f"secrets/{VICTIM}", "is a link"),
    }
    return [
        *tenants,
        *(Use(attack, "secret file", way, SecretError, text, own, _link(name, target))
          for way, (name, target, text) in links.items()),
        Use(attack, "secret reference", "name behind a dot", SecretError, "no value for",
            resolving("${secret:victim.api_key}")),
        Use(attack, "secret reference", "path", ConfigError, "is not a reference", resolving("${secret:../victim/api_key}")),
        Use(attack, "environment reference", "the other's variable", ConfigError, closed,
            resolving("${env:DATIVO_SECRET__VICTIM__API_KEY}")),
        Use(attack, "plain reference", "the other's variable", ConfigError, closed,
            resolving("${DATIVO_SECRET__VICTIM__API_KEY}")),
        Use(attack, "plain reference", "the other's variable in small letters", ConfigError, closed,
            resolving("${dativo_secret__victim__api_key}")),
        Use(attack, "plain reference", "settings of the secret store", ConfigError, closed,
            resolving("${DATIVO_SECRET_MANAGER_CONFIG:-}")),
        Use(attack, "plain reference", "login of the secret store", ConfigError, closed, resolving("${VAULT_TOKEN}")),
        Use(attack, "environment reference", "variable with the operator's prefix", ConfigError, closed, as_variables),
        Use(attack, "secret file", "readable by others, in cloud mode", SecretError, "others on this machine can read",
            lambda scene: FilesystemStore(scene.root / "secrets", is_strict=True).lookup(ATTACKER, "api_key"),
            lambda scene: [each.chmod(0o755 if each.is_dir() else 0o644)
                           for each in (scene.root / "secrets", *(scene.root / "secrets").rglob("*"))] and None),
    ]  # fmt: skip


def _targets() -> list[Use]:
    attack = "tables in the other's places"
    found = [
        Use(attack, "target.catalog.directory", way, ConfigError, OUT if code == "path-outside" else OTHER,
            _keeping_tables_in(directory))
        for way, (directory, code) in DIRECTORIES.items()
    ]  # fmt: skip
    links = {
        "link to the other's": (f"lakes/{VICTIM}", OTHER),
        "link out of the workspace": ("/srv", OUT),
    }
    for way, (target, text) in links.items():
        prepare = _link("lakes/mine", target)
        found.append(
            Use(attack, "target.catalog.directory", way, ConfigError, text, _keeping_tables_in("lakes/mine"), prepare)
        )
    found.append(
        Use(attack, "target.catalog.directory", "behind a secret", ConfigError, OTHER,
            _keeping_tables_in("${secret:place}"), _text(f"secrets/{ATTACKER}/place", f"lakes/{VICTIM}"))
    )  # fmt: skip
    return found


def _definition(namespace: str, table: str, *properties: tuple[str, str]) -> TableDefinition:
    column = TableColumn("id", FieldType(TypeKind.LONG), required=False)
    return TableDefinition(TableName((namespace,), table), (column,), properties=properties)


def _names() -> list[Use]:
    attack = "names that lead elsewhere"
    hostile = {
        "traversal": "../../victim__default",
        "slash": "victim__default/victim_orders",
        "dot": "victim__default.victim_orders",
        "letter case": "Victim__default",
        "wildcard": "victim__*",
        "percent": "victim%5f%5fdefault",
        "NUL": "victim\x00",
        "empty": "",
        "over-long": "v" * 256,
    }

    def loading(name: TableName) -> Callable[[Scene], object]:
        def act(scene: Scene) -> object:
            with open_lake(scene.root / LAKE) as lake:
                return lake.load(name)

        return act

    def locking(name: TableName) -> Callable[[Scene], object]:
        def act(scene: Scene) -> object:
            with open_lake(scene.root / LAKE) as lake, lake.lock(name):
                return None

        return act

    def creating(definition: TableDefinition) -> Callable[[Scene], object]:
        def act(scene: Scene) -> object:
            with open_lake(scene.root / LAKE) as lake:
                return ensure_table(lake, definition)

        return act

    text = "cannot be a part of a table's name"
    found = [
        Use(attack, "namespace", way, TargetError, text, loading(TableName((name,), "t")))
        for way, name in hostile.items()
    ]
    name = TableName((lies.NAMESPACE,), hostile["traversal"])
    found += [
        Use(attack, "table", "traversal", TargetError, text, loading(name)),
        Use(attack, "lock of a table", "traversal", TargetError, text, locking(name)),
        Use(attack, "new table", "traversal", TargetError, text, creating(_definition(lies.NAMESPACE, name.name))),
        Use(attack, "quarantine", "traversal", TargetError, text, loading(name.quarantine)),
    ]
    for key in ("write.data.path", "location", "py-io-impl", "write.py-location-provider.impl", "dativo.anything"):
        definition = _definition(lies.NAMESPACE, "t", (key, "file:///lake/victim"))
        found.append(Use(attack, "property of a new table", key, TargetError, "is not allowed", creating(definition)))
    derived: dict[str, Callable[[str], object]] = {
        "namespace": lambda tenant: names.table_name(tenant, None, "orders"),
        "state": lambda tenant: names.job_key(tenant, "orders", "orders"),
        "asset": lambda tenant: names.asset_key(tenant, "orders"),
        "source asset": lambda tenant: names.source_key(tenant, "csv", "orders"),
        "op": lambda tenant: names.op_name(tenant, "orders"),
        "Dagster job": lambda tenant: names.dagster_job_name(tenant, "orders"),
        "schedule": lambda tenant: names.schedule_name(tenant, "orders"),
        "configuration sensor": names.config_sensor_name,
        "file sensor": names.file_sensor_name,
        "pool": names.pool_name,
        "group": lambda tenant: names.group_name(tenant, "csv"),
        "scope of secrets": names.secret_scope,
    }
    for what, make in derived.items():
        found.append(Use(attack, what, "an id that is none", ValueError, NO_TENANT, _of_every_id(make)))
    return found


def _of_every_id(make: Callable[[str], object]) -> Callable[[Scene], object]:
    def act(_scene: Scene) -> object:
        refused = None
        for text, code in IDS.values():
            if code == "tenant-invalid":
                try:
                    return make(text)
                except ValueError as error:
                    refused = error
        assert refused is not None
        raise refused

    return act


def _lies() -> list[Use]:
    attack = "a catalog that lies"
    others = f"/{lies.OTHERS}"
    properties = {
        "write.data.path": SENT,
        "write.metadata.path": SENT,
        "write.object-storage.path": SENT,
        "write.object-storage.enabled": SENT,
        "py-io-impl": SENT,
        "write.py-location-provider.impl": SENT,
    }
    found = [
        Use(attack, "property of the table", key, TargetError, text, _run, lies.with_property(key, f"file://{others}"))
        for key, text in properties.items()
    ]
    places = {
        "the other's table": lies.OTHERS,
        "beside its own": f"{lies.OWN}2",
        "traversal": f"{lies.OWN}/../../{VICTIM}__default/t",
        "out of the lake": "elsewhere",
    }
    for way, place in places.items():
        found.append(Use(attack, "location of the table", way, TargetError, ELSEWHERE, _run, lies.with_location(place)))
    links = {
        "namespace": (f"{lies.WAREHOUSE}/{lies.NAMESPACE}", f"{lies.WAREHOUSE}/{VICTIM}__default", False),
        "table": (lies.OWN, lies.OTHERS, False),
        "data": (f"{lies.OWN}/data", f"{lies.OTHERS}/data", True),
        "metadata": (f"{lies.OWN}/metadata", f"{lies.OTHERS}/metadata", False),
    }
    for what, (place, target, loaded) in links.items():
        prepare = lies.linked(place, target, loaded=loaded)
        found.append(
            Use(attack, f"directory of the {what}", "link to the other's", TargetError, ELSEWHERE, _run, prepare)
        )
    found += [
        Use(attack, "metadata of the table", "file of the other's", TargetError, ELSEWHERE, _run,
            lies.pointing_to_the_others_metadata),
    ]  # fmt: skip
    return found


def _shared() -> list[Use]:
    """What no tenant's name is in, which only cloud mode keeps from tenants."""
    attack, files, kept = "places of nobody, in cloud mode", "source.options.files", "target.catalog.directory"
    secret = _text(f"secrets/{ATTACKER}/place", "shared")

    def of_workspace(path: str) -> Callable[[Scene], object]:
        return lambda scene: _reading(f"{scene.root}/{path}")(scene)

    reading = {
        "name": ("data/orders.csv", None),
        "own name of a file": (f"data/{ATTACKER}", None),
        "derived name of a file": (f"data/{ATTACKER}__orders", None),
        "traversal from its own": (f"data/{ATTACKER}/../shared/orders.csv", None),
        "own directory outside": (f"/srv/{ATTACKER}/orders.csv", None),
        "own directory outside, as an address": (f"file:///srv/{ATTACKER}/orders.csv", None),
        "behind a secret": ("${secret:place}/orders.csv", secret),
        "behind a plain reference": ("${place}/orders.csv", secret),
        "directory that is a link": (f"data/{ATTACKER}/orders.csv", _link(f"data/{ATTACKER}", "shared")),
        "directory that is a link outside": (f"data/{ATTACKER}/*.csv", _link(f"data/{ATTACKER}", "/srv")),
    }
    keeping = {
        "name": ("lakes", None),
        "name in front of it": (f"{ATTACKER}/../lakes", None),
        "behind a secret": ("${secret:place}", secret),
        "directory that is a link": (f"lakes/{ATTACKER}", _link(f"lakes/{ATTACKER}", "shared")),
    }
    found = [
        *(Use(attack, files, way, SourceError, UNOWNED, _reading(path), _with_shared(prepare), Mode.CLOUD)
          for way, (path, prepare) in reading.items()),
        Use(attack, files, "absolute", SourceError, UNOWNED, of_workspace("data/orders.csv"), mode=Mode.CLOUD),
        *(Use(attack, kept, way, ConfigError, UNOWNED, _keeping_tables_in(directory), _with_shared(prepare), Mode.CLOUD)
          for way, (directory, prepare) in keeping.items()),
    ]  # fmt: skip
    places = {f"lakes/{VICTIM}": OTHER, "shared": UNOWNED, "/srv": OUT}
    found += [
        Use(attack, kept, f"secret that a recipe asks for: {place}", ConfigError, text, _keeping_tables_as_the_recipe_says,
            _text(f"secrets/{ATTACKER}/place", place), Mode.CLOUD)
        for place, text in places.items()
    ]  # fmt: skip
    variables = {
        "variable": ("${HOME}/orders.csv", SecretError, "no value for ${HOME}"),
        "variable by its kind": ("${env:HOME}/orders.csv", ConfigError, CLOSED),
        "default": ("${NOWHERE:-data/acme}/orders.csv", ConfigError, CLOSED),
    }
    found += [
        Use(attack, "environment reference", way, error, text, _reading(path), mode=Mode.CLOUD)
        for way, (path, error, text) in variables.items()
    ]
    return [*found, Use(attack, "plan", "checked for the other mode", ConfigError, "was checked for the mode self_hosted",
                        _running_in_cloud, mode=Mode.SELF_HOSTED)]  # fmt: skip


def _keeping_tables_as_the_recipe_says(scene: Scene) -> None:
    plan = scene.plan()
    _raise_errors(
        scene, replace(plan, target=replace(plan.target, catalog=replace(plan.target.catalog, directory="${place}")))
    )


def _with_shared(prepare: Callable[[Scene], None] | None) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        scene.text("shared/orders.csv", "id,note\n1,shared\n")
        if prepare is not None:
            prepare(scene)

    return act


def _running_in_cloud(scene: Scene) -> None:
    plan = scene.plan()
    scene.mode = Mode.CLOUD
    _raise_errors(scene, plan)


USES = (*_files(), *_secrets(), *_targets(), *_names(), *_lies(), *_shared())
"""Attempts that are refused at the point of use."""

ERRORS = (DativoError, ValueError)
