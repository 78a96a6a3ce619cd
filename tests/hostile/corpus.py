"""All hostile deliveries. A new kind of file adds a module here."""

from tests.hostile import csv_text, json_lines, parquet_files, places

DELIVERIES = (*csv_text.DELIVERIES, *places.DELIVERIES, *json_lines.DELIVERIES, *parquet_files.DELIVERIES)
