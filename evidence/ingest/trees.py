"""JSON, JSON Lines and YAML: records as they are, or rows with the tables' column names.

Numbers are kept as the digits that are printed: 5.10 stays "5.10".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from evidence.ingest.detect import Source, refuse
from evidence.messages import say
from evidence.records.codes import finding
from evidence.records.finding import Finding

_LISTS = ("studies", "claims", "rows", "data")


class Items(NamedTuple):
    """The objects of a tree, the pointer to their list, and their lines where they have any."""

    objects: list[dict[str, Any]]
    pointer: str
    numbers: list[int] | None
    findings: list[Finding]
    bad: int  # lines of JSON Lines that are no object


def read_tree(source: Source) -> Items:
    """The list of objects in a JSON, JSON Lines or YAML source.

    Raises
    ------
    RecordError
        When the text is damaged or holds no list of objects.

    Examples
    --------
    >>> import io
    >>> from evidence.ingest.detect import load
    >>> found = read_tree(load(io.StringIO('{"studies": [{"study": "a"}]}')))
    >>> found.objects, found.pointer
    ([{'study': 'a'}], '/studies/')
    """
    if source.format == "jsonl":
        return _lines(source)
    tree = _json(source) if source.format == "json" else _yaml(source)
    pointer = "/"
    if isinstance(tree, dict):
        key = next((name for name in _LISTS if isinstance(tree.get(name), list)), None)
        tree, pointer = (tree[key], f"/{key}/") if key else ([tree], "/")
    if not isinstance(tree, list) or not all(isinstance(item, dict) for item in tree):
        raise refuse("EV218", "holds no list of studies, claims or rows.", source.name)
    if not tree:
        raise refuse("EV104", "the list is empty.", source.name)
    return Items(tree, pointer, None, list(source.findings), 0)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a number; write null")


def _parse_json(text: str) -> Any:
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=_no_constant,
                      object_pairs_hook=_once)  # fmt: skip


def _json(source: Source) -> Any:
    try:
        return _parse_json(source.text)
    except json.JSONDecodeError as error:
        raise refuse("EV105", f"the JSON breaks off or is not valid in column {error.colno}: "
                     f"{error.msg}.", source.name, row=error.lineno) from None  # fmt: skip
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise refuse("EV105", f"{reason}.", source.name) from None


def _lines(source: Source) -> Items:
    objects, numbers, findings = [], [], list(source.findings)
    bad = 0
    for number, line in enumerate(source.text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = _parse_json(line)
        except (ValueError, RecursionError) as error:
            item, reason = None, getattr(error, "msg", None) or str(error)[:100]
        else:
            reason = "it holds no object"
        if isinstance(item, dict):
            objects.append(item)
            numbers.append(number)
        else:
            bad += 1
            findings.append(
                finding(
                    "EV105",
                    say("the line is no JSON object: {reason}.", reason=reason),
                    file=source.name,
                    line=number,
                )
            )
    if not objects:
        raise refuse("EV105", "no line is a JSON object.", source.name)
    return Items(objects, "", numbers, findings, bad)


def _yaml(source: Source) -> Any:
    import yaml

    class Plain(yaml.SafeLoader):
        """Scalars stay text: no 1.10 to 1.1, no `no` to False, no dates; aliases are refused."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                raise yaml.YAMLError("aliases (*name) are not read; write the value out")
            return super().compose_node(parent, index)

    Plain.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag == "tag:yaml.org,2002:null"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(source.text, Loader=Plain)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise refuse("EV105", f"the YAML is not valid: {error.problem}.", source.name,
                     row=line) from None  # fmt: skip
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
        raise refuse("EV105", f"the YAML is not valid: {reason}.", source.name) from None


def are_records(objects: list[dict[str, Any]]) -> bool:
    """Whether these are records of the package, with results inside, and not rows of a table.

    >>> are_records([{"id": "a", "outcomes": []}]), are_records([{"study": "a", "n_t": 20}])
    (True, False)
    """
    return any(isinstance(item.get("outcomes"), list) or isinstance(item.get("places"), Mapping)
               for item in objects)  # fmt: skip


def validate(model: type[BaseModel], items: Items, name: str) -> tuple[list[Any], list[Finding]]:
    """Records of one model out of a tree; those that do not fit become findings.

    >>> from evidence.records.claim import Claim
    >>> items = Items([{"id": "1", "text": "fewer wrinkles"}, {"id": "2"}], "/", None, [], 0)
    >>> claims, findings = validate(Claim, items, "a.json")
    >>> [claim.id for claim in claims], [item.code for item in findings]
    (['1'], ['EV218'])
    """
    found: list[Any] = []
    findings = list(items.findings)
    for i, item in enumerate(items.objects):
        try:
            found.append(model.model_validate(item))
        except ValidationError as error:
            findings += _unfit(error, items, i, name)
        except RecursionError:
            findings.append(finding("EV218", "is nested too deeply.", file=name,
                                    cell=f"{items.pointer}{i}"))  # fmt: skip
    return found, findings


def _unfit(error: ValidationError, items: Items, i: int, name: str) -> list[Finding]:
    """One finding per place, a union's many complaints taken together."""
    places: dict[str, str] = {}
    for detail in error.errors(include_url=False, include_context=False):
        steps = [str(step) for step in detail["loc"] if not str(step)[:1].isupper()
                 and "[" not in str(step) and str(step) != "int"]  # fmt: skip
        places.setdefault("/".join(steps), detail["msg"].removeprefix("Value error, "))
    number = items.numbers[i] if items.numbers else None
    return [
        finding(
            "EV218",
            say("{field}: {message}.", field=place or "record", message=message),
            file=name,
            line=number,
            field=place,
            cell="" if number else f"{items.pointer}{i}/{place}",
        )
        for place, message in list(places.items())[:20]
    ]
