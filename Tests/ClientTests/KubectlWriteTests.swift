import TestSupport
import Testing
import Values

/// What kubectl changes.
@Suite("kubectl changes", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct KubectlWriteTests {
  @Test("objects by patch, label, annotation and edit", arguments: Clients.kubectlVersions)
  func patches(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("patches", version)
    try await kubectl.succeeds("create", "--filename", "-", input: deployment("web"))
    let strategic = #"{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"web:2"}]}}}}"#
    try await kubectl.succeeds("patch", "deployment", "web", "--patch", strategic)
    try await kubectl.succeeds(
      "patch", "deployment", "web", "--type", "merge", "--patch", #"{"spec":{"replicas":4}}"#)
    let json = #"[{"op":"add","path":"/metadata/labels/colour","value":"green"}]"#
    try await kubectl.succeeds("patch", "deployment", "web", "--type", "json", "--patch", json)
    try await kubectl.succeeds("label", "deployment", "web", "colour=red", "--overwrite")
    try await kubectl.succeeds("label", "deployment", "web", "app-")
    try await kubectl.succeeds("annotate", "deployment", "web", "note=kept")
    let edited = try await kubectl.succeeds(
      "edit", "deployment", "web", environment: ["EDITOR": "sed -i 's/replicas: 4/replicas: 7/'"])
    #expect(edited == "deployment.apps/web edited\n")

    let web = try await kubectl.json("deployment", "web")
    #expect(web["metadata"]?["labels"] == ["colour": "red"])
    #expect(web["metadata"]?["annotations"] == ["note": "kept"])
    #expect(web["spec"]?["replicas"] == 7)
    let container = web["spec"]?["template"]?["spec"]?["containers"]?.array?.first
    #expect(container?["image"] == "web:2")
    #expect(container?["ports"] == [["containerPort": 8080, "protocol": "TCP"]])
    #expect(
      try await kubectl.fails("label", "deployment", "web", "colour=blue").contains("already has a value"))
  }

  @Test("the number of replicas, the image and the rollout", arguments: Clients.kubectlVersions)
  func scales(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("scales", version)
    try await kubectl.succeeds("create", "deployment", "web", "--image=web:1")
    #expect(
      try await kubectl.succeeds("scale", "deployment/web", "--replicas=5") == "deployment.apps/web scaled\n")
    #expect(try await kubectl.json("deployment", "web")["spec"]?["replicas"] == 5)
    #expect(
      try await kubectl.fails("scale", "deployment/web", "--current-replicas=9", "--replicas=1").contains(
        "Expected replicas to be 9, was 5"))
    try await kubectl.succeeds("set", "image", "deployment/web", "web=web:2")
    try await kubectl.succeeds("rollout", "pause", "deployment/web")
    try await kubectl.succeeds("rollout", "resume", "deployment/web")
    try await kubectl.succeeds("rollout", "restart", "deployment/web")
    // Nothing runs the pods, so the rollout waits.
    let status = try await kubectl.run("rollout", "status", "deployment/web", "--timeout=1s")
    #expect(status.output.contains("Waiting for deployment spec update to be observed"))
    #expect(status.error.contains("timed out"))
    let template = try await kubectl.json("deployment", "web")["spec"]?["template"]
    #expect(template?["metadata"]?["annotations"]?["kubectl.kubernetes.io/restartedAt"] != nil)
    try await kubectl.succeeds("autoscale", "deployment", "web", "--min=1", "--max=3")
    #expect(try await kubectl.succeeds("get", "hpa").contains("Deployment/web"))
    try await kubectl.succeeds("expose", "deployment", "web", "--port=80", "--target-port=8080")
    #expect(try await kubectl.succeeds("get", "service", "web").contains("80/TCP"))
  }

  @Test("objects declaratively", arguments: Clients.kubectlVersions)
  func applies(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("applies", version)
    let first = deployment("web")
    let second = deployment("web", replicas: 4)
    #expect(
      try await kubectl.succeeds("apply", "--filename", "-", input: first) == "deployment.apps/web created\n")
    #expect(
      try await kubectl.succeeds("apply", "--filename", "-", input: first)
        == "deployment.apps/web unchanged\n")
    #expect(try await kubectl.run("diff", "--filename", "-", input: first).status == 0)
    let diff = try await kubectl.run("diff", "--filename", "-", input: second)
    #expect(diff.status == 1)
    #expect(diff.output.contains("-  replicas: 2") && diff.output.contains("+  replicas: 4"))
    #expect(
      try await kubectl.succeeds("apply", "--filename", "-", input: second)
        == "deployment.apps/web configured\n")
    #expect(
      try await kubectl.succeeds("apply", "--dry-run=server", "--filename", "-", input: first).contains(
        "configured (server dry run)"))
    #expect(try await kubectl.json("deployment", "web")["spec"]?["replicas"] == 4)
    try await kubectl.succeeds("apply", "view-last-applied", "deployment/web")
  }

  @Test("objects on the server's side, with owners of fields", arguments: Clients.kubectlVersions)
  func appliesOnServer(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("owners", version)
    let first = deployment("web")
    let second = deployment("web", replicas: 4)
    let apply = ["apply", "--server-side", "--filename", "-"]
    #expect(
      try await kubectl.start(apply, input: first).result().output
        == "deployment.apps/web serverside-applied\n")
    let conflict = try await kubectl.start(apply + ["--field-manager", "other"], input: second).result()
    #expect(conflict.status == 1)
    #expect(
      conflict.error.contains("Apply failed with 1 conflict: conflict with \"kubectl\": .spec.replicas"))
    let forced = try await kubectl.start(
      apply + ["--field-manager", "other", "--force-conflicts"], input: second
    ).result()
    #expect(forced.status == 0, "\(forced)")
    let web = try await kubectl.json("deployment", "web", "--show-managed-fields")
    #expect(web["spec"]?["replicas"] == 4)
    #expect(web["metadata"]?["managedFields"]?.array?.map { $0["manager"] } == ["kubectl", "other"])
    // What was made by client-side apply can be taken over.
    try await kubectl.succeeds("apply", "--filename", "-", input: deployment("older"))
    try await kubectl.succeeds(
      "apply", "--server-side", "--filename", "-", input: deployment("older", replicas: 3))
    #expect(try await kubectl.json("deployment", "older")["spec"]?["replicas"] == 3)
  }

  @Test("nothing that is wrong, and says why", arguments: Clients.kubectlVersions)
  func refusals(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("refusals", version)
    let invalid = try await kubectl.fails("create", "--filename", "-", input: deployment("web", replicas: -1))
    #expect(
      invalid.contains(
        "The Deployment \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0"
      ))
    let unknown = try await kubectl.fails(
      "create", "--filename", "-", input: deployment("web") + "\n        imagee: x")
    #expect(unknown.contains("unknown field \"spec.template.spec.containers[0].imagee\""))
    #expect(
      try await kubectl.fails("create", "configmap", "Bad_Name").contains("a lowercase RFC 1123 subdomain"))
    try await kubectl.succeeds("create", "configmap", "there")
    #expect(
      try await kubectl.fails("create", "configmap", "there").contains("configmaps \"there\" already exists"))
    #expect(
      try await kubectl.fails("get", "nonsense").contains(
        "the server doesn't have a resource type \"nonsense\""))
    #expect(
      try await kubectl.fails("get", "pods", "--as", "nobody").contains(
        "User \"nobody\" cannot list resource \"pods\" in API group \"\""))
    try await kubectl.succeeds("create", "serviceaccount", "robot")
    let stale = try await kubectl.json("serviceaccount", "robot")
    try await kubectl.succeeds("label", "serviceaccount", "robot", "a=b")
    #expect(
      try await kubectl.fails("replace", "--filename", "-", input: JSON.text(stale)).contains(
        "the object has been modified"))
  }

  @Test("objects away, and waits for it", arguments: Clients.kubectlVersions)
  func deletes(version: String) async throws {
    let kubectl = try await Kubectl.inNamespace("deletes", version)
    try await kubectl.succeeds("create", "--filename", "-", input: deployment("web"))
    #expect(
      try await kubectl.succeeds(
        "wait", "--for=jsonpath={.spec.replicas}=2", "deployment/web", "--timeout=10s"
      ).contains("condition met"))
    #expect(
      try await kubectl.fails("wait", "--for=condition=Available", "deployment/web", "--timeout=1s").contains(
        "timed out"))
    try await kubectl.succeeds(
      "patch", "deployment", "web", "--patch", #"{"metadata":{"finalizers":["example.com/hold"]}}"#)
    try await kubectl.succeeds("delete", "deployment", "web", "--wait=false")
    let waiting = try kubectl.start(["wait", "--for=delete", "deployment/web", "--timeout=20s"])
    #expect(try await kubectl.json("deployment", "web")["metadata"]?["deletionTimestamp"] != nil)
    try await kubectl.succeeds(
      "patch", "deployment", "web", "--type", "merge", "--patch", #"{"metadata":{"finalizers":null}}"#)
    #expect(try await waiting.result().status == 0)
    try await kubectl.succeeds("create", "configmap", "one")
    try await kubectl.succeeds("delete", "configmaps", "--all")
    var cluster = kubectl
    cluster.options = []
    try await cluster.succeeds("delete", "namespace", kubectl.namespace, "--timeout=30s")
    #expect(try await cluster.fails("get", "namespace", kubectl.namespace).contains("not found"))
  }
}
