import Testing
import Values

@testable import Admission

/// The controls one by one: what a pod is like, and what is said about it.
@Suite struct PodSecurityControlTests {
  struct Control: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var pod: Value
    var baseline: String?
    var version = PodSecurityVersion.latest
  }

  private static func container(_ context: Value) -> Value {
    .pod(spec: ["containers": [["name": "c", "image": "i", "securityContext": context]]])
  }

  static let controls: [Control] = [
    .init(testDescription: "plain", pod: .pod(), baseline: nil),
    .init(
      testDescription: "capability", pod: container(["capabilities": ["add": ["SYS_ADMIN", "CHOWN"]]]),
      baseline: #"non-default capabilities (container "c" must not include "SYS_ADMIN" in "#
        + "securityContext.capabilities.add)"),
    .init(
      testDescription: "host port",
      pod: .pod(spec: [
        "containers": [
          ["name": "a", "ports": [["hostPort": 9], ["hostPort": 80]]],
          ["name": "b", "ports": [["hostPort": 80]]],
        ]
      ]),
      baseline: #"hostPort (containers "a", "b" use hostPorts 80, 9)"#),
    .init(
      testDescription: "host path",
      pod: .pod(spec: [
        "volumes": [["name": "v", "hostPath": ["path": "/"]], ["name": "w", "hostPath": [:]]]
      ]),
      baseline: #"hostPath volumes (volumes "v", "w")"#),
    .init(
      testDescription: "unmasked proc", pod: container(["procMount": "Unmasked"]),
      baseline: #"procMount (container "c" must not set securityContext.procMount to "Unmasked")"#),
    .init(
      testDescription: "unmasked proc in a user namespace",
      pod: .pod(spec: [
        "hostUsers": false, "containers": [["name": "c", "securityContext": ["procMount": "Unmasked"]]],
      ]),
      baseline: nil),
    .init(
      testDescription: "SELinux",
      pod: .pod(spec: ["securityContext": ["seLinuxOptions": ["type": "spc_t", "user": "u"]]]),
      baseline: #"seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; "#
        + "user may not be set)"),
    .init(
      testDescription: "SELinux engine type",
      pod: container(["seLinuxOptions": ["type": "container_engine_t"]]),
      baseline: nil),
    .init(
      testDescription: "SELinux engine type before it was known",
      pod: container(["seLinuxOptions": ["type": "container_engine_t"]]),
      baseline: #"seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: "#
        + #"type "container_engine_t")"#, version: .minor(30)),
    .init(
      testDescription: "AppArmor",
      pod: .pod(annotations: ["container.apparmor.security.beta.kubernetes.io/c": "unconfined"]),
      baseline: #"forbidden AppArmor profile (annotation must not set AppArmor profile type to "#
        + #""container.apparmor.security.beta.kubernetes.io/c="unconfined"")"#),
    .init(
      testDescription: "seccomp",
      pod: .pod(spec: [
        "securityContext": ["seccompProfile": ["type": "Unconfined"]],
        "containers": [["name": "c", "securityContext": ["seccompProfile": ["type": "Odd"]]]],
      ]),
      baseline: #"seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "#
        + #""Odd", "Unconfined")"#),
    .init(
      testDescription: "seccomp annotation",
      pod: .pod(annotations: ["seccomp.security.alpha.kubernetes.io/pod": "unconfined"]),
      baseline:
        #"seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")"#,
      version: .minor(18)),
    .init(
      testDescription: "sysctl",
      pod: .pod(spec: [
        "securityContext": ["sysctls": [["name": "kernel.msgmax"], ["name": "net.ipv4.tcp_rmem"]]]
      ]),
      baseline: "forbidden sysctls (kernel.msgmax)"),
    .init(
      testDescription: "sysctl before it was allowed",
      pod: .pod(spec: ["securityContext": ["sysctls": [["name": "net.ipv4.tcp_rmem"]]]]),
      baseline: "forbidden sysctls (net.ipv4.tcp_rmem)", version: .minor(31)),
    .init(
      testDescription: "host process", pod: container(["windowsOptions": ["hostProcess": true]]),
      baseline: #"hostProcess (container "c" must not set securityContext.windowsOptions.hostProcess=true)"#),
    .init(
      testDescription: "probe of another host",
      pod: .pod(spec: ["containers": [["name": "c", "livenessProbe": ["httpGet": ["host": "example.com"]]]]]),
      baseline: #"probe or lifecycle host (container "c" uses probe or lifecycle host "example.com")"#),
    .init(
      testDescription: "probe of another host before 1.34",
      pod: .pod(spec: ["containers": [["name": "c", "livenessProbe": ["httpGet": ["host": "example.com"]]]]]),
      baseline: nil, version: .minor(33)),
  ]

  @Test(arguments: controls)
  func baseline(_ control: Control) {
    let found = PodSecurityCheck.violations(CheckedPod(control.pod), .init(.baseline, control.version))
    #expect(found.map(\.description) == (control.baseline.map { [$0] } ?? []))
  }

  private static let modest: Value = [
    "allowPrivilegeEscalation": false, "runAsNonRoot": true, "capabilities": ["drop": ["ALL"]],
    "seccompProfile": ["type": "RuntimeDefault"],
  ]

  @Test func modestPodMeetsRestricted() {
    #expect(PodSecurityCheck.violations(CheckedPod(Self.container(Self.modest)), .init(.restricted)).isEmpty)
  }

  @Test func restrictedControlsReplaceThoseOfTheBaseline() {
    let pod = Value.pod(spec: [
      "volumes": [["name": "v", "hostPath": ["path": "/"]]],
      "containers": [["name": "c", "securityContext": Self.modest]],
    ])
    let found = PodSecurityCheck.violations(CheckedPod(pod), .init(.restricted))
    #expect(
      found.map(\.description) == [
        #"restricted volume types (volume "v" uses restricted volume type "hostPath")"#
      ])
  }

  @Test func podsForWindowsNeedNoLinuxControls() {
    let pod = Value.pod(spec: ["os": ["name": "windows"], "securityContext": ["runAsNonRoot": true]])
    #expect(PodSecurityCheck.violations(CheckedPod(pod), .init(.restricted)).isEmpty)
    #expect(PodSecurityCheck.violations(CheckedPod(pod), .init(.restricted, .minor(24))).count == 3)
  }

  @Test func rootIsRefusedByNumberAndByDefault() {
    let pod = Value.pod(spec: ["securityContext": ["runAsUser": 0, "runAsNonRoot": false]])
    let found = PodSecurityCheck.violations(CheckedPod(pod), .init(.restricted)).map(\.description)
    #expect(found.contains("runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)"))
    #expect(found.contains("runAsUser=0 (pod must not set runAsUser=0)"))
  }
}
