"""The scripts behind the Makefile say in a sentence what is missing, and do nothing twice."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import build_frontend, check_house, check_licences, install, lock

ROOT = Path(__file__).resolve().parent.parent.parent


def test_an_old_python_gets_a_sentence(monkeypatch):
    monkeypatch.setattr(install.sys, "version_info", (3, 9, 1))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed"):
        install.main()


def test_an_old_python_can_read_the_install_script():
    tree = ast.parse((ROOT / "scripts/install.py").read_text(), feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]


def test_a_python_without_ensurepip_names_the_debian_package(monkeypatch, tmp_path):
    monkeypatch.setattr(install, "PYTHON", str(tmp_path / "no-python"))
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="python3-venv"):
        install.create_environment()


def test_packages_are_installed_once_per_lock_file(monkeypatch, tmp_path):
    calls = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(install, "VENV", str(tmp_path))
    monkeypatch.setattr(install, "run", lambda command, what, tell=None: calls.append(what))
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/dev.txt").write_text("dev")
    base = tmp_path / "requirements/base.txt"
    base.write_text("one")
    for _ in range(2):
        install.install_packages("base")
    base.write_text("two")
    install.install_packages("base")
    assert calls == ["installing requirements/base.txt"] * 2


def test_base_is_not_installed_again_over_dev(monkeypatch, tmp_path):
    calls = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(install, "VENV", str(tmp_path))
    monkeypatch.setattr(install, "run", lambda command, what, tell=None: calls.append(what))
    (tmp_path / "requirements").mkdir()
    for name in ("base", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(name)
    install.install_packages("dev")
    install.install_packages("base")
    assert calls == ["installing requirements/dev.txt"]


def test_fetching_packages_says_how_far_it_has_come_and_no_more(capfd):
    lines = [f"Collecting package-{number}==1.0" for number in range(60)]
    lines += [
        "  Downloading package.whl",
        "Installing collected packages: a, b",
        "Successfully installed a b",
    ]
    command = [sys.executable, "-c", f"print({chr(10).join(lines)!r})"]
    install.run(command, "installing", install.Counted(60))
    told = capfd.readouterr().out.splitlines()
    assert told == ["  25 of about 60 fetched", "  50 of about 60 fetched", "  all fetched; unpacking them …"]


def test_a_step_that_fails_stops_with_a_sentence():
    with pytest.raises(SystemExit, match="installing things failed"):
        install.run([sys.executable, "-c", "raise SystemExit(3)"], "installing things", install.Counted(1))


def test_the_build_uses_node_from_the_wheel_before_any_other(monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin")
    first = build_frontend.node_environment()["PATH"].split(":")[0]
    version = subprocess.run([f"{first}/node", "--version"], capture_output=True, text=True, check=True)
    assert int(version.stdout.lstrip("v").split(".")[0]) >= 22


def test_the_lock_files_carry_hashes_and_no_addresses():
    lock.check_no_addresses()
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        pinned = re.findall(r"^[a-z0-9].*==", text, re.MULTILINE)
        assert len(pinned) > 50
        assert text.count("--hash=sha256:") >= len(pinned)


def test_the_npm_lock_file_carries_hashes_and_no_addresses():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [
        name
        for name, entry in packages.items()
        if name and "integrity" not in entry and not entry.get("inBundle")
    ]


def test_the_demo_and_the_tests_share_one_version_of_every_package():
    def versions(name):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        return dict(re.findall(r"^([a-z0-9][\w.-]*)==(\S+)(?= \\| ;)", text, re.MULTILINE))

    base, dev = versions("base"), versions("dev")
    assert {name: dev.get(name) for name in base} == base


def test_every_licence_fits():
    assert check_licences.python_problems() + check_licences.npm_problems() == []


def test_an_unknown_licence_is_noticed(monkeypatch):
    monkeypatch.setattr(check_licences, "licence_of", lambda name: "Proprietary")
    assert any("django: licence" in problem for problem in check_licences.python_problems())


def test_a_long_file_and_a_machine_s_own_path_are_noticed(tmp_path):
    path = tmp_path / "long.py"
    path.write_text("x = 1\n" * 401 + "# /home/" + "kari/code\n")
    problems = check_house.check(path)
    assert len(problems) == 2
    assert "402 lines" in problems[0]


def test_the_files_of_this_project_keep_the_house_rules():
    assert [problem for path in check_house._files() for problem in check_house.check(path)] == []
