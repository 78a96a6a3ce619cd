"""Log lines: one JSON object each, with the run's context."""

import io
import json
import logging
import threading
import warnings
from datetime import UTC, datetime, timedelta

import pytest

from dativo_core.telemetry import redact
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import bound, json_handler, log_event, logging_to

logger = logging.getLogger("dativo_core.test")


def lines(write):
    stream = io.StringIO()
    with logging_to(json_handler(stream)):
        write()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_has_every_field_of_the_format():
    def write():
        with bound(tenant_id="acme", job_name="orders", run_id="r1"):
            log_event(logger, Event.COMMIT_SUCCESS, "published", snapshot_id=7, size_bytes=10)

    (line,) = lines(write)
    assert line["timestamp"].endswith("+00:00")
    assert (line["level"], line["message"], line["event_type"]) == ("INFO", "published", "commit_success")
    assert (line["module"], line["function"]) == ("test_log", "write")
    assert line["line"] > 0
    assert (line["tenant_id"], line["job_name"], line["run_id"]) == ("acme", "orders", "r1")
    assert (line["snapshot_id"], line["size_bytes"]) == (7, 10)


ALWAYS = ["timestamp", "level", "message", "module", "function", "line"]
CONTEXT = ["tenant_id", "job_name", "event_type", "connector_type", "run_id"]


def test_a_line_has_all_fields_of_the_format_and_no_others_in_an_order_for_people():
    extra = {"rows_read": 3, "size_bytes": 10, "duration_seconds": 0.5, "exit_code": 2}

    def write():
        with bound(tenant_id="acme", job_name="orders", run_id="r1", connector_type="csv"):
            log_event(logger, Event.JOB_ERROR, "failed", exc_info=ValueError("x"), **extra)
            logging.getLogger("somelib").warning("slow")

    told, bare = lines(write)
    assert set(told) == {*ALWAYS, *CONTEXT, *extra, "exception"}
    assert list(told)[:6] == ALWAYS
    assert set(bare) == {*ALWAYS, *CONTEXT}
    assert datetime.fromisoformat(told["timestamp"]).utcoffset() == timedelta(0)
    assert abs(datetime.fromisoformat(told["timestamp"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert told["exception"] == "ValueError: x"


def test_a_record_of_a_library_has_the_context_too():
    def write():
        with bound(tenant_id="acme"):
            logging.getLogger("somelib").warning("slow", extra={"seconds": 2})

    (line,) = lines(write)
    assert (line["tenant_id"], line["seconds"], line["event_type"]) == ("acme", 2, None)


def test_libraries_are_heard_from_warning_on():
    assert lines(lambda: logging.getLogger("somelib").info("chatter")) == []


def test_tries_of_requests_are_not_told_one_by_one():
    client = logging.getLogger("urllib3.connectionpool")
    assert [line["message"] for line in lines(lambda: (client.warning("Retrying"), client.error("broken")))] == [
        "broken"
    ]
    assert client.level == logging.NOTSET


def test_an_exception_is_one_line_with_its_text():
    def write():
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            logger.exception("failed")

    (line,) = lines(write)
    assert "ZeroDivisionError: division by zero" in line["exception"]


def test_a_hostile_message_stays_one_line():
    (line,) = lines(lambda: logger.info('x"}\n{"level": "FORGED"}'))
    assert line["level"] == "INFO"


def test_context_ends_with_its_block():
    def write():
        with bound(tenant_id="acme"), bound(tenant_id="beta", job_name="x"):
            logger.info("inner")
        logger.info("outer")

    inner, outer = lines(write)
    assert (inner["tenant_id"], inner["job_name"]) == ("beta", "x")
    assert (outer["tenant_id"], outer["job_name"]) == (None, None)


def test_threads_do_not_see_each_others_context():
    barrier = threading.Barrier(2)

    def work(tenant):
        with bound(tenant_id=tenant):
            barrier.wait()
            logger.info(tenant)

    def write():
        threads = [threading.Thread(target=work, args=(tenant,)) for tenant in ("acme", "beta")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert all(line["message"] == line["tenant_id"] for line in lines(write))


def test_python_warnings_become_log_lines():
    def write():
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)
            warnings.warn("old option", FutureWarning, stacklevel=1)

    assert "old option" in lines(write)[0]["message"]


def test_logging_is_as_before_afterwards():
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.getLogger("dativo_core").level
    lines(lambda: None)
    assert (root.handlers[:], root.level, logging.getLogger("dativo_core").level) == before


def test_a_field_named_like_a_record_attribute_is_refused():
    with pytest.raises(KeyError, match="module"):
        lines(lambda: log_event(logger, Event.JOB_STARTED, "x", module="y"))


class Spiteful:
    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __str__


def ring():
    value = {}
    value["self"] = value
    return value


@pytest.mark.parametrize(
    "value",
    [Spiteful(), ring(), float("inf"), b"\xff\x00", 10**5000, object(), {1: {2}}, "\ud800", range(3), ValueError("x")],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_is_no_json_becomes_text_and_loses_no_line(value):
    (line,) = lines(lambda: logger.info("told", extra={"value": value}))
    assert line["message"] == "told"
    assert line["value"] is not None


@pytest.mark.parametrize("message", [Spiteful(), "%s %s", {"a": 1}, None])
def test_a_message_that_cannot_be_made_loses_no_line(message):
    (line,) = lines(lambda: logger.info(message, "one"))
    assert line["level"] == "INFO"


def test_a_field_that_is_named_like_one_of_the_line_cannot_forge_it():
    (line,) = lines(lambda: logger.info("told", extra={"level": "FORGED", "timestamp": "FORGED", "function": "FORGED"}))
    assert (line["level"], line["message"]) == ("INFO", "told")
    assert line["timestamp"].endswith("+00:00")
    assert (line["level_"], line["timestamp_"]) == ("FORGED", "FORGED")


def test_colours_and_direction_marks_are_shown_and_do_nothing():
    stream = io.StringIO()
    with logging_to(json_handler(stream)):
        logger.info("a\x1b[31mb\u202ec\x00\x85", extra={"name\u202e": "d\x1b]0;x\x07"})
    assert stream.getvalue().isascii()
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert line["message"] == "a\\x1b[31mb\\u202ec\\x00\\x85"
    assert line["name\\u202e"] == "d\\x1b]0;x\\x07"


def test_long_values_and_long_lists_are_cut_with_a_mark():
    (line,) = lines(lambda: logger.info("x" * 5000, extra={"value": "y" * 5000, "list": list(range(500))}))
    assert line["message"].endswith("more characters)")
    assert len(line["value"]) < 1100
    assert line["list"][-1] == "… (400 more items)"


def test_a_stack_is_told_without_secrets(monkeypatch):
    monkeypatch.setattr(redact, "_forms", frozenset())
    redact.register("stack_info=True")
    (line,) = lines(lambda: logger.info("here", stack_info=True))
    assert "stack_info=True" not in json.dumps(line)
    assert redact.REDACTED in line["stack_info"]


def test_a_stream_that_is_closed_stops_nobody(capsys):
    stream = io.StringIO()
    with logging_to(json_handler(stream)):
        stream.close()
        logger.info("told")
    assert capsys.readouterr().err == ""


def test_a_context_says_how_much_is_heard():
    def write():
        for level in (logging.DEBUG, logging.ERROR, None):
            with bound(tenant_id="acme", level=level):
                logger.debug("debug")
                logger.info("info")
                logger.error("error")

    assert [line["message"] for line in lines(write)] == ["debug", "info", "error", "error", "info", "error"]
