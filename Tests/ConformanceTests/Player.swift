import TestSupport
import Values

/// Plays a conversation to a server, and compares the answers.
struct Player {
  /// Answers are compared with these headers only.
  private static let keptHeaders = ["content-type", "warning", "retry-after", "location"]

  private let client: TestClient
  /// Tokens by user.
  private let tokens: [String: String]
  private var saved: [String: Value] = [:]

  init(client: TestClient, tokens: [String: String]) {
    self.client = client.with(token: nil)
    self.tokens = tokens
  }

  private struct Answer {
    var code = 0
    var headers = Object()
    var body = Value.null
  }

  /// - Parameter patience: seconds that a step that waits for something is asked again.
  /// - Returns: where the answer differs; empty where it doesn't.
  mutating func play(_ step: Conversation.Step, patience: Double) async -> [String] {
    do {
      return Differences.between(step.answer, compared(try await settled(step, patience: patience), step))
    } catch {
      return ["no answer: \(error)"]
    }
  }

  /// Asks once, or again until what the step waits for is so.
  private mutating func settled(_ step: Conversation.Step, patience: Double) async throws -> Answer {
    let end = ContinuousClock.now + .seconds(patience)
    var answer = try await ask(step)
    while !holds(step.until, answer), ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(20))
      answer = try await ask(step)
    }
    for (name, path) in step.saved { saved[name] = ValuePath.pick(answer.body, path) }
    return answer
  }

  private func holds(_ condition: Conversation.Condition?, _ answer: Answer) -> Bool {
    guard let condition else { return true }
    if let code = condition.code, code != answer.code { return false }
    guard let path = condition.path else { return true }
    let value = ValuePath.pick(answer.body, path)
    return !value.isNull && (condition.value == nil || condition.value == value)
  }

  private func ask(_ step: Conversation.Step) async throws -> Answer {
    var headers = step.headers.map { ($0, ValuePath.filled($1, saved).string ?? "") }
    if let token = token(step.user), !headers.contains(where: { $0.0.lowercased() == "authorization" }) {
      headers.append(("Authorization", "Bearer \(token)"))
    }
    var body: [UInt8]?
    switch ValuePath.filled(step.body, saved) {
    case .null: break
    case .string(let text): body = Array(text.utf8)
    case let value:
      body = JSON.encode(value)
      if !headers.contains(where: { $0.0.lowercased() == "content-type" }) {
        headers.append(("Content-Type", "application/json"))
      }
    }
    let response = try await client.request(
      step.method, ValuePath.filled(step.path, saved), headers: headers, body: body)
    return answer(response)
  }

  private func token(_ user: String) -> String? {
    if user == "nobody" { return nil }
    if user.hasPrefix("$") { return saved[String(user.dropFirst())]?.string ?? "None" }
    return tokens[user] ?? user
  }

  private func answer(_ response: TestResponse) -> Answer {
    var answer = Answer(code: response.status)
    for name in Self.keptHeaders {
      let values = response.headers(name)
      if let first = values.first {
        answer.headers[name] = name == "warning" ? Value(values) : .string(first)
      }
    }
    let text = response.text
    if text.isEmpty { return answer }
    answer.body = .string(text)
    guard answer.headers["content-type"]?.string?.contains("json") == true else { return answer }
    if let value = try? JSON.parse(response.body) {
      answer.body = value
    } else {
      // A watch: a document a line.
      let lines = response.body.split(separator: UInt8(ascii: "\n"))
      let values = lines.compactMap { try? JSON.parse($0) }
      if values.count == lines.count { answer.body = .array(values) }
    }
    return answer
  }

  /// What of an answer is compared, with placeholders.
  private func compared(_ answer: Answer, _ step: Conversation.Step) -> Value {
    let body: Value
    if step.ignored.contains("*") {
      body = "<ignored>"
    } else {
      let whole = Placeholders.normal(ValuePath.removing(step.ignored, from: answer.body))
      body = step.only.map { .object(Object($0.map { ($0, ValuePath.pick(whole, $0)) })) } ?? whole
    }
    let headers = Object(answer.headers.map { ($0.key, Placeholders.normal($0.value)) })
    return ["code": .int(Int64(answer.code)), "headers": .object(headers), "body": body]
  }
}
