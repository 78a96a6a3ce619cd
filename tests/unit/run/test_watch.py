"""What the files of a job look like from outside."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dativo_core.errors import SourceError
from dativo_core.model.job_partitions import JobPartitions, PartitionKind
from dativo_core.model.source_options import CsvOptions
from dativo_core.plan.types import FileTriggerPlan, TriggerPlan
from dativo_core.run import watch
from dativo_core.run.watch import look_at_files
from dativo_core.secrets.environment import EnvironmentStore
from dativo_core.sources.local_files import LocalFiles
from tests.dagster import plans

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


def plan(root, *patterns, partitions=None, settle_s=0):
    made = plans.plan(root=str(root), triggers=TriggerPlan(files=FileTriggerPlan(settle_seconds=settle_s)))
    return replace(made, source=replace(made.source, options=CsvOptions(files=patterns), partitions=partitions))


def look(root, *patterns, since_s=0.0, **changes):
    return look_at_files(plan(root, *patterns, **changes), EnvironmentStore(), "self_hosted", NOW, since_s)


def write(root, name, text="id\n1\n", age_s=100.0):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (NOW.timestamp() - age_s,) * 2)


def test_a_change_of_name_size_or_time_changes_the_digest_and_reading_does_not(tmp_path):
    write(tmp_path, "in/a.csv")
    digests = [look(tmp_path, "in/*.csv").all.digest]
    (tmp_path / "in/a.csv").read_text()
    assert look(tmp_path, "in/*.csv").all.digest == digests[0]
    for change in (
        lambda: write(tmp_path, "in/b.csv"),
        lambda: write(tmp_path, "in/b.csv", "id\n12\n"),
        lambda: write(tmp_path, "in/b.csv", "id\n12\n", age_s=99),
        lambda: (tmp_path / "in/b.csv").rename(tmp_path / "in/c.csv"),
    ):
        change()
        digests.append(look(tmp_path, "in/*.csv").all.digest)
    assert len(set(digests)) == len(digests)
    (tmp_path / "in/c.csv").unlink()
    assert look(tmp_path, "in/*.csv").all.digest == digests[0]


def test_files_of_partitions_that_have_not_ended_are_not_there(tmp_path):
    for day in ("2026-01-08", "2026-01-09", "2026-01-10", "2027-01-01", "2025-12-31", "other"):
        write(tmp_path, f"in/{day}/a.csv")
    daily = JobPartitions(PartitionKind.DAILY, start="2026-01-01", path_format="%Y-%m-%d")
    seen = look(tmp_path, "in/{partition}/*.csv", partitions=daily)
    assert sorted(seen.of_partition) == ["2026-01-08", "2026-01-09"]
    assert seen.all.files == 2
    current = look(tmp_path, "in/{partition}/*.csv", partitions=replace(daily, has_current=True))
    assert sorted(current.of_partition) == ["2026-01-08", "2026-01-09", "2026-01-10"]


def test_young_files_are_still_being_written_and_recent_ones_are_newer(tmp_path):
    write(tmp_path, "in/a.csv", age_s=5)
    write(tmp_path, "in/b.csv", age_s=50)
    write(tmp_path, "in/c.csv", age_s=-3600)
    found = look(tmp_path, "in/*.csv", settle_s=10, since_s=NOW.timestamp() - 20).all
    assert (found.files, found.unsettled, found.newer) == (3, 1, 2)


def test_hidden_files_directories_and_dangling_links_are_no_files(tmp_path):
    write(tmp_path, "in/a.csv")
    write(tmp_path, "in/.b.csv")
    (tmp_path / "in/c.csv").mkdir()
    (tmp_path / "in/d.csv").symlink_to(tmp_path / "nowhere")
    files = LocalFiles(tmp_path)
    assert [hint.path for hint in files.hints(["in/*.csv"])] == ["in/a.csv"]
    assert [hint.path for hint in files.hints([f"file://{tmp_path}/in/a.csv", "in/none.csv", "none/*"])] == ["in/a.csv"]
    assert [hint.path for hint in files.hints(["**/*.csv"])] == ["in/a.csv"]


def test_a_pattern_that_leads_out_of_the_workspace_is_refused(tmp_path):
    write(tmp_path, "secret.csv")
    root = tmp_path / "workspace"
    root.mkdir()
    with pytest.raises(SourceError, match="leads out of the workspace"):
        look(root, "../*.csv")


def test_a_name_that_is_not_text_hides_no_other(tmp_path):
    write(tmp_path, "in/a.csv")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/in/\xff.csv")).write_text("x")
    assert look(tmp_path, "in/*.csv").all.files == 2
    assert len(look(tmp_path, "in/*.csv").all.digest) == watch.DIGEST_LENGTH
