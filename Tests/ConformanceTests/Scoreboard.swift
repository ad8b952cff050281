import Foundation
import Synchronization

/// Counts the steps that agree, and prints a line a conversation and a figure at the end.
final class Scoreboard: Sendable {
  private struct State {
    var found = KnownDifferences.listed
    var conversations = 0
    var whole = 0
    var steps = 0
    var agreeing = 0
  }

  static let shared = Scoreboard()
  /// Whether the list of known differences is written anew.
  static let updates = ProcessInfo.processInfo.environment["DRYDOCK_CONFORMANCE_UPDATE"] == "1"
  /// Whether known differences are printed.
  static let isVerbose = ProcessInfo.processInfo.environment["DRYDOCK_CONFORMANCE_VERBOSE"] == "1"

  private let state = Mutex(State())

  func add(_ conversation: Conversation, differing: Set<String>) throws {
    let count = conversation.steps.count
    let mark =
      differing.isEmpty
      ? "ok   " : differing == KnownDifferences.listed[conversation.name] ? "known" : "DIFF "
    print("\(mark) \(conversation.name): \(count - differing.count) of \(count) steps agree")
    let finished: State? = state.withLock { state in
      state.found[conversation.name] = differing
      state.conversations += 1
      state.whole += differing.isEmpty ? 1 : 0
      state.steps += count
      state.agreeing += count - differing.count
      return state.conversations == Conversation.files.count ? state : nil
    }
    guard let finished else { return }
    print(
      "\(finished.agreeing) of \(finished.steps) steps agree, "
        + "\(finished.whole) of \(finished.conversations) conversations whole")
    if Self.updates {
      try finished.found.text.write(toFile: KnownDifferences.file, atomically: true, encoding: .utf8)
    }
  }
}
