"""A search for the canaries of a whole session: a plugin of pytest, which fails a session that leaves one anywhere.

Searched are what tests and the processes they started printed and logged, and, at the end, every file below the temporary
directory of the session, as the logs, homes of Dagster, warehouses, catalogs and quarantines of all tests are.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.canary import all_planted, contents, files_below, forms, hits, is_kept, may_hold_canaries, new_word

VARIABLES = {
    "SUITE_API_KEY": "{}",
    "SUITE_DSN": "postgres://suite:{}@127.0.0.1:1/db",
    "SUITE_PROXY": "http://suite:{}@127.0.0.1:1",
    "PGPASSWORD": "{}",
    "CLOUD_CREDENTIALS": '{{"type": "service_account", "private_key": "{}"}}',
}
"""Variables every test and every process of a session has, and none of them needs."""

_KEY = pytest.StashKey["Search"]()


class Search:
    """What was searched so far, and what was found."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}
        self.directories: set[Path] = set()
        self.files = self.size = 0
        self.seconds = 0.0

    def printed(self, place: str, text: str | bytes | None) -> None:
        """Search a text that a test or one of its processes printed."""
        if text:
            self._content(place, text.encode(errors="replace") if isinstance(text, str) else text)

    def directory(self, root: Path) -> None:
        """Search all files below a directory but those in which secrets are kept."""
        began = time.perf_counter()
        for file in files_below(root):
            if not is_kept(file, root):
                self.files += 1
                for place, content in contents(file):
                    self._content(place, content)
        self.seconds += time.perf_counter() - began

    def figures(self) -> str:
        """Return in one line what was looked for where, and how long that took."""
        secrets = all_planted()
        kinds = max((len(forms(secret)) for secret in secrets), default=0)
        return (
            f"canaries: {len(secrets)} secrets x {kinds} forms, {len(self.found)} found in {self.files} files"
            f" and {self.size / 1e6:.0f} MB, {self.seconds:.1f} s"
        )

    def _content(self, place: str, content: bytes) -> None:
        self.size += len(content)
        if may_hold_canaries(content):
            self.found.update(dict.fromkeys(hits(place, content, all_planted())))


def pytest_configure(config: pytest.Config) -> None:
    """Plant canaries in the environment, and listen to what processes and command lines print."""
    search = config.stash[_KEY] = Search()
    patch = pytest.MonkeyPatch()
    for name, text in VARIABLES.items():
        patch.setenv(name, text.format(new_word("Env")))
    patch.setattr(subprocess.Popen, "communicate", _heard(subprocess.Popen.communicate, search))
    patch.setattr(CliRunner, "invoke", _noted(CliRunner.invoke, search))
    patch.setattr(pytest.CaptureFixture, "readouterr", _read(pytest.CaptureFixture.readouterr, search))
    config.add_cleanup(patch.undo)


@pytest.fixture(scope="session", autouse=True)
def _temporary_directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    request.config.stash[_KEY].directories.add(tmp_path_factory.getbasetemp())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Search what a test printed and logged, of which the report of its last phase has all."""
    report: pytest.TestReport = yield
    if report.when == "teardown":
        for name, text in report.sections:
            item.config.stash[_KEY].printed(f"{name} of {item.nodeid}", text)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Search all that is left, and fail the session that left a canary."""
    search = session.config.stash[_KEY]
    for root in search.directories:
        search.directory(root)
    if search.found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print each place of a canary, and the figures."""
    search = config.stash[_KEY]
    if search.found:
        terminalreporter.section("secrets that were left", red=True, bold=True)
        for line in search.found:
            terminalreporter.line(line)
    terminalreporter.line(search.figures())


def _test() -> str:
    return os.environ.get("PYTEST_CURRENT_TEST", "the session").partition(" (")[0]


def _heard(communicate: Any, search: Search) -> Any:
    def heard(process: Any, *arguments: Any, **options: Any) -> Any:
        streams = communicate(process, *arguments, **options)
        for name, text in zip(("stdout", "stderr"), streams, strict=True):
            search.printed(f"{name} of a process of {_test()}", text)
        return streams

    return heard


def _noted(invoke: Any, search: Search) -> Any:
    def noted(runner: CliRunner, *arguments: Any, **options: Any) -> Any:
        result = invoke(runner, *arguments, **options)
        search.printed(f"output of a command of {_test()}", result.output_bytes)
        return result

    return noted


def _read(readouterr: Any, search: Search) -> Any:
    def read(capture: Any) -> Any:
        streams = readouterr(capture)
        for name, text in zip(("stdout", "stderr"), streams, strict=True):
            search.printed(f"{name} of {_test()}", text)
        return streams

    return read
