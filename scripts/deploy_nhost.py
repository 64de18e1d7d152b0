"""deploy/nhost/*.toml against the rules of Nhost's own schema, as far as these files use it.

The rules are those of `cli/mcp/resources/nhost_toml_schema.cue` in github.com/nhost/nhost. Nhost's own
`nhost run config-validate` says the last word; it needs an Nhost project.
"""

import pathlib
import re
import sys
import tomllib

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "deploy/nhost"
wrong = []


def expect(true, what):
    if not true:
        wrong.append(what)


def keys(where, table, required, optional=()):
    for name in required:
        expect(name in table, f"{where}: {name} is missing")
    for name in table:
        expect(name in (*required, *optional), f"{where}: there is no {name}")


def secrets_by_name(where, value):
    """A value that looks like a secret is a reference to one."""
    for reference in re.findall(r"\{\{.*?\}\}", value):
        expect(re.fullmatch(r"\{\{ secrets\.[A-Z_][A-Z0-9_]* \}\}", reference), f"{where}: {reference} is no reference to a secret")


def environment(where, variables, forbidden=""):
    for variable in variables:
        keys(where, variable, ["name", "value"])
        name = variable["name"]
        expect(re.match(r"(?i)[a-z_]+[a-z0-9_]*", name), f"{where}: {name} is no name")
        expect(not forbidden or not re.match(forbidden, name, re.IGNORECASE), f"{where}: {name} is a name that Nhost keeps for itself")
        secrets_by_name(f"{where}, {name}", variable["value"])
        if re.search(r"SECRET|KEYS|PAT$|DATABASE_URL", name):
            expect(variable["value"].startswith("{{ secrets."), f"{where}: {name} has to be a secret")


def run_service():
    where = "nhost-service.toml"
    service = tomllib.loads((FOLDER / where).read_text())
    keys(where, service, ["name", "image", "command", "resources"], ["environment", "ports", "healthCheck"])
    expect(re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", service["name"]) and len(service["name"]) <= 30, f"{where}: name")
    keys(f"{where}, image", service["image"], ["image"], ["pullCredentials"])
    environment(where, service["environment"])

    ports = service["ports"]
    for port in ports:
        keys(f"{where}, ports", port, ["port", "type"], ["publish", "ingresses", "rateLimit"])
        expect(port["type"] in ("http", "grpc", "tcp", "udp"), f"{where}: a port of type {port['type']}")
        expect(not port.get("publish") or port["type"] in ("http", "grpc"), f"{where}: only http and grpc can be published")
    check = service["healthCheck"]
    keys(f"{where}, healthCheck", check, ["port"], ["initialDelaySeconds", "probePeriodSeconds"])
    expect(check["port"] in [port["port"] for port in ports], f"{where}: the health check's port is none of its ports")

    resources = service["resources"]
    keys(f"{where}, resources", resources, ["compute", "replicas"], ["storage", "autoscaler"])
    compute = resources["compute"]
    keys(f"{where}, compute", compute, ["cpu", "memory"])
    expect(62 <= compute["cpu"] <= 14000, f"{where}: cpu is 62 to 14000")
    expect(128 <= compute["memory"] <= 28720 and compute["memory"] % 128 == 0, f"{where}: memory is 128 to 28720, in steps of 128")
    expect(abs(compute["memory"] - compute["cpu"] * 2.048) <= 1.024, f"{where}: memory is 2.048 times cpu")
    storage = resources["storage"]
    for volume in storage:
        keys(f"{where}, storage", volume, ["name", "capacity", "path"])
        expect(1 <= volume["capacity"] <= 1000, f"{where}: capacity is 1 to 1000 GiB")
    expect(not storage or (resources["replicas"] <= 1 and "autoscaler" not in resources), f"{where}: with storage there is one replica")


def project():
    where = "nhost.toml"
    config = tomllib.loads((FOLDER / where).read_text())
    keys(where, config, ["global", "hasura", "auth"])
    environment(where, config["global"]["environment"], forbidden="NHOST_|HASURA_")
    keys(f"{where}, hasura", config["hasura"], ["settings", "jwtSecrets"])
    keys(f"{where}, hasura.settings", config["hasura"]["settings"], ["enableRemoteSchemaPermissions"])
    expect(len(config["hasura"]["jwtSecrets"]) == 1, f"{where}: there is one JWT secret")
    keys(f"{where}, jwtSecrets", config["hasura"]["jwtSecrets"][0], ["type", "key"], ["signingKey", "kid", "issuer", "audience"])
    auth = config["auth"]
    keys(f"{where}, auth", auth, ["version", "redirections", "rateLimit", "method"])
    keys(f"{where}, rateLimit", auth["rateLimit"]["global"], ["limit", "interval"])
    with_scope = {"discord", "facebook", "github", "gitlab", "google", "linkedin", "spotify", "strava", "twitch", "windowslive"}
    for provider, table in auth["method"]["oauth"].items():
        optional = ["scope", "audience"] if provider in with_scope else ["tenant"] if provider in ("azuread", "entraid") else []
        keys(f"{where}, {provider}", table, ["enabled", "clientId", "clientSecret"], optional)
        secrets_by_name(f"{where}, {provider}", table["clientSecret"])
        expect(table["clientSecret"].startswith("{{ secrets."), f"{where}: the secret of {provider} has to be a secret")

    # Hasura's header takes what the server is given.
    (shared,) = [each["value"] for each in config["global"]["environment"] if each["name"] == "PROVIDER_CONNECTIONS_SERVICE_SECRET"]
    service = tomllib.loads((FOLDER / "nhost-service.toml").read_text())
    (taken,) = [each["value"] for each in service["environment"] if each["name"] == "SERVICE_SECRET"]
    expect(shared == taken, f"{where}: Hasura and the server do not get the same service secret")


run_service()
project()
print(*wrong, sep="\n")
sys.exit(bool(wrong))
