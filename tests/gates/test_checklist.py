"""The accessibility checklist is whole, and the tests it names exist."""

import re

from tests.gates.portal import ROOT

CRITERION = re.compile(r"^\| (\d\.\d\.\d+) ")


def test_the_checklist_holds_each_binding_criterion_once_with_a_way_to_check_it():
    rows = [line.split("|") for line in _text().splitlines() if CRITERION.match(line)]
    names = [row[1].split()[0] for row in rows]
    assert len(names) == len(set(names)) == 48
    assert all(len(row) == 5 and row[2].strip() and row[3].strip() for row in rows)


def test_the_tests_that_the_checklist_names_exist():
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", _text()))
    sources = "".join(path.read_text() for path in (ROOT / "tests" / "gates").glob("test_*.py"))
    assert named
    assert [name for name in sorted(named) if f"def {name}(" not in sources] == []


def _text() -> str:
    return (ROOT / "docs" / "accessibility-checklist.md").read_text(encoding="utf-8")
