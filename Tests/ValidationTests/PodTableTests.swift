import Testing

/// Rows of a change in a pod and what is found.
@Suite("Pods")
struct PodTableTests {
  private static let pod = #"{"spec":{"containers":[{"name":"c","image":"i"}]}}"#

  @Test(
    arguments: [
      ("{}", []),
      (
        #"{"spec":{"tolerations":[{"key":"k","operator":"Gt","value":"1"}]}}"#,
        [
          #"spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt""#
        ]
      ),
      (
        #"{"metadata":{"annotations":{"controller.kubernetes.io/pod-deletion-cost":"+1"}}}"#,
        [
          #"metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer"#
        ]
      ),
      (#"{"metadata":{"annotations":{"controller.kubernetes.io/pod-deletion-cost":"-7"}}}"#, []),
      (
        #"{"spec":{"containers":[{"name":"c","image":"i","restartPolicy":"Never","restartPolicyRules":[{"action":"Stop","exitCodes":{"operator":"In","values":[1]}}]}]}}"#,
        [
          #"spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers""#
        ]
      ),
      (
        #"{"spec":{"containers":[{"name":"c","image":"i","restartPolicy":"Never","restartPolicyRules":[{"action":"RestartAllContainers","exitCodes":{"operator":"In","values":[1]}}]}]}}"#,
        []
      ),
      // What is off by default is dropped before anything is checked.
      (
        #"{"spec":{"containers":[{"name":"c","image":"i","lifecycle":{"stopSignal":"SIGNONSENSE"}}]}}"#, []
      ),
    ] as [(String, [String])])
  func new(_ patch: String, _ findings: [String]) throws {
    #expect(try Sample("v1/pods", Self.pod).create(patch) == findings)
  }

  private static let running =
    #"{"status":{"phase":"Running","containerStatuses":[{"name":"c","state":{"terminated":{"exitCode":1}}}]}}"#

  @Test(
    "what a status may say",
    arguments: [
      ("{}", #"{"status":{"phase":"Running"}}"#, []),
      (
        running, #"{"status":{"containerStatuses":[{"name":"c","state":{"running":{}}}]}}"#, []
      ),
      (
        #"{"spec":{"restartPolicy":"Never"},"status":{"containerStatuses":[{"name":"c","state":{"terminated":{"exitCode":1}}}]}}"#,
        #"{"status":{"containerStatuses":[{"name":"c","state":{"running":{}}}]}}"#,
        ["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"]
      ),
    ] as [(String, String, [String])])
  func status(_ old: String, _ new: String, _ findings: [String]) throws {
    #expect(try Sample("v1/pods", Self.pod).update(old, new, part: "status") == findings)
  }

  private static let sized =
    #"{"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1","memory":"1Mi"},"limits":{"cpu":"2","memory":"2Mi"}}}]}}"#

  @Test(
    "what a resize may do",
    arguments: [
      (
        #"{"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1500m","memory":"1Mi"},"limits":{"cpu":"2","memory":"2Mi"}}}]}}"#,
        []
      ),
      (
        #"{"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"2","memory":"2Mi"},"limits":{"cpu":"2","memory":"2Mi"}}}]}}"#,
        [
          #"spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing"#
        ]
      ),
    ] as [(String, [String])])
  func resize(_ new: String, _ findings: [String]) throws {
    let found = try Sample("v1/pods", Self.sized).update("{}", new, part: "resize")
    #expect(found.count == findings.count, "\(found)")
    for (text, expected) in zip(found, findings) {
      #expect(text.hasSuffix(expected.split(separator: ": ").last ?? ""))
    }
  }
}
