"""Processes that end together."""

import os
import sys
import time

import pytest

from dativo_dagster.children import Children
from tests.dagster.orchestrators import until

STUBBORN = """\
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
ignoring = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", ignoring])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def lines():
    return []


@pytest.fixture
def children(tmp_path, lines):
    children = Children(tmp_path, os.environ, lines.append)
    yield children
    children.stop(0)


def python(program):
    return [sys.executable, "-c", program]


def test_each_line_of_either_stream_is_shown_with_its_name(children, lines):
    children.start("one", python("import sys; print('a\\nb'); print('c', file=sys.stderr)"))
    until(lambda: len(lines) == 3, 20)
    assert sorted(lines) == ["one | a", "one | b", "one | c"]


def test_bytes_that_are_no_text_stop_nothing(children, lines):
    children.start("one", python("import sys; sys.stdout.buffer.write(b'\\xff\\n'); print('next')"))
    until(lambda: len(lines) == 2, 20)
    assert lines[1] == "one | next"


def test_the_first_that_ends_is_known_with_its_exit_code(children):
    children.start("long", python("import time; time.sleep(60)"))
    assert children.first_ended() is None
    children.start("short", python("raise SystemExit(3)"))
    until(lambda: children.first_ended() is not None, 20)
    assert (children.first_ended().name, children.first_ended().ended) == ("short", 3)


def test_whoever_does_not_end_by_itself_is_killed_with_all_it_started(children, lines):
    children.start("stubborn", python(STUBBORN))
    until(lambda: bool(lines), 20)
    grandchild = int(lines[0].removeprefix("stubborn | "))
    begin = time.monotonic()
    children.stop(grace_s=0.5)
    assert time.monotonic() - begin < 10
    until(lambda: is_gone(grandchild), 5)
    assert children.started[0].ended == -9


def is_gone(pid):
    """Whether a process has ended; one that nobody has waited for yet has ended too."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
