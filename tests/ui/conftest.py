"""Dagster's page on a shop of two tenants, and a browser to look at it."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

import dagster as dg
import pytest
from playwright.sync_api import BrowserContext, Page

from dativo_core.lake.catalog import open_lake
from dativo_core.model.names import TableName
from tests.dagster.orchestrators import free_port, orchestrator
from tests.ui.browser import SIZE, BrowserMissing, find_browser, running_browser
from tests.ui.shop import load_first_orders, load_shop, write_shop

REPOSITORY = Path(__file__).parents[2]
PICTURES = REPOSITORY / "docs" / "images"
NAVIGATION_WIDTH = 240
PATIENCE_MS = 60_000
UPDATES = os.environ.get("DATIVO_UPDATE_SCREENSHOTS") == "1"


@dataclass(frozen=True)
class Shop:
    """A workspace whose orchestrator is ready: its directory, the address of its page, and Dagster's records."""

    root: Path
    url: str
    instance: dg.DagsterInstance

    def landed(self, asset: str) -> list[str | None]:
        """Return the partition of every materialisation of an asset; None for those of none."""
        found = self.instance.fetch_materializations(dg.AssetKey(asset.split("/")), limit=1000).records
        return [record.partition_key for record in found]

    def rows(self, namespace: str, table: str) -> int:
        """Return how many rows a table of the lake has."""
        with open_lake(self.root / "lake") as lake:
            return lake.load(TableName((namespace,), table)).scan().to_arrow().num_rows


@pytest.fixture(scope="module")
def program() -> str:
    """The browser's program; without one the test is skipped, or fails where services are required."""
    try:
        return find_browser()
    except BrowserMissing as missing:
        if os.environ.get("DATIVO_TEST_REQUIRE_SERVICES") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def _place_of_pictures() -> Path:
    """Return a directory whose name tells nothing of the machine: pages show where tables are."""
    place = Path(gettempdir()) / "demo"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return place


@pytest.fixture(scope="module")
def shop(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop, with loads that were done, and `dativo start orchestrated` on it."""
    place = _place_of_pictures() if UPDATES else tmp_path_factory.mktemp("ui")
    root, home, port = write_shop(place / "shop"), place / "home", free_port()
    home.mkdir()
    shutil.copy(REPOSITORY / "dativo_dagster" / "shipped" / "dagster.yaml", home)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        load_first_orders(root, instance)
        with orchestrator(root, home, "--port", port) as started:
            load_shop(root, instance)
            started.wait_for("ready: ")
            yield Shop(root, f"http://127.0.0.1:{port}", instance)


@pytest.fixture(scope="module")
def browser(program: str, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser, started after all loads: it keeps an event loop running, beside which Dagster cannot run a job."""
    with running_browser(program, tmp_path_factory.mktemp("browser")) as context:
        yield context


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    """A tab of its own."""
    tab = browser.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    yield tab
    tab.close()


@pytest.fixture
def picture(page: Page) -> Callable[..., None]:
    """Write what the tab shows, without Dagster's own navigation, to docs/images, if DATIVO_UPDATE_SCREENSHOTS says so."""

    def take(name: str, height: int = SIZE["height"]) -> None:
        if UPDATES:
            page.mouse.move(0, 0)
            page.wait_for_timeout(1500)
            kept = {"x": NAVIGATION_WIDTH, "y": 0, "width": SIZE["width"] - NAVIGATION_WIDTH, "height": height}
            page.screenshot(path=PICTURES / f"{name}.png", clip=kept)

    return take
