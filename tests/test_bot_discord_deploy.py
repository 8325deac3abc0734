"""The Dockerfile and the systemd unit: what can be tried of them without either."""

from __future__ import annotations

import configparser
import fnmatch
import json
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from bot.discord.health import write_health
from bot.discord.run import _HEALTH_S
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEFAULTS = Settings.model_fields


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
