import Glibc
import Schema
import Testing
import Values

@testable import Validation

/// Sends what recorded conversations sent through decoding, defaults and validation, and compares the findings
/// with the recorded answers.
@Suite(
  "Findings are the real server's",
  .enabled(if: RecordedAnswers.exist, "no recorded conversations in the work tree"))
struct RecordedAnswersTests {
  struct Outcome {
    var asked = 0
    var agreed = 0
    var lines: [String] = []

    mutating func note(_ isGood: Bool, _ line: @autoclosure () -> String) {
      asked += 1
      if isGood { agreed += 1 } else { lines.append(line()) }
    }
  }

  private static func decoded(_ body: Value, _ kind: GroupVersionKind) -> Value? {
    guard let type = TypeTable.builtIn.type(of: kind),
      var (object, _) = try? TypedDecoder.decode(body, as: type)
    else { return nil }
    object["kind"] = .string(kind.kind)
    object["apiVersion"] = .string(kind.apiVersion)
    Defaults.apply(to: &object, kind: kind)
    return object
  }

  private static func texts(_ errors: [FieldError]) -> [String] {
    errors.map { RecordedAnswers.normal("\($0.kind.rawValue) \($0.path): \($0.message)") }
  }

  private static func texts(_ answer: Value) -> [String]? {
    let causes =
      answer["details"]?["causes"]?.array ?? answer[".details.causes"]?.array
      ?? answer[".details"]?["causes"]?.array
    return causes?.map {
      RecordedAnswers.normal(
        "\($0["reason"]?.string ?? "") \($0["field"]?.string ?? ""): \($0["message"]?.string ?? "")")
    }
  }

  static func run(_ file: String, _ creates: inout Outcome, _ updates: inout Outcome) throws {
    var stored: [String: Value] = [:]
    for step in try RecordedAnswers.steps(of: file) {
      let path = step["path"]?.string ?? ""
      guard let target = RecordedAnswers.target(path), let answer = step["answer"]?["body"],
        let code = step["answer"]?["code"]?.int, target.resource.isStored
      else { continue }
      let title = "\(file.split(separator: "/").last ?? "") \(step["id"]?.string ?? "")"
      let name = target.name ?? answer["metadata"]?["name"]?.string ?? ""
      let key = "\(target.resource.name)/\(target.namespace ?? "")/\(name)"
      let isDryRun = path.contains("dryRun")
      let isObject = (code == 200 || code == 201) && answer["kind"]?.string == target.resource.kind
      guard code == 422 || isObject || (code == 200 && answer["kind"] == nil) else { continue }
      let checked: (object: Value, findings: [FieldError])?
      if step["method"] == "POST", target.name == nil {
        checked = create(step, target, answer)
      } else {
        checked = stored[key].flatMap { update(step, target, $0) }
      }
      if !isDryRun, code != 422 { stored[key] = isObject ? RecordedAnswers.filled(answer) : checked?.object }
      guard let found = checked?.findings, code != 422 || texts(answer) != nil else { continue }
      let all = code == 422 ? texts(answer) ?? [] : []
      let want = all.filter { text in !RecordedAnswers.isOfOthers(text) }
      guard all.isEmpty || !want.isEmpty else { continue }
      let got = texts(found)
      let line =
        "\(title)\n   want \(want.joined(separator: "\n        "))\n   got  \(got.joined(separator: "\n        "))"
      if step["method"] == "POST" { creates.note(want == got, line) } else { updates.note(want == got, line) }
    }
  }

  /// The warnings about accepted new objects, without those of other parts of the server.
  static func warnings(_ file: String, _ outcome: inout Outcome) throws {
    for step in try RecordedAnswers.steps(of: file) where step["method"] == "POST" {
      guard let target = RecordedAnswers.target(step["path"]?.string ?? ""), target.resource.isStored,
        target.name == nil, let answer = step["answer"], answer["code"] == 201, let body = answer["body"],
        let object = create(step, target, body)?.object
      else { continue }
      let others = [
        "PodSecurity", "unknown field", "duplicate field", "Validation failed", "ownerReferences",
      ]
      let want: [String] = (answer["headers"]?["warning"]?.strings ?? []).map { text in
        // RFC 9110's quoted string, behind the code and the agent.
        String(text.dropFirst(7).dropLast()).replacing("\\\"", with: "\"")
      }.filter { text in !others.contains { text.contains($0) } }
      let got = ObjectValidator.warnings(for: object, old: nil, target.resource)
      outcome.note(want == got, "\(file) \(step["id"]?.string ?? "")\n   want \(want)\n   got  \(got)")
    }
  }

