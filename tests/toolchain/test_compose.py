"""The compose file and the image hold together, as far as can be seen without a container engine."""

import re
from pathlib import Path

import pytest
import yaml

from tests.core.test_settings_documented import import_production

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
# Documented settings that the compose file does not hand over, and why.
NOT_HANDED_OVER = {
    "DEBUG": "only in the demo",
    "MFA_REQUIRED": "only in the demo",
    "MEDIA_ROOT": "the image says where the volume lies",
    "STATIC_ROOT": "the image holds the collected files",
    "VAR_DIR": "the image says where the volume lies",
}
OURS = {name for name, service in SERVICES.items() if service.get("build")}


def test_every_part_of_the_portal_is_a_service():
    assert sorted(SERVICES) == ["beat", "postgres", "proxy", "redis", "upgrade", "web", "worker"]


def test_web_worker_and_beat_are_one_image():
    assert sorted(OURS) == ["beat", "upgrade", "web", "worker"]
    assert len({SERVICES[name]["image"] for name in OURS}) == 1


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_lasting_service_has_a_health_check(name):
    if name != "upgrade":
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
        assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_has_more_rights_than_it_needs(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    if name != "proxy":
        assert service["user"] not in ("root", "0")


def test_the_image_runs_as_an_ordinary_user_with_a_health_check():
    final = DOCKERFILE.split("FROM ")[-1]
    assert re.search(r"^USER (?!root|0)\w+$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert f"--uid {SERVICES['web']['user']}" in final


@pytest.mark.parametrize("source", ["docker-compose.yml", "Dockerfile"])
def test_the_scripts_that_are_named_exist(source):
    named = set(re.findall(r"scripts/\w+\.(?:py|sh)", (ROOT / source).read_text()))
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_image_is_built_by_the_script_that_the_makefile_uses():
    assert "scripts/install.py" in DOCKERFILE
    assert "scripts/install.py" in (ROOT / "Makefile").read_text()


def test_every_value_that_must_be_set_stands_in_the_example():
    required = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    given = set(re.findall(r"^(\w+)=", (ROOT / "deploy/example.env").read_text(), re.MULTILINE))
    assert required <= given


def test_what_production_requires_is_handed_to_every_portal_service():
    settings = (ROOT / "tsb_portal/settings/production.py").read_text()
    needed = set(re.findall(r'"([A-Z_]+)"', settings.split("for _name in (")[1].split(")")[0]))
    for name in OURS:
        assert needed <= set(SERVICES[name]["environment"]), name


def _documented() -> set[str]:
    text = (ROOT / "docs/settings.md").read_text()
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", text, re.MULTILINE))


def test_every_documented_setting_does_something_under_compose():
    for name in OURS:
        # Celery's processes must not have the pool.
        own = set() if name == "web" else {"DATABASE_POOL"}
        handed = set(SERVICES[name]["environment"])
        assert _documented() - handed == set(NOT_HANDED_OVER) | own, name


def test_what_is_handed_over_can_be_set_except_what_the_services_make_true():
    fixed = {
        variable
        for variable, value in SERVICES["web"]["environment"].items()
        if variable in _documented() and f"${{{variable}:" not in value
    }
    assert fixed == {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL"}


def test_settings_left_empty_in_the_compose_file_start_production():
    environment = {
        name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        for name, value in SERVICES["web"]["environment"].items()
    }
    environment = {name: value for name, value in environment.items() if ":?" not in value}
    result = import_production(**environment, keep_empty=True)
    assert result.returncode == 0, result.stderr


def test_every_volume_that_is_used_is_declared():
    used = {
        str(volume).split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])
    }
    assert {name for name in used if not name.startswith(".")} == set(COMPOSE["volumes"])


def test_only_the_proxy_is_reachable_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_nothing_starts_before_the_database_is_in_step():
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["upgrade"]["condition"] == "service_completed_successfully"
