"""Bytes that are no text, text in another encoding, and byte order marks."""

import codecs

from tests.hostile.entry import Entry, FileRefused, Loaded, Reject, content

BOM = codecs.BOM_UTF8
HEADER = b"id,name,amount\n"
ONE, TWO = (1, "one", 1.0), (2, "two", 2.0)
TEXT = "id,name,amount\n1,Æther €,1\n"
ROW = (1, "Æther €", 1.0)
LONE_SURROGATE = b"\x00\xd8".join(part.encode("utf-16-le") for part in ("id,name,amount\n1,", ",1\n2,two,2\n"))
UTF16 = FileRefused("begins like UTF-16 text, not UTF-8")


def _spoilt(cell: bytes) -> bytes:
    """Return a file with a good row, a row with the cell, and a good row."""
    return HEADER + b"1,one,1\n9," + cell + b",9\n2,two,2\n"


def _only_one_rejected(reason: str, rule: str = "encoding") -> Loaded:
    return Loaded((ONE, TWO), (Reject(3, reason, rule),))


MARKS = (
    Entry("bom-only", "A byte order mark and nothing else.", content(BOM), FileRefused("has no header line")),
    Entry("bom", "A byte order mark before the header.", content(BOM + HEADER + b"1,one,1\n"), Loaded((ONE,))),
    Entry(
        "bom-twice",
        "Two byte order marks: the second is part of the first name.",
        content(BOM + BOM + HEADER + b"1,one,1\n"),
        FileRefused("the header lacks columns of the contract: 'id'"),
    ),
    Entry(
        "bom-in-the-middle",
        "A byte order mark before a row, as in files joined by `cat`, is part of its first field.",
        content(HEADER + b"1,one,1\n" + BOM + b"9,nine,9\n2,two,2\n"),
        _only_one_rejected("is not an integer", "contract__types"),
    ),
    Entry("utf-16-le-as-utf-8", "UTF-16 with its mark, read as UTF-8.", content(TEXT.encode("utf-16")), UTF16),
    Entry(
        "utf-16-be-as-utf-8",
        "UTF-16, high byte first, with its mark, read as UTF-8.",
        content(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")),
        UTF16,
    ),
    Entry(
        "utf-16-without-mark-as-utf-8",
        "UTF-16 without a mark, read as UTF-8.",
        content(TEXT.encode("utf-16-le")),
        FileRefused("looks like UTF-16 text without a byte order mark"),
    ),
    Entry(
        "utf-16-le",
        "UTF-16 with its mark, and `encoding: utf-16`.",
        content(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")),
        Loaded((ROW,)),
        options={"encoding": "utf-16"},
    ),
    Entry(
        "utf-16-be",
        "UTF-16, high byte first, with its mark, and `encoding: utf-16`.",
        content(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")),
        Loaded((ROW,)),
        options={"encoding": "utf-16"},
    ),
    Entry(
        "utf-16-of-odd-length",
        "The last character of a UTF-16 file is cut in half.",
        content(TEXT.encode("utf-16") + b"1"),
        FileRefused("is not utf-16 text"),
        options={"encoding": "utf-16"},
    ),
    Entry(
        "utf-16-with-lone-surrogate",
        "Half a surrogate pair in a UTF-16 file.",
        content(codecs.BOM_UTF16_LE + LONE_SURROGATE),
        Loaded((TWO,), (Reject(2, "is not valid utf-16", "encoding"),)),
        options={"encoding": "utf-16"},
    ),
    Entry(
        "utf-8-as-utf-16",
        "UTF-8, read as UTF-16.",
        content(HEADER + b"1,one,10\n"),
        FileRefused("has no byte order mark"),
        options={"encoding": "utf-16"},
    ),
)

BYTES = (
    Entry(
        "latin-1-as-utf-8",
        "A latin-1 letter in a UTF-8 file.",
        content(_spoilt("Café".encode("latin-1"))),
        _only_one_rejected("byte 0xe9 at position 6 of the row is not valid UTF-8"),
    ),
    Entry(
        "cp1252-as-utf-8",
        "A cp1252 euro sign in a UTF-8 file.",
        content(_spoilt("5 €".encode("cp1252"))),
        _only_one_rejected("byte 0x80 at position 5 of the row is not valid UTF-8"),
    ),
    Entry(
        "cp1252",
        "cp1252 text, and `encoding: cp1252`.",
        content(TEXT.encode("cp1252")),
        Loaded((ROW,)),
        options={"encoding": "cp1252"},
    ),
    Entry(
        "utf-8-as-latin-1",
        "UTF-8 read as latin-1: every byte is a character there, so nothing can tell; the text is wrong, the row is kept.",
        content("id,name,amount\n1,é,1\n"),
        Loaded(((1, "Ã©", 1.0),)),
        options={"encoding": "latin-1"},
    ),
    Entry(
        "byte-undefined-in-cp1252",
        "A byte that cp1252 does not define.",
        content(_spoilt(b"\x81")),
        _only_one_rejected("byte 0x81"),
        options={"encoding": "cp1252"},
    ),
    Entry(
        "overlong-utf-8",
        "A slash written in two bytes, which UTF-8 forbids.",
        content(_spoilt(b"\xc0\xaf")),
        _only_one_rejected("byte 0xc0"),
    ),
    Entry(
        "surrogate-in-utf-8",
        "Half a surrogate pair encoded as UTF-8, as old Java writes it.",
        content(_spoilt(b"\xed\xa0\x80")),
        _only_one_rejected("byte 0xed"),
    ),
    Entry(
        "utf-8-beyond-unicode",
        "A code point above U+10FFFF.",
        content(_spoilt(b"\xf4\x90\x80\x80")),
        _only_one_rejected("byte 0xf4"),
    ),
    Entry(
        "character-cut-by-the-delimiter",
        "The first byte of a character, then a delimiter.",
        content(_spoilt(b"caf\xc3")),
        _only_one_rejected("byte 0xc3"),
    ),
    Entry(
        "character-cut-by-the-end",
        "The file ends inside a character.",
        content(HEADER + b"1,one,1\n2,two,2\n3,\xe2\x82"),
        Loaded((ONE, TWO), (Reject(4, "byte 0xe2", "encoding"),)),
    ),
    Entry(
        "nul-in-a-cell",
        "A NUL byte in a cell.",
        content(_spoilt(b"n\0ne")),
        _only_one_rejected("holds a NUL byte at position 4 of the row"),
    ),
    Entry("file-of-nul", "Nothing but NUL bytes.", content(bytes(5000)), FileRefused("the header")),
    Entry(
        "header-with-nul",
        "A NUL byte in the header.",
        content(b"id,na\0me,amount\n1,one,1\n"),
        FileRefused("the header"),
    ),
    Entry(
        "control-characters",
        "Control characters, an escape sequence of terminals and text of other direction are text.",
        content("id,name,amount\n1,\x1b[31m\x07\x08\x7f\u202eabc,1\n"),
        Loaded(((1, "\x1b[31m\x07\x08\x7f\u202eabc", 1.0),)),
    ),
    Entry(
        "control-characters-in-a-bad-cell",
        "The same in a cell that is rejected; the reason shows them escaped.",
        content("id,name,amount\n\x1b[2J,one,1\n"),
        Loaded((), (Reject(2, r"id: '\u001b[2J' is not an integer", "contract__types"),)),
    ),
    Entry(
        "other-line-ends-of-unicode",
        "Unicode's own line ends (U+0085, U+2028), vertical tab and form feed end no line.",
        content("id,name,amount\n1,a\x85b\u2028c\x0bd\x0ce,1\n"),
        Loaded(((1, "a\x85b\u2028c\x0bd\x0ce", 1.0),)),
    ),
    Entry(
        "bytes-of-every-kind",
        "Rows with a NUL byte, latin-1, an escape sequence where a number belongs, and half a character.",
        content(HEADER + b"1,one,1\n9,\0,9\n9,caf\xe9,9\n\x1b[2J,nine,9\n9,\xe2\x82,9\n2,two,2\n"),
        Loaded(
            (ONE, TWO),
            (
                Reject(3, "holds a NUL byte", "encoding"),
                Reject(4, "byte 0xe9", "encoding"),
                Reject(5, r"id: '\u001b[2J' is not an integer", "contract__types"),
                Reject(6, "byte 0xe2", "encoding"),
            ),
        ),
    ),
    Entry(
        "binary-file",
        "An image under the name of a text file.",
        content(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10),
        FileRefused("the header cannot be read"),
    ),
)

ENCODINGS = (*MARKS, *BYTES)
