import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.odcs.cron import WORDS, check_cron, longest_gap


@pytest.mark.parametrize(
    "text",
    [
        "0 5 * * *",
        "*/15 0-6,22 1 jan-MAR mon-fri",
        "5/10 * * * 7",
        "0 0 29 2 *",
        "0 0 31 2 mon",
        "  1 2 3 4 5 ",
        *WORDS,
    ],
)
def test_a_valid_cron_is_accepted(text):
    check_cron(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0 5 * *", "4 fields"), ("", "0 fields"), ("60 * * * *", "minute '60' is not within 0-59"),
        ("* 24 * * *", "hour"), ("* * 0 * *", "day"), ("* * * 13 *", "month"), ("* * * * 8", "weekday"),
        ("5-1 * * * *", "minute '5-1' ends before it begins"),
        ("*/0 * * * *", "minute"), ("a * * * *", "is no number"), ("1, * * * *", "not understood"),
        ("0 0 30 2 *", "day 30 never comes in month 2"), ("0 0 31 4,6 *", "never"), ("@dayly", "none of"),
        ("² * * * *", "no number"),
    ],
)  # fmt: skip
def test_an_invalid_cron_says_what_is_wrong(text, told):
    with pytest.raises(ValueError, match=told):
        check_cron(text)


@given(st.text(alphabet="0123456789*/-, @abc", max_size=20))
def test_any_text_is_accepted_or_refused(text):
    with contextlib.suppress(ValueError):
        check_cron(text)


@pytest.mark.parametrize(
    ("cron", "gap"),
    [
        ("*/15 9-17 * * *", timedelta(hours=15, minutes=15)),
        ("0 0 * * 7", timedelta(days=7)),
        ("0 0 1 * mon", timedelta(days=7)),
        ("0 12 29 2 *", timedelta(days=4 * 365 + 1)),
        ("@hourly", timedelta(hours=1)),
        ("30 5 1,15 * *", timedelta(days=17)),
    ],
)
def test_the_longest_time_between_two_moments_is_known(cron, gap):
    assert longest_gap(cron) == gap
