"""What people write around a formula: quotes, fences, comments, a label before it, a reason behind it."""

from __future__ import annotations

import re

# Words that give a reason or a name to a step; none of them is a symbol.
_WORDS = (
    "chain|power|product|quotient|rule|rules|backprop|backpropagation|forward|backward|gradient|derivative|logistic"
    "|sigmoid|vector|matrix|scalar|elementwise|entrywise|hadamard|simplified|expanded|answer|final|result|definition"
    "|kettenregel|potenzregel|produktregel|ableitung|linear|constant|identity|activation|outer|inner|dot|dimension"
    "|dimensions|shape|size|component|components|everywhere|similarly|analogously|trivial|obviously|clearly"
)
_REMARK = re.compile(
    rf"[(\[]\s*(?:[A-Za-zäöüé]+[\s,-]+)*(?:{_WORDS})(?:[\s,-]+[A-Za-zäöüé]+)*\s*[.!]?\s*[)\]]\s*[.;]?\s*$",
    re.I,
)
_REASON = re.compile(
    r"[\s,;.:–—-]+(?:\b(?:by|using|from|via|because|since|as|due to|thanks to"
    r"|after|according to|nach|wegen|weil|da|per|par|car|through)"
    rf"\s+(?:[A-Za-zäöüé]+[\s,-]+)*?(?:{_WORDS})\b|(?:because|since|weil|car)\s).*$"
    rf"|[\s,;]+(?:[–—-]\s*)?(?:(?:chain|power|product|quotient)[\s-]rule|kettenregel)\W*$",
    re.I | re.S,
)
_COMMENT = re.compile(r"(?:(?<=[\s\w)\]}])#(?![\w{(])|(?<![:/])//(?!/)|(?<!\\)%\s).*$", re.M)
_LABEL = re.compile(
    r"^\s*(?:(?:(?:my|the|final)\s+)*(?:answer|ans|result|solution|formula|lösung|antwort|ergebnis|réponse)\s*(?:is|:|=|lautet)"
    r"|[a-h]\)\s|step\s+\d+\s*[:.)])\s*",
    re.I,
)
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'", "‘": "’", "`": "`"}


def bare(text: str) -> str:
    """The formula alone: without quotes and fences around it, a label before it, a remark behind it."""
    text = re.sub(r"```[a-z]*|(?<!`)``(?!`)", " ", text)
    text = _COMMENT.sub("", text).strip() or text
    while len(text) > 2 and text[-1] == _QUOTES.get(text[0]) and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    text = _LABEL.sub("", text)
    for pattern in (_REMARK, _REASON):
        shorter = pattern.sub("", text).strip()
        text = shorter or text
    return text
