from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.odcs.cron import check_cron
from dativo_core.odcs.cron_spread import resolve_cron

NAMES = st.text(min_size=1, max_size=20)


def test_a_cron_without_h_stays_as_it_is():
    assert resolve_cron("0 5 * * mon", "acme/orders") == "0 5 * * mon"
    assert resolve_cron("@hourly", "acme/orders") == "@hourly"
    assert resolve_cron("0 5 * MAR THU", "acme/orders") == "0 5 * MAR THU"


def test_the_places_of_a_job_are_the_same_on_every_machine():
    assert resolve_cron("H H * * *", "acme/orders") == "32 16 * * *"
    assert resolve_cron("H/15,5 H(0-3) H * *", "acme/orders") == "2-59/15,5 0 14 * *"


def test_a_thousand_hourly_jobs_are_spread_over_the_hour():
    minutes = Counter(resolve_cron("H * * * *", f"acme/job_{number}").split()[0] for number in range(1000))
    assert len(minutes) == 60
    assert max(minutes.values()) < 40


@given(NAMES, st.sampled_from(["H", "H/7", "H(3-20)", "H(3-20)/4", "H,30"]))
def test_whatever_the_job_is_called_its_cron_is_valid(name, minute):
    check_cron(resolve_cron(f"{minute} H H H H", name))


@given(NAMES, st.integers(1, 60))
def test_a_step_starts_below_itself_and_keeps_to_the_hour(name, step):
    start, rest = resolve_cron(f"H/{step} * * * *", name).split()[0].split("-")
    assert 0 <= int(start) < step
    assert rest == f"59/{step}"


@given(NAMES)
def test_a_range_is_kept(name):
    minute, hour, *_ = resolve_cron("H(10-19) H(22-23) * * *", name).split()
    assert 10 <= int(minute) <= 19
    assert int(hour) in {22, 23}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("H(50-60) * * * *", "minute 'H.50-60.' is not within 0-59"),
        ("H(9-3) * * * *", "ends before it begins"),
        ("* * H(0-3) * *", "day"),
        ("H/0 * * * *", "step of the minute"),
        ("H/61 * * * *", "not within 1-60"),
        ("H(0-9)/11 * * * *", "not within 1-10"),
        ("HH * * * *", "no number"),
        ("H(1) * * * *", "not understood"),
        ("H * * *", "4 fields"),
        ("0 0 0 H * *", "6 fields"),
        ("H H H(30-31) 2 *", "never comes"),
    ],
)
def test_an_invalid_cron_says_what_is_wrong(text, told):
    with pytest.raises(ValueError, match=told):
        resolve_cron(text, "acme/orders")
