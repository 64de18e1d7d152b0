"""Every setting that a deployment file gives to the server exists, and its times fit together.

`scripts/deploy-check` calls it with the folder of what Compose and Helm made of their files:

    deploy_settings.py FOLDER        compose-*.json, *.rendered
"""

import json
import pathlib
import re
import sys
import tomllib

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Settings of `provider-connections hasura`, which is no server.
OF_HASURA_COMMAND = {"HASURA_GRAPHQL_ENDPOINT", "HASURA_GRAPHQL_ADMIN_SECRET", "HASURA_REMOTE_SCHEMA_URL"}
OF_A_PROVIDER = (
    "CLIENT_ID|CLIENT_SECRET|TENANT|TEAM_ID|KEY_ID|PRIVATE_KEY|TOKEN_URL|REVOCATION_URL|USERINFO_URL|TOKENINFO_URL"
    "|SCOPES|REQUIRED_SCOPES|RISC_CONFIGURATION_URL"
)
SECRET_OF_A_PROVIDER = "CLIENT_SECRET|PRIVATE_KEY|WEBHOOK_SECRET|APP_SECRET|EVENTSUB_SECRET|VERIFY_TOKEN"


def known():
    """A pattern of the names in .env.example, with `_FILE` after those that it says have one."""
    example = (ROOT / ".env.example").read_text()
    names = set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", example, re.MULTILINE))
    in_files = re.search(r"That goes for (.*?) and the secrets of PROVIDER_", example, re.DOTALL)
    secrets = set(re.findall(r"[A-Z][A-Z0-9_]+", in_files[1]))
    enum = re.search(r"enum OAuthProvider \{(.*?)\n\}", (ROOT / "schema.graphql").read_text(), re.DOTALL)
    providers = "|".join(name.upper() for name in re.findall(r"^\s*([a-z]+)$", enum[1], re.MULTILINE))
    return re.compile(
        "|".join(
            [
                *sorted(names),
                *(f"{name}_FILE" for name in sorted(secrets)),
                f"PROVIDER_({providers})_({OF_A_PROVIDER})",
                f"PROVIDER_({providers})_({SECRET_OF_A_PROVIDER})_FILE",
            ]
        )
    )


def seconds(text):
    """`30s` or `1m20s`, as the server, Compose and systemd write it."""
    parts = re.findall(r"(\d+)(m|s)", text)
    assert parts and "".join(map("".join, parts)) == text, f"{text} is no time"
    return sum(int(number) * {"m": 60, "s": 1}[unit] for number, unit in parts)


def dockerfile():
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    stage = text.split("FROM base AS provider-connections")[1]
    for line in re.findall(r"^ENV (.*)$", stage, re.MULTILINE):
        yield from re.findall(r"([A-Z_]+)=", line)


def compose(folder):
    for path in sorted(folder.glob("compose-*.json")):
        for name, service in json.loads(path.read_text())["services"].items():
            if name in ("server", "hasura-apply"):
                yield f"{path.stem}, {name}", service


def helm(folder):
    for path in sorted(folder.glob("*.rendered")):
        for document in yaml.safe_load_all(path.read_text()):
            if document and document["kind"] == "StatefulSet":
                yield f"{path.stem} of the chart", document["spec"]["template"]["spec"]


def unit():
    text = (ROOT / "deploy/systemd/provider-connections.service").read_text()
    return text, dict(re.findall(r"^Environment=([A-Z_]+)=(.*)$", text, re.MULTILINE))


def nhost():
    service = tomllib.loads((ROOT / "deploy/nhost/nhost-service.toml").read_text())
    return {variable["name"]: variable["value"] for variable in service["environment"]}


def keeps_secrets_out_of_sight(wrong, folder, unit_text):
    """Keys come as files, in what is meant for real tokens, and no core dump is left of the memory."""
    places = {"the systemd unit": unit()[1]}
    for where, service in compose(folder):
        if where.endswith("server"):
            # Compose leaves a zero out: {"core": {}}.
            if service.get("ulimits", {}).get("core") not in (0, {}, {"soft": 0, "hard": 0}):
                wrong.append(f"{where}: ulimits has no core: 0")
            if "stack" in where:
                places[where] = service["environment"]
    for where, pod in helm(folder):
        places[where] = {variable["name"]: variable["value"] for variable in pod["containers"][0]["env"]}
    for where, given in places.items():
        for name in ("ENCRYPTION_KEYS", "NHOST_JWT_SECRET", "SERVICE_SECRET"):
            if name in given:
                wrong.append(f"{where}: {name} is in the environment. Hand it in as a file: {name}_FILE.")
        if "ENCRYPTION_KEYS_FILE" not in given:
            wrong.append(f"{where}: there is no ENCRYPTION_KEYS_FILE")
    if "\nLimitCORE=0\n" not in unit_text:
        wrong.append("the systemd unit: there is no LimitCORE=0")


def main(folder):
    wrong = []
    pattern = known()

    def exist(where, names, others=frozenset()):
        names = list(names)
        if not names:
            wrong.append(f"{where}: no setting was found")
        for name in names:
            if name not in others and not pattern.fullmatch(name):
                wrong.append(f"{where}: there is no setting {name} (.env.example has all)")

    def outlives(where, given, shutdown):
        # Requests, then calls and commits, then 10 s for what is written last: docs/operations.md
        if given <= 2 * shutdown + 10:
            wrong.append(f"{where}: {given} s to end, but twice {shutdown} s and 10 s may be needed")

    exist("Dockerfile", dockerfile())
    for where, service in compose(folder):
        given = service["environment"]
        exist(where, given, OF_HASURA_COMMAND if where.endswith("hasura-apply") else frozenset())
        if "stop_grace_period" in service:
            outlives(where, seconds(service["stop_grace_period"]), seconds(given.get("SHUTDOWN_TIMEOUT", "30s")))
    for where, pod in helm(folder):
        given = {variable["name"]: variable["value"] for variable in pod["containers"][0]["env"]}
        exist(where, given)
        pause = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        outlives(where, pod["terminationGracePeriodSeconds"] - pause, seconds(given["SHUTDOWN_TIMEOUT"]))
    text, given = unit()
    exist("the systemd unit", given)
    outlives("the systemd unit", seconds(re.search(r"^TimeoutStopSec=(.*)$", text, re.MULTILINE)[1]), seconds(given["SHUTDOWN_TIMEOUT"]))
    for name, value in given.items():
        if "%d/" in value and f"LoadCredential={value.removeprefix('%d/')}:" not in text:
            wrong.append(f"the systemd unit: {name} is a credential that it does not load")
    exist("nhost-service.toml", nhost())

    keeps_secrets_out_of_sight(wrong, folder, text)
    for line in wrong:
        print(line)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
