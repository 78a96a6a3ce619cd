"""The page for operators has every event, and no other."""

import re
from pathlib import Path

from dativo_core.telemetry.events import Event

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"


def test_the_table_of_events_has_every_event_once():
    _, _, section = PAGE.read_text().partition("\n## Events\n")
    table = section.partition("\n## ")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = [name for cell in first_cells for name in re.findall(r"`([a-z_]+)`", cell)]
    assert sorted(told) == sorted(Event)
