"""Operators and other Python clients at work: operators.py KUBECONFIG NAMESPACE STEP."""
import asyncio
import os
import sys
import threading

kubeconfig, namespace, step = sys.argv[1:]
os.environ["KUBECONFIG"] = kubeconfig
LIMIT = 60


def definition(group, plural, kind):
    """A CustomResourceDefinition with a status, whose objects keep all that they are given."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [{
                "name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": schema},
            }],
        },
    }


def prepared(group, plural, kind):
    """Makes the namespace and the definition, with the official client's dynamic form."""
    from kubernetes import config, dynamic
    api = dynamic.DynamicClient(config.new_client_from_config(kubeconfig))
    api.resources.get(api_version="v1", kind="Namespace").create(body={"metadata": {"name": namespace}})
    definitions = api.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    definitions.create(body=definition(group, plural, kind))
    for event in definitions.watch(name=f"{plural}.{group}", timeout=LIMIT):
        conditions = event["object"].get("status", {}).get("conditions") or []
        if any(c["type"] == "Established" and c["status"] == "True" for c in conditions):
            break
    api.resources.invalidate_cache()
    return api


def dynamic_client():
    """Finds kinds by discovery; creates, applies, patches, watches and deletes their objects."""
    api = prepared("dynamic.example.com", "ships", "Ship")
    ships = api.resources.get(api_version="dynamic.example.com/v1", kind="Ship")
    made = ships.create(namespace=namespace, body={
        "apiVersion": "dynamic.example.com/v1", "kind": "Ship", "metadata": {"name": "a"}, "spec": {"size": 1}})
    assert made.spec.size == 1
    applied = ships.server_side_apply(
        namespace=namespace, name="a", field_manager="yard", force_conflicts=True,
        body={"apiVersion": "dynamic.example.com/v1", "kind": "Ship", "metadata": {"name": "a"}, "spec": {"size": 2}})
    assert applied.spec.size == 2
    patched = ships.patch(
        namespace=namespace, name="a", body={"spec": {"flag": "blue"}}, content_type="application/merge-patch+json")
    assert patched.spec.flag == "blue" and patched.spec.size == 2
    ships.status.patch(
        namespace=namespace, name="a", body={"status": {"afloat": True}}, content_type="application/merge-patch+json")
    kinds = []
    ships.delete(namespace=namespace, name="a")
    for event in ships.watch(namespace=namespace, resource_version=made.metadata.resourceVersion, timeout=LIMIT):
        kinds.append(event["type"])
        if event["type"] == "DELETED":
            assert event["object"].status.afloat
            break
    assert kinds == ["MODIFIED", "MODIFIED", "MODIFIED", "DELETED"], kinds


def kopf_operator():
    """An operator that answers each new object with a config map, patches its status, and cleans up."""
    import kopf
    api = prepared("kopf.example.com", "boats", "Boat")
    boats = api.resources.get(api_version="kopf.example.com/v1", kind="Boat")
    maps = api.resources.get(api_version="v1", kind="ConfigMap")
    handled, deleted, updates = threading.Event(), threading.Event(), threading.Event()
    registry = kopf.get_default_registry()

    @kopf.on.startup(registry=registry)
    def configure(settings, **_):
        settings.posting.enabled = True
        settings.persistence.finalizer = "kopf.example.com/finalizer"

    @kopf.on.create("kopf.example.com", "v1", "boats", id="create", registry=registry)
    def create(name, body, **_):
        owner = {key: body[key] for key in ("apiVersion", "kind")}
        owner.update(name=name, uid=body["metadata"]["uid"])
        maps.create(namespace=namespace, body={
            "metadata": {"name": f"log-of-{name}", "ownerReferences": [owner]}, "data": {"size": str(body["spec"]["size"])}})
        return {"launched": True}

    @kopf.on.update("kopf.example.com", "v1", "boats", field="spec.size", registry=registry)
    def update(old, new, **_):
        if (old, new) == (3, 4):
            updates.set()

    @kopf.on.delete("kopf.example.com", "v1", "boats", registry=registry)
    def delete(**_):
        deleted.set()

    ready, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: kopf.run(
        registry=registry, namespaces=[namespace], standalone=True, ready_flag=ready, stop_flag=stop))
    thread.start()
    try:
        assert ready.wait(LIMIT), "the operator did not start"
        boats.create(namespace=namespace, body={
            "apiVersion": "kopf.example.com/v1", "kind": "Boat", "metadata": {"name": "b"}, "spec": {"size": 3}})
        for event in boats.watch(namespace=namespace, timeout=LIMIT):
            status = event["object"].get("status") or {}
            if status.get("create", {}).get("launched"):
                handled.set()
                break
        assert handled.is_set(), "the status was not patched"
        assert maps.get(namespace=namespace, name="log-of-b").data.size == "3"
        boats.patch(namespace=namespace, name="b", body={"spec": {"size": 4}}, content_type="application/merge-patch+json")
        assert updates.wait(LIMIT), "the update was not seen"
        boats.delete(namespace=namespace, name="b")
        assert deleted.wait(LIMIT), "the deletion was not seen"
        for event in maps.watch(namespace=namespace, timeout=LIMIT):
            if event["type"] == "DELETED" and event["object"].metadata.name == "log-of-b":
                break
        else:
            raise AssertionError("what the object owned is still there")
    finally:
        stop.set()
        thread.join(LIMIT)


