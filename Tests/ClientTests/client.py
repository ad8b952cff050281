"""What a program that uses the official Python client does: client.py KUBECONFIG NAMESPACE STEP."""
import sys

from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException

kubeconfig, namespace, step = sys.argv[1:]
config.load_kube_config(kubeconfig)
core = client.CoreV1Api()


def config_map(name, **data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name), data=data)


def objects():
    """Creates, reads, patches, replaces and deletes an object, and lists in pages."""
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
    created = core.create_namespaced_config_map(namespace, config_map("settings", colour="red"))
    assert created.metadata.uid and created.metadata.resource_version
    patched = core.patch_namespaced_config_map("settings", namespace, {"data": {"colour": "green"}})
    assert patched.data == {"colour": "green"}, patched.data
    patched.data["size"] = "small"
    replaced = core.replace_namespaced_config_map("settings", namespace, patched)
    assert replaced.data == {"colour": "green", "size": "small"}, replaced.data
    try:
        core.replace_namespaced_config_map("settings", namespace, created)
        raise AssertionError("a stale object was accepted")
    except ApiException as error:
        assert error.status == 409, error
    for index in range(5):
        core.create_namespaced_config_map(namespace, config_map(f"page-{index}"))
    names, token = [], None
    while True:
        page = core.list_namespaced_config_map(namespace, limit=2, _continue=token)
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        if not token:
            break
    assert len(names) == len(set(names)) and len(names) >= 6, names
    core.delete_namespaced_config_map("settings", namespace)
    try:
        core.read_namespaced_config_map("settings", namespace)
        raise AssertionError("a deleted object was read")
    except ApiException as error:
        assert error.status == 404 and "not found" in error.body, error


def watching():
    """Watches from a list's resource version on: nothing is missed, nothing comes twice."""
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
    start = core.list_namespaced_secret(namespace).metadata.resource_version
    for index in range(3):
        core.create_namespaced_secret(namespace, client.V1Secret(metadata=client.V1ObjectMeta(name=f"s{index}")))
    core.delete_namespaced_secret("s1", namespace)
    seen = []
    stream = watch.Watch().stream(
        core.list_namespaced_secret, namespace, resource_version=start, timeout_seconds=10)
    for event in stream:
        seen.append((event["type"], event["object"].metadata.name))
        if len(seen) == 4:
            break
    assert seen == [("ADDED", "s0"), ("ADDED", "s1"), ("ADDED", "s2"), ("DELETED", "s1")], seen


def workloads():
    """Creates a deployment, scales it and reads it back through another client."""
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
    apps = client.AppsV1Api()
    labels = {"app": "web"}
    pod = client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(labels=labels),
        spec=client.V1PodSpec(containers=[client.V1Container(name="web", image="web:1")]))
    apps.create_namespaced_deployment(namespace, client.V1Deployment(
        metadata=client.V1ObjectMeta(name="web"),
        spec=client.V1DeploymentSpec(
            replicas=2, selector=client.V1LabelSelector(match_labels=labels), template=pod)))
    apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 5}})
    assert apps.read_namespaced_deployment("web", namespace).spec.replicas == 5
    pods = core.list_namespaced_pod(
        namespace, label_selector="app=web", field_selector="status.phase=Running", limit=100)
    assert pods.items == [], pods.items


def reviews():
    """Has a token reviewed, and asks what its owner may do."""
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
    core.create_namespaced_service_account(
        namespace, client.V1ServiceAccount(metadata=client.V1ObjectMeta(name="robot")))
    token = core.create_namespaced_service_account_token(
        "robot", namespace, client.AuthenticationV1TokenRequest(
            spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=3600))).status.token
    review = client.AuthenticationV1Api().create_token_review(
        client.V1TokenReview(spec=client.V1TokenReviewSpec(token=token)))
    assert review.status.authenticated, review.status
    assert review.status.user.username == f"system:serviceaccount:{namespace}:robot", review.status.user
    access = client.AuthorizationV1Api().create_subject_access_review(client.V1SubjectAccessReview(
        spec=client.V1SubjectAccessReviewSpec(
            user=review.status.user.username,
            resource_attributes=client.V1ResourceAttributes(namespace=namespace, verb="get", resource="secrets"))))
    assert not access.status.allowed, access.status
    # The token logs its owner in.
    with_token = client.Configuration.get_default_copy()
    with_token.cert_file = with_token.key_file = None
    with_token.api_key = {"authorization": "Bearer " + token}
    robot = client.ApiClient(with_token)
    me = client.AuthenticationV1Api(robot).create_self_subject_review(client.V1SelfSubjectReview())
    assert me.status.user_info.username == review.status.user.username, me.status
    try:
        client.CoreV1Api(robot).list_namespaced_secret(namespace)
        raise AssertionError("secrets were listed")
    except ApiException as error:
        assert error.status == 403, error


def login():
    """Tells who the kubeconfig's user is."""
    me = client.AuthenticationV1Api().create_self_subject_review(client.V1SelfSubjectReview())
    print(me.status.user_info.username, ",".join(me.status.user_info.groups))


{"objects": objects, "watching": watching, "workloads": workloads, "reviews": reviews, "login": login}[step]()
