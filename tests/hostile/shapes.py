"""Files without rows, headers of every kind, and rows of another width."""

from tests.hostile.entry import Entry, FileRefused, Loaded, Reject, content

HEADER = "id,name,amount\n"
ONE, TWO, THREE = (1, "one", 1.0), (2, "two", 2.0), (3, "three", 3.0)
NO_HEADER = FileRefused("has no header line")

WHOLE_FILES = (
    Entry("empty-file", "A file of no bytes.", content(""), NO_HEADER),
    Entry("header-only", "A header and no row.", content(HEADER), Loaded(())),
    Entry("header-without-line-end", "A header that no line end follows.", content("id,name,amount"), Loaded(())),
    Entry("blank-lines-only", "Line ends and nothing else.", content("\n\r\n\n"), NO_HEADER),
    Entry(
        "blank-lines-between-rows",
        "Blank lines before the header, between rows and at the end.",
        content("\n\n" + HEADER + "\n1,one,1\r\n\r\n2,two,2\n\n\n"),
        Loaded((ONE, TWO)),
    ),
    Entry(
        "line-of-blanks",
        "A line of spaces is a row of one field.",
        content(HEADER + "1,one,1\n   \n"),
        Loaded((ONE,), (Reject(3, "has 1 field, the header has 3"),)),
    ),
    Entry("no-last-line-end", "No line end after the last row.", content(HEADER + "1,one,1"), Loaded((ONE,))),
    Entry("cr-only", "Lines end with CR alone.", content("id,name,amount\r1,one,1\r2,two,2\r"), Loaded((ONE, TWO))),
    Entry(
        "mixed-line-ends",
        "LF, CRLF and CR in one file.",
        content("id,name,amount\r\n1,one,1\n2,two,2\r3,three,3\r\n"),
        Loaded((ONE, TWO, THREE)),
    ),
    Entry(
        "crlf-over-a-block-edge",
        "A CRLF of which one block has the CR and the next the LF.",
        content("id,name,amount\r\n" + "1,one,1\r\n" * 7 + "bad\r\n"),
        Loaded((ONE,) * 7, (Reject(9, "has 1 field"),)),
        options={"block_size_bytes": 8},
    ),
    Entry(
        "only-delimiters",
        "Rows of delimiters: every field is null, and the required one rejects the row.",
        content(HEADER + ",,\n,,\n"),
        Loaded(
            (), (Reject(2, "id: value is required", "id__required"), Reject(3, "id: value is required", "id__required"))
        ),
    ),
)

HEADERS = (
    Entry(
        "duplicate-header",
        "The header names a column twice.",
        content("id,name,amount,name\n1,one,1,x\n"),
        FileRefused("the header names more than one column 'name'"),
    ),
    Entry(
        "header-in-other-case",
        "The header has the columns in other case.",
        content("ID,Name,Amount\n1,one,1\n"),
        FileRefused("'id' (did you mean 'ID'?)"),
    ),
    Entry(
        "header-with-blanks",
        "The names of the header have blanks around them.",
        content("id, name, amount\n1,one,1\n"),
        FileRefused("'name' (did you mean ' name'?)"),
    ),
    Entry(
        "missing-required-column",
        "The header lacks a required column.",
        content("name,amount\none,1\n"),
        FileRefused("the header lacks columns of the contract: 'id'"),
    ),
    Entry(
        "missing-optional-column",
        "The header lacks a column that may be null.",
        content("id,amount\n1,1\n"),
        FileRefused("the header lacks columns of the contract: 'name'"),
    ),
    Entry(
        "extra-column",
        "The file has a column the contract does not name.",
        content("id,name,amount,extra\n1,one,1,x\n"),
        FileRefused("columns not in the contract: 'extra'"),
    ),
    Entry(
        "extra-column-left-out",
        "The same where `target.mode` is `relaxed`.",
        content("id,name,amount,extra\n1,one,1,x\n"),
        Loaded((ONE,)),
        drops_unknown=True,
    ),
    Entry(
        "headerless",
        "The first line is a row.",
        content("5,one,1\n2,two,2\n"),
        FileRefused("the header lacks columns of the contract: 'id'"),
    ),
    Entry(
        "unnamed-column",
        "One name of the header is empty.",
        content("id,name,amount,\n1,one,1,x\n"),
        FileRefused("columns not in the contract: ''"),
    ),
    Entry(
        "header-with-open-quote",
        "A quote of the header is never closed.",
        content('id,"name,amount\n1,one,1\n'),
        NO_HEADER,
    ),
    Entry(
        "tabs-read-as-commas",
        "The delimiter of the file is another one than the settings say.",
        content("id\tname\tamount\n1\tone\t1\n"),
        FileRefused("the header lacks columns of the contract: 'id'"),
    ),
    Entry(
        "tabs",
        'The same file with `delimiter: "\\t"`.',
        content("id\tname\tamount\n1\tone\t1\n"),
        Loaded((ONE,)),
        options={"delimiter": "\t"},
    ),
    Entry(
        "header-twice",
        "The header comes again in the middle, as in files joined by `cat`.",
        content(HEADER + "1,one,1\n" + HEADER + "2,two,2\n"),
        Loaded((ONE, TWO), (Reject(3, "id: 'id' is not an integer", "contract__types"),)),
    ),
)

WIDTHS = (
    Entry(
        "bad-rows-of-every-kind",
        "Rows broken in different ways, each with its own reason; a negative amount breaks a rule of the contract.",
        content(HEADER + "1,one,1\nx,y\nx,y,1\n,y,1\n9,y,-1\n2,two,2\n"),
        Loaded(
            (ONE, TWO),
            (
                Reject(3, "has 2 fields"),
                Reject(4, "id: 'x' is not an integer", "contract__types"),
                Reject(5, "id: value is required", "id__required"),
                Reject(6, "amount: '-1' is less than 0", "amount__minimum"),
            ),
        ),
    ),
    Entry(
        "two-reasons-in-one-row",
        "A row that breaks several rules tells them all.",
        content(HEADER + "x,one,much\n"),
        Loaded((), (Reject(2, "amount: 'much' is not a number", "contract__types"),)),
    ),
    Entry(
        "ragged-short",
        "A row has too few fields.",
        content(HEADER + "1,one,1\n2,two\n3,three,3\n"),
        Loaded((ONE, THREE), (Reject(3, "has 2 fields, the header has 3"),)),
    ),
    Entry(
        "ragged-long",
        "A row has too many fields.",
        content(HEADER + "1,one,1\n2,tw,o,2\n3,three,3\n"),
        Loaded((ONE, THREE), (Reject(3, "has 4 fields, the header has 3"),)),
    ),
    Entry(
        "trailing-delimiter",
        "Every row but the header ends with a delimiter.",
        content(HEADER + "1,one,1,\n2,two,2,\n"),
        Loaded((), (Reject(2, "has 4 fields"), Reject(3, "has 4 fields"))),
    ),
    Entry(
        "line-without-delimiter",
        "A whole line is one field, such as a total or a comment at the end.",
        content(HEADER + "1,one,1\n2 rows exported\n"),
        Loaded((ONE,), (Reject(3, "has 1 field, the header has 3"),)),
    ),
)

SHAPES = (*WHOLE_FILES, *HEADERS, *WIDTHS)
