#!/usr/bin/env python3
"""Turns what a kube-apiserver publishes into the tables that Drydock ships.

    scripts/generate-tables.py SOURCE

SOURCE is a folder with discovery.json (paths to discovery documents), schemas.json (OpenAPI v3 component
schemas without prose), protobuf.json (messages to field numbers), tables.json (list paths to column
definitions), bootstrap-rbac.json and bootstrap-objects.json (lists by path). The tables are written to
Sources/Resources/tables; they hold facts only, no prose.
"""
import json
import pathlib
import sys

TABLES = pathlib.Path(__file__).resolve().parent.parent / "Sources/Resources/tables"
# Set by the server at the time of writing, so no part of what a bootstrap object says.
VOLATILE = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation")
# Bootstrap objects that depend on nothing but the version; the others are computed when the server starts.
FIXED = (
    "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
    "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
    "/apis/scheduling.k8s.io/v1/priorityclasses",
)
# Protobuf types that are no messages.
SCALARS = ("string", "bytes", "bool", "int32", "int64", "double")
# Kinds that no schema names, by the package that has their messages.
UNLISTED = {
    "meta.k8s.io/v1": "k8s.io.apimachinery.pkg.apis.meta.v1",
    "apidiscovery.k8s.io/v2": "k8s.io.api.apidiscovery.v2",
}


def catalog(discovery):
    """Groups in the order in which discovery lists them, each version with its resources and subresources."""
    groups = []
    for listed in [{"name": "", "versions": [{"version": "v1"}]}] + discovery["/apis"]["groups"]:
        versions = []
        for v in listed["versions"]:
            group, version = listed["name"], v["version"]
            path = f"/apis/{group}/{version}" if group else "/api/v1"
            resources = {}
            for r in discovery[path]["resources"]:
                name, _, sub = r["name"].partition("/")
                kind = {"group": r.get("group", group), "version": r.get("version", version), "kind": r["kind"]}
                if sub:
                    top = resources.setdefault(name, {"name": name, "kind": r["kind"], "verbs": [], "namespaced": r["namespaced"]})
                    top.setdefault("subresources", []).append({"name": sub, "kind": kind, "verbs": r["verbs"]})
                else:
                    resources[name] = {
                        **resources.get(name, {}),
                        **{k: r[k] for k in ("name", "kind", "namespaced", "verbs")},
                        "singular": r["singularName"],
                        **({"short": r["shortNames"]} if r.get("shortNames") else {}),
                        **({"categories": r["categories"]} if r.get("categories") else {}),
                        **({"hash": r["storageVersionHash"]} if r.get("storageVersionHash") else {}),
                    }
            versions.append({"version": version, "resources": list(resources.values())})
        groups.append({"name": listed["name"], "versions": versions})
    return {"groups": groups, "paths": discovery["/"]["paths"]}


def bootstrap(rbac, objects):
    """Lists of objects by path, without what the server sets."""
    lists = {f"/apis/rbac.authorization.k8s.io/v1/{name}": items for name, items in rbac.items()}
    lists.update({path: objects[path]["items"] for path in FIXED})
    for items in lists.values():
        for item in items:
            for name in VOLATILE:
                item["metadata"].pop(name, None)
    return lists


def protobuf(messages, schemas):
    """The packages of the served group versions and, by full name, the messages that their kinds reach.

    A message maps the JSON name of each field to "NUMBER TYPE". The type is a scalar or a message, named in
    full where its package differs; "[]" in front marks a repeated field, "map " a map from strings, and "&"
    a message whose fields JSON has in the parent.
    """
    schemas_of = {name.replace("io.k8s.", "k8s.io.", 1).replace("-", "_"): s for name, s in schemas.items()}
    packages = dict(UNLISTED)
    for name, schema in schemas_of.items():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            if "pkg.apis.meta." not in name:
                group_version = f"{kind['group']}/{kind['version']}".lstrip("/")
                packages[group_version] = name.rpartition(".")[0]

    def full(package, kind):
        if kind in SCALARS:
            return kind
        kind = kind.lstrip(".")
        found = kind if kind in messages else f"{package}.{kind}"
        assert found in messages, found
        return found

    def json_name(field, properties):
        """The property that a field is: the same name, or one that is no identifier; None where inlined."""
        kebab = "".join("-" + c.lower() if c.isupper() else c for c in field)
        same = {p.lower(): p for p in properties}
        for name in (field.lower(), f"${field}".lower(), kebab):
            if name in same:
                return same[name]
        return None

    table = {}
    served = set(packages.values())
    left = [name for name in messages if name.rpartition(".")[0] in served]
    left.append("k8s.io.apimachinery.pkg.runtime.RawExtension")
    while left:
        name = left.pop()
        if name in table:
            continue
        entry = table[name] = {}
        package = name.rpartition(".")[0]
        # A message without a schema is one that is inlined; its fields have their JSON names.
        properties = schemas_of.get(name, {}).get("properties", messages[name])
        for field, f in sorted(messages[name].items(), key=lambda item: item[1]["number"]):
            kind, mark = f["type"], "[]" if f.get("repeated") else ""
            if kind.startswith("map<string, "):
                kind, mark = kind[len("map<string, "):-1], "map "
            target, json_field = full(package, kind), json_name(field, properties)
            if json_field is None:
                assert target not in SCALARS and not mark, (name, field)
                json_field, mark = field, "&"
            short = target[len(package) + 1:] if target.rpartition(".")[0] == package else target
            entry[json_field] = f"{f['number']} {mark}{short}"
            if target not in SCALARS:
                left.append(target)
    return {"packages": packages, **dict(sorted(table.items()))}


def main(source):
    def read(name):
        return json.loads((source / name).read_text())

    tables = {
        "catalog": catalog(read("discovery.json")),
        "schemas": read("schemas.json"),
        "protobuf": protobuf(read("protobuf.json"), read("schemas.json")),
        "columns": read("tables.json"),
        "bootstrap": bootstrap(read("bootstrap-rbac.json"), read("bootstrap-objects.json")),
    }
    TABLES.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        # One entry a line where the table is a map, so that a change can be read in a diff.
        entries = ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in table.items())
        (TABLES / f"{name}.json").write_text("{\n" + entries + "\n}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
