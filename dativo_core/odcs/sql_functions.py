"""The functions a query of a contract may call, in lower case, by their names in DuckDB.

They compute from the values they are given, or tell the time. None of them reads files, settings, variables or the
catalog, writes anything, waits, makes random values, or takes much more time or memory than its arguments have bytes.
Operators are functions too; they have no letters.
"""

from collections.abc import Mapping

_NUMBERS = """
abs acos acosh add asin asinh atan atan2 atanh bin bit_count cbrt ceil ceiling cos cosh cot degrees divide even exp
factorial fdiv floor fmod gamma gcd greatest greatest_common_divisor hex isfinite isinf isnan lcm least
least_common_multiple lgamma ln log log10 log2 mod multiply nextafter pi pow power radians round round_even
roundbankers sign signbit sin sinh sqrt subtract tan tanh to_base to_binary to_hex trunc xor
"""
_TEXTS = """
array_to_string ascii base64 bit_length char_length character_length chr concat concat_ws contains
decode encode ends_with format_bytes from_base64 from_hex hash ilike_escape instr
lcase left left_grapheme length length_grapheme like_escape lower
ltrim md5 nfc_normalize not_ilike_escape not_like_escape octet_length ord overlay position prefix
regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace
regexp_split_to_array replace reverse right right_grapheme rtrim sha1 sha256 split split_part starts_with
str_split str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos substr substring
substring_grapheme suffix to_base64 translate trim ucase unbin unhex unicode upper url_decode url_encode
"""
_TIMES = """
age ago century current_date current_localtime current_localtimestamp date_add date_diff date_part date_sub date_trunc
datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month decade epoch epoch_ms
epoch_ns epoch_us era get_current_time get_current_timestamp hour isodow isoyear julian last_day make_date make_time
make_timestamp make_timestamp_ms make_timestamp_ns make_timestamptz microsecond millennium millisecond minute month
monthname nanosecond normalized_interval now quarter second strftime strptime time_bucket timezone timezone_hour
timezone_minute to_centuries to_days to_decades to_hours to_microseconds to_millennia to_milliseconds to_minutes
to_months to_quarters to_seconds to_timestamp to_weeks to_years today transaction_timestamp try_strptime week weekday
weekofyear year yearweek
"""
_NESTED = """
apply array_append array_apply array_cat array_concat array_contains array_distinct array_extract array_filter
array_has array_has_all array_has_any array_indexof array_intersect array_length array_position array_prepend
array_reduce array_reverse array_reverse_sort array_select array_slice array_sort array_transform array_unique
array_value array_where array_zip cardinality element_at filter flatten json json_array json_array_length
json_contains json_exists json_extract json_extract_path json_extract_path_text json_extract_string json_keys
json_object json_structure json_type json_valid json_value len list_any_value list_aggr list_aggregate list_append
list_apply list_approx_count_distinct list_avg list_bool_and list_bool_or list_cat list_concat list_contains
list_count list_distinct list_element list_entropy list_extract list_filter list_first list_has list_has_all
list_has_any list_indexof list_intersect list_last list_max list_median list_min list_mode list_pack list_position
list_prepend list_product list_reduce list_reverse list_reverse_sort list_select list_slice list_sort
list_sum list_transform list_unique list_value list_where list_zip map map_concat map_contains map_contains_entry
map_contains_value map_entries map_extract map_extract_value map_from_entries map_keys map_values reduce row
row_to_json struct_concat struct_contains struct_extract struct_extract_at struct_has struct_keys struct_pack
struct_position struct_values to_json union_extract union_tag unnest
"""
_AGGREGATES = """
any_value approx_count_distinct approx_quantile arbitrary arg_max arg_max_null arg_min arg_min_null argmax argmin
array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count count_if count_star countif covar_pop covar_samp
entropy favg first fsum geomean geometric_mean group_concat histogram kahan_sum kurtosis kurtosis_pop last list
listagg mad max max_by mean median min min_by mode product quantile quantile_cont quantile_disc regr_avgx regr_avgy
regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy sem skewness stddev stddev_pop stddev_samp
string_agg sum sumkahan var_pop var_samp variance wavg weighted_avg
"""
_WINDOWS = """
cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank rank_dense row_number
"""
_CHOICES = "coalesce constant_or_null if ifnull nullif typeof"

ALLOWED = frozenset(" ".join((_NUMBERS, _TEXTS, _TIMES, _NESTED, _AGGREGATES, _WINDOWS, _CHOICES)).split())
TABLE_FUNCTIONS = frozenset({"generate_series", "range", "unnest"})
"""Functions that stand for rows and make them from their arguments."""

_OF_SESSION = "current_catalog current_role current_schema current_user session_user user"
TOLD_BY_SESSION = frozenset(_OF_SESSION.split())
"""Words that stand for something of the session where no column has their name; they need no parentheses."""

_REACHING_WORDS = """
glob getenv getvariable current_setting sniff_csv query query_table which_secret nextval currval setval setseed write_log
summary checkpoint force_checkpoint sleep_ms current_query json_execute_serialized_sql in_search_path
"""
_REACHING = frozenset(_REACHING_WORDS.split())
_REACHING_PREFIXES = ("read_", "pragma_", "duckdb_", "parquet_", "pg_", "enable_", "disable_", "current_schema")

FOREIGN: Mapping[str, str] = {
    **dict.fromkeys(("nvl", "isnull", "zeroifnull"), "coalesce"),
    **dict.fromkeys(("getdate", "sysdate", "systimestamp", "getutcdate"), "now"),
    **dict.fromkeys(("charindex", "locate"), "strpos"),
    **dict.fromkeys(("date_format", "to_char", "format_date"), "strftime"),
    **dict.fromkeys(("to_date", "str_to_date", "parse_date"), "strptime"),
    **dict.fromkeys(("datetime_diff", "timestamp_diff", "timestampdiff"), "date_diff"),
    **dict.fromkeys(("dateadd", "timestampadd"), "date_add"),
    **dict.fromkeys(("regexp_like", "rlike", "regexp_contains"), "regexp_matches"),
    **dict.fromkeys(("safe_cast", "try_convert"), "try_cast"),
    "iff": "if",
    "unix_timestamp": "epoch",
    "from_unixtime": "to_timestamp",
    "array_size": "len",
}
"""Functions of other systems that DuckDB lacks, each with the one it has."""


def reaches_out(function: str) -> bool:
    """Whether a function is known to reach beyond the rows: files, settings, the catalog, the clock of the process."""
    return function in _REACHING or function.startswith(_REACHING_PREFIXES) or function.endswith("_scan")
