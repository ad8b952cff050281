import Schema
import Testing
import Values

/// Writes objects as recorded conversations do and compares what becomes of them with the recorded answers.
@Suite(
  "Objects come out as the real server answers them",
  .enabled(if: DefaultsRecordings.exist, "no recorded conversations in the work tree"))
struct DefaultsRecordedTests {
  /// Conversations about admission plugins that change what is written.
  private static let skipped = ["adm-limit-ranges", "adm-priority", "adm-map"]

  private func decoded(_ body: Value, _ kind: GroupVersionKind) throws -> Value {
    let type = try #require(TypeTable.builtIn.type(of: kind))
    var (object, _) = try TypedDecoder.decode(body, as: type)
    object["kind"] = .string(kind.kind)
    object["apiVersion"] = .string(kind.apiVersion)
    Defaults.apply(to: &object, kind: kind)
    return object
  }

  /// The object as the answer shows it, which comes from the store.
  private func stored(_ object: Value) -> Value {
    let version = GroupVersion(apiVersion: object["apiVersion"]?.string ?? "")
    let type = version.flatMap { TypeTable.builtIn.type(of: $0.kind(object["kind"]?.string ?? "")) }
    return type.map { TypedDecoder.stored(object, as: $0) } ?? object
  }

  private func compare(_ object: Value, _ step: Value, _ answer: Value, _ title: String) -> Bool {
    let object = stored(object)
    var ignored = step["ignore"]?.strings ?? []
    if step["body"]?["spec"]?["imagePullSecrets"] == nil, object["kind"] == "Pod" {
      ignored.append(".spec.imagePullSecrets")  // the service account's
    }
    let found = DefaultsRecordings.differences(
      DefaultsRecordings.comparable(object, ignoring: ignored),
      DefaultsRecordings.comparable(answer, ignoring: ignored))
    #expect(found.isEmpty, "\(title): \(found.joined(separator: "; "))")
    return found.isEmpty
  }

  @Test("Created objects")
  func created() throws {
    var agreed = 0
    var asked = 0
    for file in DefaultsRecordings.files()
    where !Self.skipped.contains(where: { file.hasSuffix("/\($0).json") }) {
      for step in try DefaultsRecordings.steps(of: file) {
        guard step["method"] == "POST", step["answer"]?["code"] == 201, step["only"] == nil,
          let body = step["body"], body.object != nil, let answer = step["answer"]?["body"],
          let target = DefaultsRecordings.target(step["path"]?.string ?? ""), target.name == nil,
          target.resource.isStored, answer["kind"]?.string == target.resource.kind
        else { continue }
        let kind = target.resource.groupVersionKind
        var object = try decoded(body, kind)
        object["metadata"]?["namespace"] = target.namespace.map(Value.string)
        object["metadata"]?["uid"] = "<uid>"
        if let name = answer["metadata"]?["name"] { object["metadata"]?["name"] = name }
        Strategy.prepareForCreate(&object, kind: kind)
        asked += 1
        if compare(object, step, answer, "\(file.split(separator: "/").last ?? "") \(step["id"] ?? "")") {
          agreed += 1
        }
      }
    }
    #expect(asked > 200)
    #expect(agreed == asked, "\(agreed) of \(asked) agree")
  }

  /// The last recorded state of an object is what a PUT or a merge patch changes.
  @Test("Updated objects")
  func updated() throws {
    var agreed = 0
    var asked = 0
    for file in DefaultsRecordings.files()
    where !Self.skipped.contains(where: { file.hasSuffix("/\($0).json") }) {
      var stored: [String: Value] = [:]
      for step in try DefaultsRecordings.steps(of: file) {
        let path = step["path"]?.string ?? ""
        guard let target = DefaultsRecordings.target(path), let answer = step["answer"]?["body"],
          let code = step["answer"]?["code"]?.int
        else { continue }
        guard code == 200 || code == 201, answer["kind"]?.string == target.resource.kind else { continue }
        let name = target.name ?? answer["metadata"]?["name"]?.string ?? ""
        let key = "\(target.resource.name)/\(target.namespace ?? "")/\(name)"
        let isDryRun = path.contains("dryRun")
        defer { if !isDryRun { stored[key] = DefaultsRecordings.timed(answer) } }
        guard let old = stored[key], let new = try Self.change(step, old) else { continue }
        let kind = target.resource.groupVersionKind
        var object = try decoded(new, kind)
        Strategy.prepareForUpdate(&object, old: old, kind: kind, subresource: target.subresource)
        for part in ["namespace", "name"] { object["metadata"]?[part] = old["metadata"]?[part] }
        asked += 1
        if compare(object, step, answer, "\(file.split(separator: "/").last ?? "") \(step["id"] ?? "")") {
          agreed += 1
        }
      }
    }
    #expect(asked > 15)
    #expect(agreed == asked, "\(agreed) of \(asked) agree")
  }

  /// What the step makes of the object, before the server does anything to it.
  private static func change(_ step: Value, _ old: Value) throws -> Value? {
    guard let body = step["body"] else { return nil }
    switch (step["method"]?.string, step["headers"]?["Content-Type"]?.string) {
    case ("PUT", nil), ("PUT", "application/json"): return body
    case ("PATCH", "application/merge-patch+json"): return MergePatch.apply(body, to: old)
    case ("PATCH", "application/json-patch+json"): return try JSONPatch(parsing: body).apply(to: old)
    default: return nil
    }
  }

  private static func refusal(of body: Value, _ type: ObjectType) -> String? {
    do {
      return StrictErrors.refusal(try TypedDecoder.decode(body, as: type).strictErrors)?.message
    } catch {
      return error.message
    }
  }

  @Test("Refused bodies")
  func refused() throws {
    let heads = [
      "json: ", "quantities must", "illegal base64", "strict decoding error: unknown", "parsing time",
    ]
    var asked = 0
    for file in DefaultsRecordings.files() {
      for step in try DefaultsRecordings.steps(of: file) {
        guard step["answer"]?["code"] == 400, let body = step["body"], body.object != nil,
          let message = step["answer"]?["body"]?["message"]?.string,
          let target = DefaultsRecordings.target(step["path"]?.string ?? ""),
          let type = TypeTable.builtIn.type(of: target.resource.groupVersionKind)
        else { continue }
        let kind = target.resource.groupVersionKind
        let head = "\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): "
        guard message.hasPrefix(head) else { continue }
        let reason = String(message.dropFirst(head.count))
        guard heads.contains(where: reason.hasPrefix) else { continue }
        asked += 1
        #expect(Self.refusal(of: body, type) == reason, "\(step["id"] ?? "")")
      }
    }
    #expect(asked > 8)
  }
}
