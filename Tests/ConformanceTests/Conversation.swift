import Foundation
import TestSupport
import Values

/// A recorded conversation with a Kubernetes API server: requests in order, and the answer that each got.
struct Conversation {
  /// A request and its answer.
  struct Step {
    var id: String
    /// Who asks: a user of the token file, `nobody` for no token, `$name` for a token that an earlier step
    /// saved; anything else is itself sent as a token.
    var user = "admin"
    var method = "GET"
    var path: String
    var headers: [(String, Value)] = []
    var body = Value.null
    /// What later steps use as `${name}`: a path in this step's answer for each name.
    var saved: [(name: String, path: String)] = []
    var until: Condition?
    /// Paths that are left out before comparing; `*` for the whole body.
    var ignored: [String] = []
    /// The only paths that are compared, if there are any.
    var only: [String]?
    var answer: Value
  }

  /// What a step waits for by asking again.
  struct Condition {
    var code: Int?
    var path: String?
    var value: Value?
  }

  var name: String
  var steps: [Step]

  static let folder = Repository.path("Tests/ConformanceTests/recorded")

  /// The files there are, or those that DRYDOCK_CONFORMANCE_FILES names, separated by blanks.
  static let files: [String] = {
    let asked = ProcessInfo.processInfo.environment["DRYDOCK_CONFORMANCE_FILES"] ?? ""
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let wanted = Set(asked.split(separator: " ").map(String.init))
    return all.filter { $0.hasSuffix(".json") && (wanted.isEmpty || wanted.contains($0)) }.sorted()
  }()

  /// Reads a file of the folder.
  init(file: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(file)"))
    name = file
    steps = (try JSON.parse(bytes)["steps"]?.array ?? []).map(Step.init)
  }
}

extension Conversation.Step {
  init(_ value: Value) {
    id = value["id"]?.string ?? ""
    path = value["path"]?.string ?? "/"
    answer = value["answer"] ?? .null
    user = value["as"]?.string ?? user
    method = value["method"]?.string ?? method
    headers = value["headers"]?.object.map { Array($0).map { ($0.key, $0.value) } } ?? []
    body = value["body"] ?? .null
    saved = value["save"]?.object.map { Array($0).map { ($0.key, $0.value.string ?? "") } } ?? []
    ignored = value["ignore"]?.strings ?? []
    only = value["only"]?.strings
    until = value["until"].map {
      .init(code: $0["code"]?.int.map(Int.init), path: $0["path"]?.string, value: $0["equals"])
    }
  }
}
