import time

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.odcs.patterns import MAX_SEARCHED, NeedsBacktracking, searches, to_re2

USABLE = [
    r"^[A-Z]{2}$",
    r"\d+(\.\d{1,2})?",
    r"^(?:a|b)*?$",
    r"[[a]",
    r"[a&&b~~||]",
    r"(?i)yes|no",
    r"(?<year>\d{4})",
    r"(?P<year>\d{4})",
    r"\u0041[\u00e9]",
    r"\p{L}+\pN",
    r"a{0,1000}",
    r"\x{41}\z",
    r"[(?<]x",
    r"[\]\\]",
    r"\(\?=",
    r"\(?=a",
    r"[:]",
    "é{2}",
]
REFUSED = [
    r"(?=a)b", r"(?!a)b", r"(?<=a)b", r"(?<!a)b", r"(a)\1", r"(?<n>a)\k<n>", r"(?P<n>a)(?P=n)", r"(?>a)", r"a++", r"a*+",
    r"a{2}+", r"[^]", r"[]", r"\cA", r"a{1001}", r"(", r"[a", r"a**", r"\Z", r"(?x)a", r"(?(1)a|b)", r"(?#c)", r"\y", "*",
    "[a--b]", r"[\b]", r"[\1]", "[[:alpha:]]",
]  # fmt: skip


def run(pattern: str, text: str) -> bool:
    return pc.match_substring_regex(pa.array([text]), pattern)[0].as_py()


@pytest.mark.parametrize("pattern", USABLE)
def test_a_pattern_that_is_accepted_runs_in_re2(pattern):
    run(to_re2(pattern), "text")


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_re2_cannot_run_is_refused(pattern):
    with pytest.raises(ValueError, match=r"."):
        to_re2(pattern)


def test_a_code_point_is_rewritten():
    assert to_re2(r"^\u0041$") == r"^\x{0041}$"
    assert run(to_re2(r"^[\u0041]$"), "A")


@given(st.text(alphabet=r"ab1^$[](){}|*+?\.,-=!<>:dwPuZkx", max_size=14))
def test_an_accepted_pattern_always_runs_in_re2(pattern):
    try:
        accepted = to_re2(pattern)
    except ValueError:
        return
    run(accepted, "ab1")


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(a)\1", r"(?>a)", r"a++", r"(?(1)a|b)"])
def test_what_needs_backtracking_is_told_apart(pattern):
    with pytest.raises(NeedsBacktracking):
        to_re2(pattern)


@given(
    st.text(alphabet=r"ab1^$[](){}|*+?\.,-=!<>:dwPuZkx", max_size=14),
    st.text(alphabet="ab1-.\n $é", max_size=8),
)
def test_a_search_finds_what_re2_finds_or_does_not_tell(pattern, text):
    try:
        accepted = to_re2(pattern)
    except ValueError:
        return
    assert searches(accepted, text) in {None, run(accepted, text)}


@pytest.mark.parametrize("pattern", ["^[A-Z]{3}-[0-9]+$", r"^\d{4}-\d{2}$", "^(open|paid|sent)$", r"^\S+@\S+$", "é$"])
def test_a_plain_pattern_is_searched(pattern):
    assert searches(pattern, "ABC-1") is run(pattern, "ABC-1")


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "^(a|aa)(a|aa)(a|aa)$", "a?a?a?a?a?a?b", r"(?i)a", r"\pL", "a.*b.*c.*d.*e"]
)
def test_a_pattern_that_could_take_long_is_not_searched(pattern):
    assert searches(pattern, "a" * 30) is None


@pytest.mark.parametrize("pattern", ["a*a*a*b", "(a*a*a*|b)c", "^.*.*.*$b"])
def test_a_search_is_quick_at_its_worst(pattern):
    started = time.perf_counter()
    searches(pattern, "a" * MAX_SEARCHED)
    assert time.perf_counter() - started < 1
