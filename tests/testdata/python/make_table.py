"""Writes table.json: what Python gives for each expression of expressions.txt.

    python3 tests/testdata/python/make_table.py

A test evaluates the same expressions as placeholders and compares. Lines that begin with `#` are headings.
"""
import json
import math
import os
import re
from datetime import date, datetime, timedelta

here = os.path.dirname(os.path.abspath(__file__))
# 2026-03-07 14:05:09 UTC, a Saturday.
now = datetime(2026, 3, 7, 14, 5, 9)

variables = {
    "items": [3, 1, 2],
    "empty": [],
    "words": ["pear", "Apple", "fig"],
    "people": [{"name": "Ann", "age": 34}, {"name": "Bob", "age": 25}, {"name": "Cy", "age": 34}],
    "d": {"k": {"z": 9}, "l": [10, 20, 30], "price": 19.5},
    "price": 19.99,
    "n": 7,
    "neg": -7,
    "zero": 0,
    "half": 2.5,
    "big": 1234567.891,
    "who": "ada lovelace",
    "nobody": None,
    "blank": "",
    "yes": True,
    "no": False,
    "text": "The quick brown fox",
    "padded": "  spaced out  ",
    "csv": "a,b,,c",
    "digits": "42",
    "emoji": "a😀b",
    "matrix": [[1, 2], [3, 4]],
    "pairs": [["a", 1], ["b", 2]],
}


class FixedDate(date):
    @classmethod
    def today(cls):
        return cls(now.year, now.month, now.day)


class FixedTime:
    time = staticmethod(lambda: 1772892309.0)


def plain(value):
    """A value as the placeholder has it: whole floats are whole numbers, tuples and sets are lists."""
    if isinstance(value, float) and abs(value) < 1e16 and value == int(value):
        return int(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, range, map, filter, zip, enumerate, reversed)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return [plain(item) for item in sorted(value)]
    if isinstance(value, (type({}.keys()), type({}.values()), type({}.items()))):
        return [plain(item) for item in value]
    return value


def shown(value):
    """The text of a placeholder."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text if len(text) <= 100 else json.dumps(value, ensure_ascii=False, indent=2)
    if hasattr(value, "__next__"):
        return shown(list(value))
    return str(value)


rows = []
with open(os.path.join(here, "expressions.txt"), encoding="utf-8") as lines:
    section = ""
    for line in lines.read().split("\n"):
        if line.startswith("#"):
            section = line[1:].strip()
        elif line.strip():
            names = {**json.loads(json.dumps(variables)), "date": FixedDate, "time": FixedTime, "math": math}
            names.update({"json": json, "timedelta": timedelta, "datetime": datetime})
            rows.append({"section": section, "expression": line, "shown": shown(eval(re.sub(r"\$(?=[A-Za-z_])", "", line), names))})

with open(os.path.join(here, "table.json"), "w", encoding="utf-8") as table:
    json.dump({"variables": variables, "now": 1772892309000, "rows": rows}, table, ensure_ascii=False, indent=1)
    table.write("\n")
print(len(rows), "expressions")
