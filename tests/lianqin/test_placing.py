"""Units, compose file and manifests name settings and modules that exist, publish no port without a listener, and keep what is
spooled; systemd's own validator has nothing to say."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lianqin.settings import Settings

DOCKER = Path(__file__).resolve().parents[2] / "docker"
FILES = [path for path in sorted(DOCKER.rglob("*")) if path.is_file() and path.suffix != ".md"]
COMPOSES_OWN = {"LIANQIN_DB_PASSWORD"}
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((DOCKER / "kubernetes" / "lianqin.yaml").read_text(encoding="utf-8"))
)
DOCKERFILE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
KNOWN = Settings()
LISTENS = {
    "console": {KNOWN.console_port},
    "patrol.intake": {KNOWN.intake_port, KNOWN.jt808_port},
    "ingest": {KNOWN.inner_port},
    "patrol": set[int](),
}
"""What each module listens on, with the intake apart from the console."""
SPOOLS = {"patrol.intake", "ingest"}
JOURNALS = {"console"}
RUN = "/var/lib/lianqin/run"


def test_the_files_are_there() -> None:
    assert {path.suffix for path in FILES} >= {".service", ".yaml", ".example", ""}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DOCKER)))
def test_every_variable_is_a_setting_and_every_module_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known = {f"LIANQIN_{name.upper()}" for name in Settings.model_fields} | COMPOSES_OWN
    assert set(re.findall(r"\bLIANQIN_[A-Z0-9_]+", text)) <= known
    for module in re.findall(r"-m[\s,\"]+([a-z_.]+)", text):
        assert importlib.util.find_spec(f"{module}.__main__") or importlib.util.find_spec(module), module


@pytest.mark.parametrize("unit", [path for path in FILES if path.suffix == ".service"], ids=lambda path: path.name)
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    here = unit.read_text(encoding="utf-8").replace("/opt/lianqin/.venv/bin/python", shutil.which("python3") or "")
    (tmp_path / unit.name).write_text(here, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit.name)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")


def module_of(command: list[str]) -> str:
    found = re.search(r"-m ([a-z_.]+)", " ".join(command))
    assert found
    return found[1]


def services() -> dict[str, tuple[str, dict[str, Any]]]:
    """Of ours in the compose file: module and service by name."""
    ours = {name: one for name, one in COMPOSE["services"].items() if "build" in one}
    return {name: (module_of(one["command"]), one) for name, one in ours.items()}


def pods() -> list[tuple[str, dict[str, Any]]]:
    """Of the manifests: module and the set or deployment that starts it."""
    sets = [one for one in MANIFESTS if one["kind"] in {"StatefulSet", "Deployment"}]
    return [(module_of(container_of(one)["command"]), one) for one in sets]


def container_of(pod: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = pod["spec"]["template"]["spec"]["containers"][0]
    return found


def test_every_part_is_placed_everywhere() -> None:
    assert {module for module, _ in services().values()} == set(LISTENS)
    assert {module for module, _ in pods()} == set(LISTENS)
    units = [path.read_text(encoding="utf-8") for path in FILES if path.suffix == ".service"]
    assert {module_of([text]) for text in units} == set(LISTENS)


def test_compose_publishes_what_is_listened_on_and_each_port_can_be_chosen() -> None:
    for name, (module, service) in services().items():
        for port in service.get("ports", ()):
            here, _, within = port.rpartition(":")
            assert int(within) in LISTENS[module], name
            assert re.fullmatch(r"\$\{[A-Z0-9_]+:-[0-9.:]+\}", here), name
        environ = service["environment"]
        assert environ["LIANQIN_INTAKE_IN_CONSOLE"] == "false"
        if service.get("ports"):
            assert environ["LIANQIN_CONSOLE_HOST"] == "0.0.0.0"


def test_the_manifests_name_ports_that_are_listened_on() -> None:
    told = {"console": "", "patrol.intake": "", "ingest": ""}
    for module, pod in pods():
        ports = {one["name"]: one["containerPort"] for one in container_of(pod).get("ports", ())}
        assert set(ports.values()) == LISTENS[module]
        services_of = [one for one in MANIFESTS if one["kind"] == "Service"
                       and one["spec"]["selector"] == pod["spec"]["template"]["metadata"]["labels"] | {"app": "lianqin"}]  # fmt: skip
        assert len(services_of) == bool(ports)
        for one in services_of:
            assert {port["port"] for port in one["spec"]["ports"]} == set(ports.values())
            told.pop(module)
    assert not told


def test_who_spools_or_keeps_a_journal_has_run_dir_on_a_volume() -> None:
    assert f"LIANQIN_RUN_DIR={RUN}" in DOCKERFILE
    for module, service in services().values():
        if module in SPOOLS | JOURNALS:
            (volume,) = [one for one in service["volumes"] if one.endswith(f":{RUN}")]
            assert volume.partition(":")[0] in COMPOSE["volumes"]
    for module, pod in pods():
        if module in SPOOLS | JOURNALS:
            (mount,) = [one for one in container_of(pod)["volumeMounts"] if one["mountPath"] == RUN]
            claims = [one["metadata"]["name"] for one in pod["spec"].get("volumeClaimTemplates", ())]
            volumes = [
                one["name"]
                for one in pod["spec"]["template"]["spec"].get("volumes", ())
                if "persistentVolumeClaim" in one
            ]
            assert mount["name"] in (claims if module in SPOOLS else volumes)


def test_nothing_relies_on_the_order_of_start() -> None:
    assert not any("depends_on" in service for _, service in services().values())
    for _, pod in pods():
        assert "initContainers" not in pod["spec"]["template"]["spec"]
    for unit in (path.read_text(encoding="utf-8") for path in FILES if path.suffix == ".service"):
        assert re.findall(r"^(?:After|Requires|BindsTo)=(.*)$", unit, re.M) == ["network-online.target"]
        assert "StartLimitIntervalSec=0" in unit  # who is started again each second for an hour is not given up


def test_what_listens_is_looked_at() -> None:
    for name, (module, service) in services().items():
        assert ("healthcheck" in service) == (module in {"console", "patrol.intake"}), name
    for module, pod in pods():
        assert ("readinessProbe" in container_of(pod)) == bool(LISTENS[module])


def test_telemetry_is_off_in_images_units_and_manifests() -> None:
    assert re.search(r"^ENV .*\bORT_DISABLE_TELEMETRY=1\b", DOCKERFILE, re.M)
    assert all(service["environment"]["ORT_DISABLE_TELEMETRY"] == "1" for _, service in services().values())
    assert MANIFESTS[0]["data"]["ORT_DISABLE_TELEMETRY"] == "1"
    assert all({"configMapRef": {"name": "lianqin"}} in container_of(pod)["envFrom"] for _, pod in pods())
    units = [path.read_text(encoding="utf-8") for path in FILES if path.suffix == ".service"]
    assert all("\nEnvironment=ORT_DISABLE_TELEMETRY=1\n" in unit for unit in units)


def test_the_image_s_pg_dump_reads_the_server_of_the_compose_file() -> None:
    client = re.search(r"^ARG POSTGRES_CLIENT=postgresql-client-(\d+)$", DOCKERFILE, re.M)
    server = re.search(r":-postgres:(\d+)", COMPOSE["services"]["postgres"]["image"])
    assert client
    assert server
    assert int(server[1]) <= int(client[1])


def test_both_bases_of_the_image_are_arguments() -> None:
    head, *_ = re.split(r"^FROM ", DOCKERFILE, flags=re.M)
    froms = re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert sorted(re.findall(r"^ARG ([A-Z_]+)=", head, re.M)) == ["NODE_IMAGE", "PYTHON_IMAGE"]
    assert froms == ["${NODE_IMAGE}", "${PYTHON_IMAGE}"]


def test_only_what_the_image_is_made_from_goes_to_the_build() -> None:
    lines = (DOCKER.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    copied = {
        source.split("/")[0]
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
        for source in line.split()
    }
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied
    assert {"**/node_modules", "**/__pycache__", "console/web/dist"} <= set(rules)