  private static func create(
    _ step: Value, _ target: (resource: APIResource, namespace: String?, name: String?, subresource: String?),
    _ answer: Value
  ) -> (object: Value, findings: [FieldError])? {
    let kind = target.resource.groupVersionKind
    guard let body = step["body"], body.object != nil,
      var object = decoded(RecordedAnswers.filled(body), kind),
      let type = TypeTable.builtIn.type(of: kind)
    else { return nil }
    if kind.kind == "Pod" {
      // What the ServiceAccount plugin does before validation.
      object.set(object["spec"]?["serviceAccountName"] ?? "default", at: ["spec", "serviceAccountName"])
    }
    object["metadata"]?["namespace"] = target.namespace.map(Value.string)
    object["metadata"]?["uid"] = "11111111-1111-1111-1111-111111111111"
    if let generated = object["metadata"]?["generateName"]?.string, object["metadata"]?["name"] == nil {
      object["metadata"]?["name"] = .string(generated + "abcde")
    }
    if kind.kind == "Namespace", let name = object["metadata"]?["name"] {
      object.set(name, at: ["metadata", "labels", "kubernetes.io/metadata.name"])
    }
    Strategy.prepareForCreate(&object, kind: kind)
    if kind.kind == "Service" { RecordedAnswers.allocate(&object) }
    // Events of both groups are stored as those of the core group.
    let stored =
      kind.group == "events.k8s.io"
      ? KindConversion.convert(object, to: GroupVersion(group: "", version: "v1").kind("Event")) : object
    return (object, ObjectValidator.create(stored, target.resource, type: type))
  }

  private static func update(
    _ step: Value, _ target: (resource: APIResource, namespace: String?, name: String?, subresource: String?),
    _ old: Value
  ) -> (object: Value, findings: [FieldError])? {
    let kind = target.resource.groupVersionKind
    guard let old = decoded(RecordedAnswers.timed(old), kind) else { return nil }
    guard let body = step["body"], ["PUT", "PATCH"].contains(step["method"]?.string ?? ""),
      let new = change(body, step, old), var object = decoded(new, kind),
      let type = TypeTable.builtIn.type(of: kind), target.subresource != "scale"
    else { return nil }
    for part in ["namespace", "name", "creationTimestamp"] {
      object["metadata"]?[part] = old["metadata"]?[part]
    }
    for part in ["uid", "resourceVersion"] where object["metadata"]?[part] == nil {
      object["metadata"]?[part] = old["metadata"]?[part]
    }
    Strategy.prepareForUpdate(&object, old: old, kind: kind, subresource: target.subresource)
    if kind.kind == "Service" { RecordedAnswers.allocate(&object) }
    let findings = ObjectValidator.update(
      object, old: old, target.resource, subresource: target.subresource ?? "", type: type)
    return (object, findings)
  }

  /// What the step makes of the object, before the server does anything to it.
  private static func change(_ body: Value, _ step: Value, _ old: Value) -> Value? {
    switch (step["method"]?.string, step["headers"]?["Content-Type"]?.string) {
    case ("PUT", nil), ("PUT", "application/json"): RecordedAnswers.filled(body)
    case ("PATCH", "application/merge-patch+json"): MergePatch.apply(RecordedAnswers.filled(body), to: old)
    case ("PATCH", "application/json-patch+json"): try? JSONPatch(parsing: body).apply(to: old)
    default: nil
    }
  }

  @Test("Of created and changed objects")
  func all() throws {
    var creates = Outcome()
    var updates = Outcome()
    for file in RecordedAnswers.files() { try Self.run(file, &creates, &updates) }
    // What disagrees is easier to read here than in the failure of an expectation.
    for line in creates.lines + updates.lines { print("##", line) }
    print("creates \(creates.agreed) of \(creates.asked), updates \(updates.agreed) of \(updates.asked)")
    #expect(creates.asked > 200)
    #expect(updates.asked > 30)
    #expect(creates.agreed == creates.asked)
    #expect(updates.agreed == updates.asked)
  }

  @Test("Warnings about created objects")
  func warnings() throws {
    var outcome = Outcome()
    for file in RecordedAnswers.files() { try Self.warnings(file, &outcome) }
    for line in outcome.lines { print("##", line) }
    print("warnings \(outcome.agreed) of \(outcome.asked)")
    #expect(outcome.asked > 200)
    #expect(outcome.agreed == outcome.asked)
  }
}
