"""What people see in Dagster's page, in a real browser on real processes. The pictures of docs/images are made here.

`DATIVO_UPDATE_SCREENSHOTS=1` writes them again.
"""

import re
from collections import Counter

import pytest
from dagster._core.execution.backfill import BulkActionStatus
from playwright.sync_api import expect

from tests.dagster.orchestrators import until
from tests.ui.shop import DAYS, VISITS_A_DAY

pytestmark = pytest.mark.slow

expect.set_options(timeout=90_000)


def shows(page, *texts):
    """Wait until the page shows every text."""
    for text in texts:
        expect(page.get_by_text(text, exact=True).first).to_be_visible()


def button(page, name):
    return page.locator("button").filter(has_text=name).first


def test_an_asset_shows_its_columns_with_constraints_and_tags(shop, page, picture):
    page.goto(f"{shop.url}/assets/acme/orders")
    shows(page, "One row per order of the web shop.", "primary key (order_id)", "max_length 254")
    picture("asset")
    columns = page.locator("table").filter(has_text="Column name")
    row = columns.locator("tr").filter(has_text="email")
    expect(row).to_contain_text("classification: pii")
    expect(row).to_contain_text("Where the invoice was sent.")
    lines = columns.locator("tr").filter(has_text="What was bought.")
    expect(lines).to_contain_text("list<struct<sku: string, quantity: long, price: decimal(8,2)>>")
    expect(lines).to_contain_text("[].quantity minimum 1")
    lines.scroll_into_view_if_needed()
    picture("columns")


def test_an_asset_links_to_the_lines_of_its_job_and_its_contract(shop, page):
    page.goto(f"{shop.url}/assets/acme/orders")
    shows(page, "Source code", "jobs/acme/orders.yaml")
    for file, holds in (("jobs/acme/orders.yaml", "tenant_id"), ("assets/jsonl/v1.0/orders.yaml", "name: orders")):
        link = page.locator(f'a[href*="{shop.root}/{file}:"]').first
        expect(link).to_be_visible()
        lines = (shop.root / file).read_text().splitlines()
        assert holds in lines[int(link.get_attribute("href").rpartition(":")[2]) - 1]


def test_what_runs_loaded_is_listed_and_plotted(shop, page, picture):
    page.goto(f"{shop.url}/assets/acme/orders")
    rows = page.locator("tr").filter(has_text="dativo/rows_written")
    expect(rows).to_contain_text("2240")
    expect(page.locator("tr").filter(has_text="dativo/snapshot_id")).to_be_visible()
    button(page, "Plots").click()
    plot = page.get_by_text("dativo/rows_read", exact=True)
    plot.scroll_into_view_if_needed()
    expect(page.locator("canvas").first).to_be_visible()
    picture("plots")


def test_checks_show_what_was_checked_and_one_that_failed_published_nothing(shop, page, picture):
    page.goto(f"{shop.url}/assets/bolt/stock?view=checks")
    page.get_by_text("whole_list").first.click()
    shows(page, "blocking", "A list cut short is not published.", "mustBeGreaterThan 50")
    picture("checks")
    assert shop.landed("bolt/stock") == []
    page.goto(f"{shop.url}/assets/acme/orders?view=checks")
    shows(page, "contract__types", "enough_orders", "known_status")
    page.get_by_text("contract__constraints").first.click()
    shows(page, "delivery.zip matches ^[0-9]{5}$")


def test_lineage_starts_at_the_source(shop, page, picture):
    page.goto(f"{shop.url}/assets/acme/shop/purchases?view=lineage")
    shows(page, "purchases", "purchases__quarantine")
    assert page.get_by_text("purchases", exact=True).count() >= 2
    picture("lineage")


def test_quarantined_rows_are_shown_with_their_reasons_and_without_personal_data(shop, page, picture):
    page.goto(f"{shop.url}/assets/acme/surveys__quarantine")
    shows(page, "data/surveys.csv", "stars: 'five' is not an integer (long)")
    page.get_by_text("dativo/rows_quarantined", exact=True).scroll_into_view_if_needed()
    picture("quarantine")
    assert "nobody" not in page.locator("body").inner_text()


def test_a_broken_job_is_a_placeholder_that_says_what_to_fix(shop, page, picture):
    page.goto(f"{shop.url}/assets/bolt/prices")
    shows(
        page,
        "jobs/bolt/prices.yaml:13: target.write_mod: unknown key 'write_mod'. Did you mean 'write_mode'? [unknown-key]",
    )
    shows(page, "jobs/bolt/prices.yaml:15", "Use one of: strict, warn.")
    picture("broken-job")
    page.goto(f"{shop.url}/assets")
    shows(page, "acme / orders", "bolt / prices", "bolt/invalid")
    picture("catalog")


def test_schedules_and_sensors_are_listed(shop, page, picture):
    page.goto(f"{shop.url}/automation")
    shows(page, "acme__orders__schedule", "acme__shop__schedule", "stock_at_night", "acme__config_sensor")
    shows(page, "dativo__failure_alerts")
    picture("automation", 500)


def test_the_launchpad_says_what_can_be_asked_for_and_nothing_else(shop, page, picture):
    page.goto(f"{shop.url}/locations/dativo/jobs/acme__visits/playground")
    config = page.locator("pre.CodeMirror-line")
    expect(config.filter(has_text="limit: 0")).to_be_visible()
    assert "resources:" not in config.all_inner_texts()
    config.filter(has_text="limit: 0").click()
    for text in ("Read everything and replace the table", "Read at most so many files", "publish nothing"):
        expect(page.locator("[class*=ConfigTypeSchema]").filter(has_text=text).first).to_be_visible()
    picture("launchpad")


def test_the_button_loads_a_job_s_rows(shop, page, picture):
    page.goto(f"{shop.url}/assets/bolt/shipments")
    shows(page, "Never materialized")
    button(page, "Materialize").click()
    until(lambda: shop.landed("bolt/shipments"), 300)
    expect(page.get_by_text("Never materialized")).to_have_count(0)
    picture("materialized")
    assert shop.rows("bolt__logistics", "shipments") == 40


def test_a_backfill_of_thirty_partitions_shows_its_progress_and_loads_each_once(shop, page, picture):
    page.goto(f"{shop.url}/assets/acme/visits?view=partitions")
    button(page, "Materialize").click()
    page.get_by_role("dialog").locator("button").filter(has_text=re.compile("^All$")).click()
    shows(page, "Backfills in multiple runs, with a maximum of 15 partitions per run.")
    button(page, "Launch backfill").click()
    until(shop.instance.get_backfills, 120)
    (backfill,) = shop.instance.get_backfills()
    page.goto(f"{shop.url}/runs/b/{backfill.backfill_id}")
    until(lambda: shop.instance.get_backfill(backfill.backfill_id).status == BulkActionStatus.COMPLETED_SUCCESS, 420)
    shows(page, "100% completed")
    picture("backfill", 300)
    assert Counter(shop.landed("acme/visits")) == dict.fromkeys(DAYS, 1)
    assert shop.rows("acme__sales", "visits") == len(DAYS) * VISITS_A_DAY
