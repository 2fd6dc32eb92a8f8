"""Texts that try to be more than text, and a document with one of them in every place."""

from __future__ import annotations

from backprop_cli.documents.document import (
    Call,
    Column,
    Digits,
    Document,
    Entry,
    Equation,
    Equations,
    Heading,
    Paragraph,
    Point,
    Points,
    Relation,
    Symbol,
    Table,
    Word,
)

HOSTILE = (
    "</script><script>alert(1)</script>",
    "</style></title><img src=x onerror=alert(1)>",
    r"$\input{/etc/passwd}$",
    r"\write18{id} \end{document} %",
    '#read("/etc/passwd")',
    '"); #read("/etc/passwd") //',
    "[link](javascript:alert(1))",
    "![x](http://example.org/x.png) <https://example.org>",
    "`code` ```math *a* _b_ ~~c~~ | d | ^e^",
    "& &lt; &#60; <!-- -->",
    "$$ x $$ \\( y \\) \\[ z \\]",
    "# no title\n\n- no list\n> no quotation",
    "1. no list either",
    "C # and F ##",
    "\u202eright to left\u202c \u0007\u001b[31m\u0000",
    "]]> <![CDATA[ <?php",
)


def document(text: str, symbol: str) -> Document:
    """A document with the text wherever a user's text can stand."""
    named = Symbol(symbol, (symbol,), f"[{symbol}]", argument=symbol)
    line = Equation(named, (Relation("=", Digits("0.25"), result=True),), text, text)
    blocks = (
        Heading(text, text),
        Paragraph(text),
        Equations((line, Equation(Call(symbol, (Word(text),)), ())), general=True),
        Table((Column(text), Column("n", numeric=True)), (((text, Digits("1")), (named, Digits("2"))),)),
        Entry(text, text, (text,)),
        Points((Point(text, ((text, named),)),)),
    )
    return Document(text, text, text, (line,), (text,), blocks)
