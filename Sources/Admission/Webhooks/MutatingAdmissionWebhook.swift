import Schema
import Store
import Values

/// Asks the webhooks of MutatingWebhookConfigurations, one after the other; each sees what the ones before it
/// made of the object (Kubernetes documentation, "Dynamic Admission Control").
struct MutatingAdmissionWebhook: MutatingAdmissionPlugin {
  let name = "MutatingAdmissionWebhook"
  let source: HookSource
  let selection: HookSelection
  let caller: HookCaller
  let measures: HookMeasures

  func handles(_ operation: AdmissionOperation) -> Bool { true }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    let hooks = source.hooks
    if hooks.isEmpty || HookSelection.isExempt(request) { return }
    let reinvocation = request.reinvocation
    reinvocation.begin(name, with: request.object)
    var run = HookRun(request: request, kinds: selection.kinds)
    for (index, hook) in hooks.enumerated() {
      guard let call = try await selection.call(hook, run.request, .admit) else { continue }
      guard reinvocation.calls(name, hook.identity) else { continue }
      do throws(StatusError) { try await run.take(call.kind) } catch {
        throw .internalError(error.message)
      }
      let notes = HookNotes(request: request, hook: hook, round: reinvocation.round, index: index)
      let start = ContinuousClock.now
      let result = await ask(call, &run, notes)
      measures.record(
        hook.name, .admit, request.operation, result.failure, isIgnored: hook.isIgnoredOnFailure,
        elapsed: start.duration(to: .now))
      var changed = false
      if case .success(let didChange) = result { changed = didChange }
      notes.mutation(changed)
      reinvocation.didCall(name, hook.identity, changed: changed, isReinvoked: hook.isReinvoked)
      guard case .failure(let failure) = result else { continue }
      switch failure {
      case .refusal(let status), .denial(let status): throw status
      case .call(let reason, _):
        guard hook.isIgnoredOnFailure else { throw HookFailure.status(hook: hook.name, reason) }
        notes.failedOpen("mutating")
        if Task.isCancelled { throw .timeout("Timeout: request did not complete within requested timeout") }
      }
    }
    try await run.take(request.kind)
    request.object = run.request.object
    reinvocation.end(name, with: request.object)
  }

  /// - Returns: whether the webhook changed the object.
  private func ask(_ call: HookCall, _ run: inout HookRun, _ notes: HookNotes) async -> Result<
    Bool, HookFailure
  > {
    do throws(HookFailure) {
      let answer = try await caller.ask(
        call, run.request, object: run.request.object, oldObject: run.oldObject, mayPatch: true)
      notes.take(answer)
      guard answer.isAllowed else {
        throw .denial(HookFailure.denial(hook: call.hook.name, answer.status))
      }
      return .success(try run.apply(answer, call, notes))
    } catch {
      return .failure(error)
    }
  }
}

extension Result {
  /// Why there is no value.
  fileprivate var failure: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}

/// The object on its way through the webhooks, in the kind that the last one saw.
private struct HookRun {
  var request: AdmissionRequest
  var oldObject: Value?
  let kinds: any AdmissionKinds
  private let original: Value?

  init(request: AdmissionRequest, kinds: any AdmissionKinds) {
    self.request = request
    self.kinds = kinds
    original = request.oldObject
    oldObject = request.oldObject
  }

  /// Shows the object in another kind.
  mutating func take(_ kind: GroupVersionKind) async throws(StatusError) {
    request.object = try await kinds.convert(request.object, to: kind, subresource: request.subresource)
    oldObject = try await kinds.convert(original, to: kind, subresource: request.subresource)
  }

  /// Makes the changes that a webhook asks for.
  /// - Returns: whether the object is another one now.
  mutating func apply(
    _ answer: AdmissionAnswer, _ call: HookCall, _ notes: HookNotes
  ) throws(HookFailure) -> Bool {
    if answer.patch.isEmpty { return false }
    let operations = try Self.operations(answer.patch)
    if operations.isEmpty { return false }
    guard let object = request.object, object.object != nil else {
      throw .refusal(
        .internalError(
          "admission webhook \(FieldError.quoted(call.hook.name)) attempted to modify the object, which is not "
            + "supported for this operation"))
    }
    guard answer.patchType == "JSONPatch" else {
      throw .call("unsupported patch type \(FieldError.quoted(answer.patchType))")
    }
    let patched: Value
    do throws(JSONPatch.Failure) {
      patched = try JSONPatch(parsing: .array(operations)).apply(to: object)
    } catch {
      throw .refusal(.internalError(error.message))
    }
    do throws(StatusError) {
      let decoded = try kinds.parsed(patched, call.kind)
      notes.patch(operations)
      request.object = kinds.defaulted(decoded, call.kind)
      return decoded != object
    } catch {
      throw .refusal(error)
    }
  }

  /// The operations of a patch.
  /// - Throws: where the document is none; `failurePolicy` decides then.
  private static func operations(_ bytes: [UInt8]) throws(HookFailure) -> [Value] {
    func undecodable(_ text: String) -> HookFailure {
      .call("received undecodable patch in webhook response: \(text)")
    }
    // The real server reads the document as types of its JSON patch library.
    func mismatch(_ value: Value, _ type: String) -> HookFailure {
      undecodable("json: cannot unmarshal \(value.jsonKind) into Go value of type \(type)")
    }
    let document: Value
    do throws(JSON.SyntaxError) { document = try JSON.parse(bytes) } catch {
      throw undecodable(error.message)
    }
    if document.isNull { return [] }
    guard let operations = document.array else { throw mismatch(document, "jsonpatch.Patch") }
    for operation in operations where operation.object == nil && !operation.isNull {
      throw mismatch(operation, "jsonpatch.Operation")
    }
    return operations
  }
}
