import Synchronization
import Values

/// What the rounds of mutating admission know of each other: where a webhook changes the object, all plugins see
/// it once more, and of the webhooks those that ask for it and were called before the change
/// (KEP-1872, reinvocationPolicy).
public final class Reinvocation: Sendable {
  private struct State {
    var isAsked = false
    var round = 0
    var output: Value?
    var called: Set<String> = []
    var again: Set<String> = []

    /// All that were called before are to be called again.
    mutating func recall() {
      again.formUnion(called)
      called = []
    }
  }

  private let state = Mutex(State())

  public init() {}

  /// 0 for the first time, 1 for the second.
  var round: Int { state.withLock { $0.round } }

  /// Begins another round if a webhook has changed something; there is one at most.
  func beginAnother() -> Bool {
    state.withLock { state in
      guard state.isAsked, state.round == 0 else { return false }
      state.round = 1
      return true
    }
  }

  /// In another round: plugins that changed the object since the webhooks saw it make them see it again.
  func begin(with object: Value?) {
    state.withLock { state in
      if state.round > 0, state.output != object { state.recall() }
    }
  }

  func end(with object: Value?) { state.withLock { $0.output = object } }

  /// Whether a webhook is called in this round.
  func calls(_ identity: String) -> Bool {
    state.withLock { $0.round == 0 || $0.again.contains(identity) }
  }

  /// A webhook was called.
  /// - Parameters:
  ///   - changed: whether it changed the object.
  ///   - isReinvoked: whether it asks to see later changes.
  func didCall(_ identity: String, changed: Bool, isReinvoked: Bool) {
    state.withLock { state in
      if changed {
        state.recall()
        state.isAsked = true
      }
      if isReinvoked { state.called.insert(identity) }
    }
  }
}
