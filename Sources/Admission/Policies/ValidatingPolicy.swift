import CEL
import KubernetesCEL
import Schema
import Values

/// A ValidatingAdmissionPolicy, compiled (Kubernetes documentation, "Validating Admission Policy").
struct ValidatingPolicy: CompiledPolicy {
  typealias Compiled = Result<PolicyExpression, PolicyEnvironment.Fault>

  /// One rule.
  struct Validation: Sendable {
    let text: String
    let expression: Compiled
    let message: String
    /// Nil where the message is not computed.
    let messageExpression: Compiled?
    let reason: String
  }

  /// What evaluating it for one binding and parameter gave.
  struct Findings: Sendable {
    /// Each with the place of its validation.
    var denials: [(index: Int, denial: Denial)] = []
    var annotations: [(key: String, value: String)] = []
    /// Of what could not be evaluated, where that is no failure.
    var ignored: [PolicyMeasures.ErrorType] = []
    /// Annotations that could not be computed, where that is a failure.
    var annotationFaults: [String] = []
  }

  /// Why a request is refused.
  struct Denial: Sendable {
    var message: String
    var reason = "Invalid"
    var error = PolicyMeasures.ErrorType.none
  }

  let head: PolicyHead
  let validations: [Validation]
  let annotations: [(key: String, expression: Compiled)]

  init(_ policy: Value) {
    let head = PolicyHead(policy, isMutation: false)
    self.head = head
    let spec = policy["spec"]
    validations = (spec?["validations"]?.array ?? []).map { validation in
      let text = validation["expression"]?.string ?? ""
      let message = validation["messageExpression"]?.string ?? ""
      let reason = validation["reason"]?.string ?? ""
      return Validation(
        text: text, expression: head.compile(text, .policyCondition),
        message: Self.trimmed(validation["message"]?.string ?? ""),
        messageExpression: message.isEmpty ? nil : head.compile(message, .policyMessage, authorizer: false),
        reason: reason.isEmpty ? "Invalid" : reason)
    }
    annotations = (spec?["auditAnnotations"]?.array ?? []).map { annotation in
      (
        annotation["key"]?.string ?? "",
        head.compile(annotation["valueExpression"]?.string ?? "", .policyAnnotation)
      )
    }
  }

  // MARK: - Evaluation

  /// Evaluates everything for one binding and parameter.
  /// - Parameter didMatch: told what came of the match conditions, where there are some.
  func evaluate(
    _ input: PolicyInput, namespace: Value,
    didMatch: (ConditionMeasures.Outcome, _ elapsed: Duration) -> Void = { _, _ in }
  ) async -> Findings {
    var findings = Findings()
    func fail(_ message: String, at index: Int = 0, _ error: PolicyMeasures.ErrorType = .invalid) {
      if head.ignoresFailure {
        findings.ignored.append(error)
      } else {
        findings.denials.append((index, Denial(message: message, error: error)))
      }
    }
    if !head.conditions.isEmpty {
      // Conditions don't see the namespace.
      let run = PolicyRun(input, variables: head.environment.variables)
      let start = ContinuousClock.now
      do throws(PolicyEnvironment.Fault) {
        let isMatch = try await head.conditions.match(run, ignoresFailure: false)
        didMatch(isMatch ? .matches : .excluded, start.duration(to: .now))
        guard isMatch else { return findings }
      } catch {
        didMatch(.failed, start.duration(to: .now))
        if !head.ignoresFailure { fail(error.message) }
        return findings
      }
    }
    var input = input
    input.namespaceObject = namespace
    let run = PolicyRun(input, variables: head.environment.variables)
    var budget = KubernetesCEL.Limits.object
    do throws(PolicyRun.BudgetExceeded) {
      let outcomes = try await Self.outcomes(validations.map(\.expression), run, &budget)
      let messages = await self.messages(run, budget)
      for (index, (validation, outcome)) in zip(validations, outcomes).enumerated() {
        switch outcome {
        case .failure(let fault):
          if case .failure = validation.expression {
            fail(fault.message, at: index, .compile)
          } else {
            fail(fault.message, at: index)
          }
        case .success where messages == nil:
          fail("failed messageExpression: \(PolicyRun.BudgetExceeded().message)", at: index, .budget)
        case .success(let value) where value.bool != true:
          let message = Self.message(messages?[index], validation)
          findings.denials.append((index, Denial(message: message, reason: validation.reason)))
        case .success: break
        }
      }
      budget = KubernetesCEL.Limits.object
      let values = try await Self.outcomes(annotations.map(\.expression), run, &budget)
      for (annotation, outcome) in zip(annotations, values) {
        switch outcome {
        case .failure(let fault): if !head.ignoresFailure { findings.annotationFaults.append(fault.message) }
        case .success(let value):
          let text = Self.trimmed(value.string ?? "")
          if !text.isEmpty { findings.annotations.append((annotation.key, text)) }
        }
      }
    } catch {
      findings = Findings()
      fail(error.message, .budget)
    }
    return findings
  }

  private static func outcomes(
    _ expressions: [Compiled], _ run: PolicyRun, _ budget: inout UInt64
  ) async throws(PolicyRun.BudgetExceeded) -> [PolicyRun.Outcome] {
    var outcomes: [PolicyRun.Outcome] = []
    for expression in expressions {
      switch expression {
      case .failure(let fault):
        outcomes.append(.failure(.init(message: "compilation error: \(fault.message)")))
      case .success(let expression):
        outcomes.append(try await run.evaluate(expression, budget: &budget))
      }
    }
    return outcomes
  }

  /// The messages that are computed, one for each validation; nil where the budget ends before.
  private func messages(_ run: PolicyRun, _ budget: UInt64) async -> [PolicyRun.Outcome?]? {
    var budget = budget
    var messages: [PolicyRun.Outcome?] = []
    for validation in validations {
      guard case .success(let expression)? = validation.messageExpression else {
        messages.append(nil)
        continue
      }
      do throws(PolicyRun.BudgetExceeded) {
        messages.append(try await run.evaluate(expression, budget: &budget))
      } catch {
        return nil
      }
    }
    return messages
  }

  /// The computed message, where it is one line that is not too long; else the written one, else the rule.
  private static func message(_ computed: PolicyRun.Outcome??, _ validation: Validation) -> String {
    if case .success(let value)?? = computed, let text = value.string.map(trimmed), !text.isEmpty,
      text.utf8.count <= KubernetesCEL.Limits.message, !text.utf8.contains(UInt8(ascii: "\n"))
    {
      return text
    }
    return validation.message.isEmpty
      ? "failed expression: \(trimmed(validation.text))" : validation.message
  }

  private static func trimmed(_ text: String) -> String {
    func isBlank(_ c: Character) -> Bool { c.isWhitespace }
    return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