def lightkube_operator():
    """A loop that watches config maps and patches what it sees, with typed and generic resources."""
    from lightkube import Client
    from lightkube.generic_resource import create_namespaced_resource
    from lightkube.models.meta_v1 import ObjectMeta
    from lightkube.resources.core_v1 import ConfigMap
    from lightkube.types import PatchType
    prepared("light.example.com", "rafts", "Raft")
    api = Client(namespace=namespace, field_manager="raft-keeper")
    Raft = create_namespaced_resource("light.example.com", "v1", "Raft", "rafts")
    for index in range(3):
        api.create(Raft(metadata=ObjectMeta(name=f"r{index}"), spec={"logs": index}))
    seen = set()
    for kind, raft in api.watch(Raft, server_timeout=LIMIT):
        if kind == "ADDED":
            api.apply(ConfigMap(metadata=ObjectMeta(name=raft.metadata.name), data={"logs": str(raft.spec["logs"])}))
            api.patch(Raft.Status, raft.metadata.name, {"status": {"built": True}}, patch_type=PatchType.MERGE)
        elif (raft.get("status") or {}).get("built"):
            seen.add(raft.metadata.name)
            if len(seen) == 3:
                break
    assert seen == {"r0", "r1", "r2"}, seen
    assert api.get(ConfigMap, "r2").data == {"logs": "2"}
    assert sorted(r.metadata.name for r in api.list(Raft)) == ["r0", "r1", "r2"]
    api.delete(Raft, "r0")


async def asyncio_client():
    """Watches and writes side by side."""
    from kubernetes_asyncio import client, config, watch
    await config.load_kube_config(kubeconfig)
    async with client.ApiClient() as api:
        core = client.CoreV1Api(api)
        await core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
        start = (await core.list_namespaced_config_map(namespace)).metadata.resource_version

        async def write():
            for index in range(5):
                body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name=f"m{index}"), data={"n": "0"})
                await core.create_namespaced_config_map(namespace, body)
                await core.patch_namespaced_config_map(f"m{index}", namespace, {"data": {"n": "1"}})
            await core.delete_namespaced_config_map("m4", namespace)

        seen = []

        async def read():
            async with watch.Watch() as events:
                stream = events.stream(
                    core.list_namespaced_config_map, namespace, resource_version=start, timeout_seconds=LIMIT)
                async for event in stream:
                    name = event["object"].metadata.name
                    if name.startswith("m"):
                        seen.append((event["type"], name))
                    if seen and seen[-1] == ("DELETED", "m4"):
                        return

        await asyncio.wait_for(asyncio.gather(read(), write()), LIMIT)
        expected = [(kind, f"m{index}") for index in range(5) for kind in ("ADDED", "MODIFIED")]
        assert seen == expected + [("DELETED", "m4")], seen


if step == "asyncio":
    asyncio.run(asyncio_client())
else:
    {"dynamic": dynamic_client, "kopf": kopf_operator, "lightkube": lightkube_operator}[step]()
print("well done")
