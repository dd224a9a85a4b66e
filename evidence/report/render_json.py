"""The document as JSON: the same blocks, keys sorted, no NaN."""

from __future__ import annotations

import json

from evidence.report.document import Document, to_data


def render_json(document: Document) -> str:
    """One JSON object with `"schema": "evidence/report/1"`; the same document, the same bytes.

    >>> from evidence.report.document import Document
    >>> '"schema": "evidence/report/1"' in render_json(Document(title="A claim"))
    True
    """
    data = to_data(document)
    return json.dumps(data, ensure_ascii=False, sort_keys=True, allow_nan=False, indent=1) + "\n"
