"""Quotes that are never closed, closed too early, or where no quote belongs."""

from tests.hostile.entry import Entry, Loaded, Reject, content

HEADER = "id,name,amount\n"
ONE, TWO, THREE = (1, "one", 1.0), (2, "two", 2.0), (3, "three", 3.0)
NEVER_CLOSED = "quote opened here is never closed"
TEXT_FOLLOWS = "text follows the closing quote of a field"

QUOTES = (
    Entry(
        "open-quote-at-the-end",
        "The quote of the last row is never closed.",
        content(HEADER + '1,one,1\n2,"two,2\n'),
        Loaded((ONE,), (Reject(3, NEVER_CLOSED),)),
    ),
    Entry(
        "open-quote-in-the-middle",
        "A quote is never closed; the rows after it are not swallowed.",
        content(HEADER + '1,one,1\n9,"nine,9\n2,two,2\n3,three,3\n'),
        Loaded((ONE, TWO, THREE), (Reject(3, NEVER_CLOSED),)),
    ),
    Entry(
        "open-quote-before-a-quoted-row",
        "A quote is never closed, and a later row has quotes of its own.",
        content(HEADER + '9,"nine,9\n2,"two",2\n'),
        Loaded((TWO,), (Reject(2, NEVER_CLOSED),)),
    ),
    Entry(
        "quote-inside-a-field",
        "A quote that is not at the beginning of a field is text.",
        content(HEADER + '1,5" pipe,1\n'),
        Loaded(((1, '5" pipe', 1.0),)),
    ),
    Entry(
        "text-after-the-closing-quote",
        "Text between the closing quote and the delimiter.",
        content(HEADER + '1,"one"x,1\n2,two,2\n'),
        Loaded((TWO,), (Reject(2, TEXT_FOLLOWS),)),
    ),
    Entry(
        "blank-before-the-quote",
        "A blank before the opening quote makes the quotes text, and the delimiter inside them splits.",
        content(HEADER + '1, "o,ne",1\n2,two,2\n'),
        Loaded((TWO,), (Reject(2, "has 4 fields"),)),
    ),
    Entry(
        "backslash-before-a-quote",
        "A backslash escapes nothing unless the settings say so.",
        content(HEADER + '1,"o\\"ne",1\n2,two,2\n'),
        Loaded((TWO,), (Reject(2, TEXT_FOLLOWS),)),
    ),
    Entry(
        "quoted-line-ends",
        "Fields that hold line ends of every kind, then a bad row whose line is counted in lines of the file.",
        content(HEADER + '1,"o\nn\r\ne\r",1\nbad\n2,two,2\n'),
        Loaded(((1, "o\nn\r\ne\r", 1.0), TWO), (Reject(6, "has 1 field"),)),
    ),
    Entry(
        "field-over-many-lines",
        "A field of a thousand lines, then a bad row.",
        content(HEADER + '1,"' + "x\n" * 1_000 + '",1\nx,two,2\n'),
        Loaded(((1, "x\n" * 1_000, 1.0),), (Reject(1_003, "'x' is not an integer", "contract__types"),)),
    ),
    Entry(
        "doubled-quotes",
        "Doubled quotes stand for one, alone as well.",
        content(HEADER + '1,"""",1\n2,"a""b",2\n'),
        Loaded(((1, '"', 1.0), (2, 'a"b', 2.0))),
    ),
    Entry(
        "quoted-nothing",
        "A quoted empty field is empty text; an unquoted one is null.",
        content(HEADER + '1,"",1\n2,,2\n'),
        Loaded(((1, "", 1.0), (2, None, 2.0))),
    ),
    Entry(
        "quoted-number",
        "Quotes around a number do not matter.",
        content(HEADER + '"1","one","1"\n'),
        Loaded((ONE,)),
    ),
    Entry(
        "no-quote-character",
        "Quotes where `quote_char` is empty are text.",
        content(HEADER + '1,"one,1\n'),
        Loaded(((1, '"one', 1.0),)),
        options={"quote_char": ""},
    ),
    Entry(
        "many-open-quotes",
        "Ten thousand rows of which every second opens a quote that text follows.",
        content(HEADER + '1,"one,1\n1,one,1\n' * 5_000),
        Loaded((ONE,) * 5_000, tuple(Reject(2 + 2 * number, NEVER_CLOSED) for number in range(5_000))),
    ),
)
