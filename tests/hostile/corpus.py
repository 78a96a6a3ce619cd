"""All hostile deliveries. A new kind of file adds a module here."""

from tests.hostile import csv_text, places

DELIVERIES = (*csv_text.DELIVERIES, *places.DELIVERIES)
