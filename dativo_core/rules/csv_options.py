"""Settings of the CSV source: what each may be."""

from dativo_core.model.finding import Finding
from dativo_core.model.source_options import CsvOptions
from dativo_core.rules.file_options import check_block_size, check_encoding
from dativo_core.rules.native import OPTIONS
from dativo_core.workspace.merge import Merged


def check_csv(options: CsvOptions, settings: Merged) -> list[Finding]:
    """Return the options that cannot split lines into fields."""
    findings: list[Finding] = []

    def add(key: str, code: str, message: str, hint: str) -> None:
        findings.append(settings.finding((*OPTIONS, key), code, message, hint))

    if options.quote_char and not _is_one_byte(options.quote_char):
        add("quote_char", "wrong-value", "the quote is not one ASCII character", "Use one, or '' for none.")
    if not _is_one_byte(options.delimiter) or options.delimiter == options.quote_char:
        hint = "Use one ASCII character other than the quote, such as ',' or ';'."
        add("delimiter", "wrong-value", "the delimiter cannot split a line", hint)
    return [
        *check_encoding(options.encoding, settings),
        *findings,
        *check_block_size(options.block_size_bytes, settings),
    ]


def _is_one_byte(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text not in "\r\n\0"
