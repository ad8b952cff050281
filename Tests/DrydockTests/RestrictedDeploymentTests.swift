import Foundation
import TestSupport
import Testing
import Values

/// The production deployment of the guide keeps to the Pod Security Standard restricted; each thing changed that
/// the standard asks for is refused, in the words of the real server.
@Suite(.timeLimit(.minutes(2)))
struct RestrictedDeploymentTests {
  /// The pod of the guide's deployment, as the namespace's controllers would make it.
  private static func pod() throws -> (namespace: Value, account: Value, pod: Value) {
    let file = Repository.path("config/examples/production-app-deployment.yaml")
    let documents = try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\n---\n")
    let objects = try documents.map { try YAML.parse(Array($0.utf8)) }
    let deployment = try #require(objects.last)
    let template = try #require(deployment["spec"]?["template"])
    var pod = template
    pod["metadata"]?["name"] = "app"
    return (objects[0], objects[1], pod)
  }

  struct Violation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout Value) -> Void
    let text: String

    init(_ name: String, _ text: String, _ change: @escaping @Sendable (inout Value) -> Void) {
      testDescription = name
      self.text = text
      self.change = change
    }

    /// A change of the container.
    static func container(_ name: String, _ text: String, _ path: [String], _ value: Value) -> Violation {
      Violation(name, text) { pod in
        var containers = pod["spec"]?["containers"]?.array ?? []
        if !containers.isEmpty { containers[0].set(value.isNull ? nil : value, at: path) }
        pod["spec"]?["containers"] = .array(containers)
      }
    }

    static func pod(_ name: String, _ text: String, _ path: [String], _ value: Value) -> Violation {
      Violation(name, text) { pod in pod.set(value.isNull ? nil : value, at: ["spec"] + path) }
    }
  }

  static let violations: [Violation] = [
    .pod("host network", "host namespaces (hostNetwork=true)", ["hostNetwork"], true),
    .pod("host PID", "host namespaces (hostPID=true)", ["hostPID"], true),
    .pod("host IPC", "host namespaces (hostIPC=true)", ["hostIPC"], true),
    .container(
      "capability",
      "unrestricted capabilities (container \"app\" must not include \"SYS_TIME\" in "
        + "securityContext.capabilities.add)", ["securityContext", "capabilities", "add"], ["SYS_TIME"]),
    .container(
      "kept capabilities",
      "unrestricted capabilities (container \"app\" must set securityContext.capabilities.drop=[\"ALL\"])",
      ["securityContext", "capabilities"], .null),
    .container(
      "host port", "hostPort (container \"app\" uses hostPort 80)", ["ports"],
      [["containerPort": 80, "hostPort": 80]]),
    .container(
      "escalation",
      "allowPrivilegeEscalation != false (container \"app\" must set "
        + "securityContext.allowPrivilegeEscalation=false)",
      ["securityContext", "allowPrivilegeEscalation"], true),
    .pod(
      "root allowed",
      "runAsNonRoot != true (pod or container \"app\" must set securityContext.runAsNonRoot=true)",
      ["securityContext", "runAsNonRoot"], .null),
    .pod("root", "runAsUser=0 (pod must not set runAsUser=0)", ["securityContext", "runAsUser"], 0),
    .pod(
      "seccomp left out",
      "seccompProfile (pod or container \"app\" must set securityContext.seccompProfile.type to "
        + "\"RuntimeDefault\" or \"Localhost\")", ["securityContext", "seccompProfile"], .null),
    .pod(
      "seccomp off",
      "seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\")",
      ["securityContext", "seccompProfile", "type"], "Unconfined"),
    .pod(
      "host path", "restricted volume types (volume \"h\" uses restricted volume type \"hostPath\")",
      ["volumes"],
      [
        ["name": "h", "hostPath": ["path": "/"]], ["name": "tmp", "emptyDir": [:]],
        ["name": "cache", "emptyDir": [:]],
      ]),
    Violation(
      "proc mount", "procMount (container \"app\" must not set securityContext.procMount to \"Unmasked\")"
    ) { pod in
      // Elsewhere than in a user namespace it is not even valid.
      pod.set(false, at: ["spec", "hostUsers"])
      var container = pod["spec"]?["containers"]?.array?.first ?? [:]
      container.set("Unmasked", at: ["securityContext", "procMount"])
      pod.set([container], at: ["spec", "containers"])
    },
    .pod(
      "SELinux", "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"spc_t\")",
      ["securityContext", "seLinuxOptions"], ["type": "spc_t"]),
    .pod(
      "sysctl", "forbidden sysctls (kernel.msgmax)", ["securityContext", "sysctls"],
      [["name": "kernel.msgmax", "value": "1"]]),
    .pod(
      "AppArmor",
      "forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\")",
      ["securityContext", "appArmorProfile"], ["type": "Unconfined"]),
    .container(
      "probe's host",
      "probe or lifecycle host (container \"app\" uses probe or lifecycle host \"10.1.1.1\")",
      ["livenessProbe"], ["httpGet": ["port": 80, "host": "10.1.1.1"]]),
  ]

  @Test func passesAndItsViolationsAreRefused() async throws {
    let server = try await TestServer.start()
    let parts = try Self.pod()
    let base = "/api/v1/namespaces"
    #expect(try await server.client.send("POST", base, parts.namespace).status == 201)
    #expect(
      try await server.client.send("POST", "\(base)/production-app/serviceaccounts", parts.account).status
        == 201)
    let good = try await server.client.send("POST", "\(base)/production-app/pods?dryRun=All", parts.pod)
    #expect(good.status == 201, "\(good.text)")
    #expect(good.header("Warning") == nil)
    for violation in Self.violations {
      var pod = parts.pod
      violation.change(&pod)
      let answer = try await server.client.send("POST", "\(base)/production-app/pods?dryRun=All", pod)
      #expect(answer.status == 403, "\(violation.testDescription): \(answer.text)")
      let message = answer.json["message"]?.string
      #expect(
        message
          == "pods \"app\" is forbidden: violates PodSecurity \"restricted:latest\": \(violation.text)",
        "\(violation.testDescription)")
    }
    await server.stop()
  }
}
