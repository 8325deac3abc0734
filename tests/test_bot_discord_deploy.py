"""The Dockerfile, compose.yaml and the systemd unit: what can be tried of them without either."""

from __future__ import annotations

import configparser
import fnmatch
import json
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from chroma_world import chroma_server

from bot.commands import program
from bot.discord.health import write_health
from bot.discord.run import _HEALTH_S
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEFAULTS = Settings.model_fields
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def _health_command() -> list[str]:
    found = re.search(r"^HEALTHCHECK .*?CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found
    return [str(word) for word in json.loads(found[1])]


@pytest.mark.parametrize(
    ("connected", "age_s", "code"), [(True, 0, 0), (False, 0, 1), (True, 120, 1), (None, 0, 1)]
)
def test_the_health_check_exits_as_it_should(
    tmp_path: Path, connected: bool | None, age_s: float, code: int
) -> None:
    health = tmp_path / "health"
    if connected is not None:
        write_health(health, connected=connected, answering=0)
        state = json.loads(health.read_text()) | {"at": time.time() - age_s}
        health.write_text(json.dumps(state))
    program, *arguments = _health_command()
    assert program == "python"
    set_to = re.search(r"DATELINE_DISCORD_HEALTH=(\S+)", DOCKERFILE)
    assert set_to and any(set_to[1] in each for each in arguments)
    done = subprocess.run(
        [sys.executable, *(each.replace(set_to[1], str(health)) for each in arguments)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == code


def test_the_image_gets_what_is_installed_and_nothing_private() -> None:
    copied = [
        name
        for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE)
        for name in line.split()[:-1]
        if not name.startswith("--")
    ]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for name in copied:
        assert (ROOT / name).exists(), name
        assert not any(fnmatch.fnmatch(name, pattern) for pattern in ignored), name
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert package in copied
    assert {".env", ".git", ".venv"} <= set(ignored)
    assert "dateline" in project["project"]["scripts"] and 'ENTRYPOINT ["dateline"]' in DOCKERFILE
    set_there = re.findall(rf"{PREFIX}(\w+)=", DOCKERFILE)
    assert set_there and all(name.lower() in DEFAULTS for name in set_there)


def test_who_stops_the_bot_waits_for_longer_than_its_answers_may_take() -> None:
    grace_s = float(DEFAULTS["discord_grace"].default)
    block = re.search(r"```ini\n(.*?)```", README, re.DOTALL)
    assert block
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(block[1])
    service = unit["Service"]
    assert float(service["TimeoutStopSec"]) >= grace_s + 5
    stop = re.search(r"--stop-timeout (\d+)", README)
    assert stop and float(stop[1]) >= grace_s + 5
    assert service["Type"] == "notify"
    assert float(service["WatchdogSec"]) >= 6 * _HEALTH_S
    assert service["ExecStart"].endswith("/dateline discord")
    assert service["ReadWritePaths"] == service["WorkingDirectory"]


# -- compose.yaml


def test_each_container_has_what_it_names() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        for needed in service.get("depends_on", {}):
            assert SERVICES[needed]["healthcheck"]["test"], f"{name} waits for {needed} to be well"
        for volume in service.get("volumes", ()):
            source = volume.rsplit(":", 2 if volume.endswith(":ro") else 1)[0]
            assert source in COMPOSE["volumes"] or source.startswith("${DATELINE_CORPUS"), volume
    assert set(COMPOSE["volumes"]) == {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
        if not volume.startswith("$")
    }


def test_images_of_others_are_pinned_and_chroma_is_the_one_tested_with() -> None:
    pins = dict(SERVICES[name]["image"].split(":") for name in SERVICES if "build" not in SERVICES[name])
    assert all(re.fullmatch(r"\d+\.\d+(\.\d+)?", tag) for tag in pins.values())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert f"chromadb=={pins['chromadb/chroma']}" in project["project"]["dependencies"]


def test_the_containers_run_commands_and_settings_that_there_are() -> None:
    for name in ("bot", "index"):
        service = SERVICES[name]
        assert service["build"] == "."
        assert service["command"][0] in program.commands
        names = {key.removeprefix(PREFIX).lower() for key in service["environment"]}
        assert all(key.startswith(PREFIX) for key in service["environment"])
        assert names <= set(DEFAULTS)
        # What the image says of its own files holds here too.
        inside = dict(re.findall(rf"({PREFIX}\w+)=(\S+)", DOCKERFILE))
        assert inside.items() <= service["environment"].items()
        mounted = [volume.removesuffix(":ro").rsplit(":", 1)[1] for volume in service["volumes"]]
        assert mounted == ["/data", "/corpus"]
    grace_s = float(DEFAULTS["discord_grace"].default)
    assert float(SERVICES["bot"]["stop_grace_period"].removesuffix("s")) >= grace_s + 5


def test_no_secret_stands_in_compose_and_no_port_of_a_store_leads_outside() -> None:
    for service in SERVICES.values():
        assert "ports" not in service
        for value in service.get("environment", {}).values():
            assert "password" not in str(value).lower().replace("${postgres_password:?put one into .env}", "")
    url = SERVICES["bot"]["environment"]["DATELINE_DATABASE_URL"]
    own = SERVICES["postgres"]["environment"]
    assert url == (
        f"postgresql://{own['POSTGRES_USER']}:{own['POSTGRES_PASSWORD']}@postgres:5432/{own['POSTGRES_DB']}"
    )


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash, as the image has it")
def test_chromas_health_check_tells_a_server_that_answers(tmp_path: Path) -> None:
    kind, *command = SERVICES["chroma"]["healthcheck"]["test"]
    assert kind == "CMD"
    with chroma_server(tmp_path) as server:
        words = [word.replace("$$", "$").replace("/8000", f"/{server.port}") for word in command]
        assert subprocess.run(words, check=False, timeout=30).returncode == 0
        server.kill()
        assert subprocess.run(words, check=False, timeout=30, stderr=subprocess.DEVNULL).returncode != 0
