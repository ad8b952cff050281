import Metrics
import Schema
import Testing
import Values

@testable import Admission

/// What plugins measure, under the real server's names and labels.
@Suite struct MeasureTests {
  private let registry = MetricsRegistry()

  private func shows(_ line: String) -> Bool {
    registry.text(.prometheus).split(separator: "\n").contains { $0 == line }
  }

  @Test("webhooks are told apart by what came of them")
  func hooks() {
    let measures = HookMeasures(registry)
    let denied = StatusError(code: 700, reason: "", message: "no")
    measures.record("h", .admit, .create, nil, isIgnored: false, elapsed: .zero)
    measures.record("h", .admit, .create, .call("gone"), isIgnored: false, elapsed: .zero)
    measures.record("h", .validating, .update, .call("bad", code: 500), isIgnored: true, elapsed: .zero)
    measures.record("h", .validating, .delete, .denial(denied), isIgnored: true, elapsed: .zero)
    measures.record("h", .admit, .connect, .refusal(denied), isIgnored: true, elapsed: .zero)
    let name = "apiserver_admission_webhook_"
    #expect(
      shows(
        name + #"request_total{name="h",type="admit",operation="CREATE",code="200",rejected="false"} 1"#))
    #expect(
      shows(
        name + #"request_total{name="h",type="admit",operation="CREATE",code="503",rejected="true"} 1"#))
    #expect(
      shows(
        name + #"rejection_count{name="h",type="admit",operation="CREATE","#
          + #"error_type="calling_webhook_error",rejection_code="503"} 1"#))
    #expect(shows(name + #"fail_open_count{name="h",type="validating"} 1"#))
    #expect(
      shows(
        name + #"request_total{name="h",type="validating",operation="UPDATE",code="500",rejected="false"} 1"#)
    )
    #expect(
      shows(
        name + #"rejection_count{name="h",type="validating",operation="DELETE",error_type="no_error","#
          + #"rejection_code="600"} 1"#))
    #expect(
      shows(
        name + #"rejection_count{name="h",type="admit",operation="CONNECT","#
          + #"error_type="apiserver_internal_error",rejection_code="0"} 1"#))
    #expect(
      shows(
        name + #"admission_duration_seconds_count{name="h",type="validating",operation="DELETE","#
          + #"rejected="true"} 1"#))
  }

  @Test func policiesAndConditions() {
    let measures = PluginMeasures(registry)
    measures.policies.check("p", "b", .compile, .deny, elapsed: .zero)
    measures.policies.mutate("p", "b", .none, elapsed: .zero)
    let subject = ConditionMeasures.Subject(name: "p", kind: "policy", type: "validate")
    measures.conditions.record(subject, .create, .excluded, elapsed: .zero)
    measures.conditions.record(subject, .create, .failed, elapsed: .zero)
    measures.conditions.record(subject, .create, .matches, elapsed: .zero)
    #expect(
      shows(
        #"apiserver_validating_admission_policy_check_total{policy="p",policy_binding="b","#
          + #"error_type="compile_error",enforcement_action="deny"} 1"#))
    #expect(
      shows(
        #"apiserver_mutating_admission_policy_check_total{policy="p",policy_binding="b",error_type="no_error"} 1"#
      ))
    let labels = #"{name="p",kind="policy",type="validate",operation="CREATE"}"#
    #expect(shows("apiserver_admission_match_condition_exclusions_total\(labels) 1"))
    #expect(shows("apiserver_admission_match_condition_evaluation_errors_total\(labels) 1"))
    #expect(shows("apiserver_admission_match_condition_evaluation_seconds_count\(labels) 3"))
  }

  @Test func podSecurity() {
    let measures = PodSecurityMeasures(registry)
    let request = AdmissionRequest(
      operation: .create, resource: .init(group: "apps", version: "v1", resource: "deployments"),
      kind: .init(group: "apps", version: "v1", kind: "Deployment"), namespace: "a", name: "b", object: nil,
      oldObject: nil, user: .init(name: "jane"))
    measures.evaluated(.init(.privileged, .minor(30)), "enforce", isAllowed: true, request)
    measures.evaluated(.init(.baseline, .minor(99)), "warn", isAllowed: false, request)
    measures.evaluated(.init(.restricted, .minor(30)), "audit", isAllowed: false, request)
    measures.exempted(request)
    measures.failed(isFatal: true, request)
    let labels = #"request_operation="create",resource="controller",subresource=""} 1"#
    for (decision, level, version, mode) in [
      ("allow", "privileged", "latest", "enforce"), ("deny", "baseline", "future", "warn"),
      ("deny", "restricted", "v1.30", "audit"),
    ] {
      #expect(
        shows(
          #"pod_security_evaluations_total{decision="\#(decision)",policy_level="\#(level)","#
            + #"policy_version="\#(version)",mode="\#(mode)",\#(labels)"#))
    }
    #expect(shows("pod_security_exemptions_total{" + labels))
    #expect(shows(#"pod_security_errors_total{fatal="true","# + labels))
  }
}
