import CEL
import Foundation
import TestSupport
import Testing
import Values

/// The Common Expression Language as a second implementation has it, cel-python. Expressions and inputs are in
/// expressions.json; where both give something else, it says why.
@Suite("Expressions by a second implementation", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct ExpressionComparisonTests {
  private struct Group {
    let expressions: [String]
    let variables: Object
  }

  private static let path = Repository.path("Tests/ClientTests/expressions.json")

  @Test("give the same, but for the differences that are explained")
  func agree() async throws {
    let table = try JSON.parse(Array(try Data(contentsOf: URL(filePath: Self.path))))
    let groups = (table["groups"]?.array ?? []).map {
      Group(expressions: $0["expressions"]?.strings ?? [], variables: $0["variables"]?.object ?? [:])
    }
    let run = try await Command.run(
      Clients.python, ["-W", "ignore", Repository.path("Tests/ClientTests/expressions.py"), Self.path])
    #expect(run.status == 0, "\(run)")
    let theirs = try JSON.parse(Array(run.output.utf8)).strings
    let ours = groups.flatMap { group in
      group.expressions.map { (expression: $0, value: Self.value($0, group.variables)) }
    }
    #expect(ours.count > 400)
    #expect(theirs.count == ours.count)
    var unexplained = table["differences"]?.object ?? [:]
    for (mine, other) in zip(ours, theirs) {
      let reason = unexplained[mine.expression]?.string
      if reason != nil { unexplained[mine.expression] = nil }
      if mine.value == other {
        #expect(reason == nil, "\(mine.expression) is the same now: it needs no explanation any more")
      } else {
        #expect(reason?.isEmpty == false, "\(mine.expression): \(mine.value), by cel-python \(other)")
      }
    }
    #expect(unexplained.isEmpty, "explanations of what is not compared: \(unexplained.map(\.key))")
  }

  /// What the expression gives, written as expressions.py writes it.
  private static func value(_ expression: String, _ variables: Object) -> String {
    var environment = Environment(libraries: [.standard])
    var activation: [String: CELValue] = [:]
    for (name, value) in variables {
      environment.declare(name, .dyn)
      activation[name] = CELValue(value)
    }
    guard let checked = try? environment.compile(expression) else { return "error" }
    let evaluation = Program(checked, environment: environment).evaluate(Activation(activation))
    return evaluation.value.map(text) ?? "error"
  }

  private static func text(_ value: CELValue) -> String {
    switch value {
    case .null: return "null"
    case .bool(let flag): return "\(flag)"
    case .int(let number): return "\(number)"
    case .uint(let number): return "\(number)u"
    case .double(let number): return "double " + String(format: "%.12g", number)
    case .string(let text): return "'\(text)'"
    case .bytes(let bytes): return "b\(bytes)"
    case .timestamp(let time): return "timestamp \(time.seconds * 1000 + Int64(time.nanoseconds) / 1_000_000)"
    case .duration(let duration): return "duration \(duration.nanoseconds / 1_000_000)"
    case .list(let list): return "[" + list.map(text).joined(separator: ", ") + "]"
    case .map(let map):
      let entries = map.keys.map { "\(text($0)): \(text(map[$0] ?? .null))" }
      return "{" + entries.sorted().joined(separator: ", ") + "}"
    case .type: return "type"
    case .optional, .object: return "other"
    }
  }
}
