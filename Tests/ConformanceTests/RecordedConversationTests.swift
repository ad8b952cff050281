import Drydock
import TestSupport
import Testing
import Values

/// Plays what was recorded with a real Kubernetes API server 1.36. Each conversation has a server of its own.
@Suite struct RecordedConversationTests {
  /// The users of the token file, with their tokens.
  private static func tokens() throws -> [String: String] {
    let lines = try String(contentsOfFile: TestServer.tokenFile, encoding: .utf8).split(separator: "\n")
    return Dictionary(
      lines.map { $0.split(separator: ",").map(String.init) }.filter { $0.count > 1 }.map { ($0[1], $0[0]) },
      uniquingKeysWith: { first, _ in first })
  }

  @Test(
    "answers as recorded, but for the known differences", .timeLimit(.minutes(5)),
    arguments: Conversation.files)
  func conversation(file: String) async throws {
    let conversation = try Conversation(file: file)
    let known = Scoreboard.updates ? [] : KnownDifferences.listed[file]
    let differences = try await Turn.take { try await play(conversation, known: known) }
    try Scoreboard.shared.add(conversation, differing: Set(differences.keys))
    if Scoreboard.updates { return }
    for step in conversation.steps {
      if let lines = differences[step.id], !known.contains(step.id) {
        Issue.record(
          "\(file) · \(step.id) · \(step.method) \(step.path): \(lines.joined(separator: "\n    "))")
      } else if differences[step.id] == nil, known.contains(step.id) {
        Issue.record("\(file) · \(step.id) agrees now: take it out of known-differences.txt")
      }
    }
  }

  @Test(
    "the list of known differences names steps that exist",
    arguments: KnownDifferences.listed.steps.keys.sorted())
  func listed(file: String) throws {
    let steps = Set(try Conversation(file: file).steps.map(\.id))
    #expect(KnownDifferences.listed[file].subtracting(steps).isEmpty)
  }

  /// - Returns: the lines of each step that differs.
  private func play(_ conversation: Conversation, known: Set<String>) async throws -> [String: [String]] {
    let server = try await TestServer.start { configuration in
      configuration.enabledAdmissionPlugins = ["NodeRestriction"]
      configuration.serviceAccountIssuers = ["https://kubernetes.default.svc"]
      configuration.serviceClusterIPRange = "10.0.0.0/16"
    }
    var player = Player(client: server.client, tokens: try Self.tokens())
    var differences: [String: [String]] = [:]
    for step in conversation.steps {
      // What is known not to come about is not waited for long.
      let patience = known.contains(step.id) ? 2.0 : 15.0
      let lines = await player.play(step, patience: patience)
      if lines.isEmpty { continue }
      differences[step.id] = Array(lines.prefix(6))
      if Scoreboard.isVerbose {
        print(
          "\(conversation.name) · \(step.id) · \(step.method) \(step.path)\n    \(lines.prefix(12).joined(separator: "\n    "))"
        )
      }
    }
    await server.stop()
    return differences
  }
}
