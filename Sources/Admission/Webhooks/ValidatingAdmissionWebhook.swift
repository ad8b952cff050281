import Schema
import Values

/// Asks the webhooks of ValidatingWebhookConfigurations, all at once
/// (Kubernetes documentation, "Dynamic Admission Control").
struct ValidatingAdmissionWebhook: ValidatingAdmissionPlugin {
  let name = "ValidatingAdmissionWebhook"
  let source: HookSource
  let selection: HookSelection
  let caller: HookCaller
  let measures: HookMeasures

  func handles(_ operation: AdmissionOperation) -> Bool { true }

  /// One webhook with what it is to see.
  private struct Question: Sendable {
    var call: HookCall
    var object: Value?
    var oldObject: Value?
  }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    let hooks = source.hooks
    if hooks.isEmpty || HookSelection.isExempt(request) { return }
    var questions: [Question] = []
    for hook in hooks {
      guard let call = try await selection.call(hook, request, .validating) else { continue }
      questions.append(
        Question(
          call: call,
          object: try await selection.kinds.convert(
            request.object, to: call.kind, subresource: request.subresource),
          oldObject: try await selection.kinds.convert(
            request.oldObject, to: call.kind, subresource: request.subresource)))
    }
    if questions.isEmpty { return }
    if Task.isCancelled { throw .timeout("Timeout: request did not complete within requested timeout") }
    // Where several refuse, the first in order is told.
    if let error = await refusals(questions, request).min(by: { $0.key < $1.key })?.value { throw error }
  }

  private func refusals(_ questions: [Question], _ request: AdmissionRequest) async -> [Int: StatusError] {
    await withTaskGroup(of: (Int, StatusError?).self) { group in
      for (index, question) in questions.enumerated() {
        group.addTask { (index, await refusal(question, request, index)) }
      }
      var found: [Int: StatusError] = [:]
      for await (index, error) in group { found[index] = error }
      return found
    }
  }

  private func refusal(
    _ question: Question, _ request: AdmissionRequest, _ index: Int
  ) async -> StatusError? {
    let hook = question.call.hook
    let notes = HookNotes(request: request, hook: hook, round: 0, index: index)
    let start = ContinuousClock.now
    func record(_ failure: HookFailure?) {
      measures.record(
        hook.name, .validating, request.operation, failure, isIgnored: hook.isIgnoredOnFailure,
        elapsed: start.duration(to: .now))
    }
    do throws(HookFailure) {
      let answer = try await caller.ask(
        question.call, request, object: question.object, oldObject: question.oldObject, mayPatch: false)
      notes.take(answer)
      guard answer.isAllowed else { throw .denial(HookFailure.denial(hook: hook.name, answer.status)) }
      record(nil)
      return nil
    } catch {
      record(error)
      switch error {
      case .refusal(let status), .denial(let status): return status
      case .call(let reason, _):
        guard hook.isIgnoredOnFailure else { return HookFailure.status(hook: hook.name, reason) }
        notes.failedOpen("validating")
        return nil
      }
    }
  }
}
