import Synchronization
import Values

/// What the rounds of mutating admission know of each other: where a webhook or policy changes the object, all
/// plugins see it once more, and of the webhooks and policies those that ask for it and were called before the
/// change
/// (KEP-1872, reinvocationPolicy).
public final class Reinvocation: Sendable {
  /// What one plugin has called.
  private struct Calls {
    var output: Value?
    var called: Set<String> = []
    var again: Set<String> = []

    /// All that were called before are to be called again.
    mutating func recall() {
      again.formUnion(called)
      called = []
    }
  }

  private struct State {
    var isAsked = false
    var round = 0
    /// By the plugin's name.
    var calls: [String: Calls] = [:]
  }

  private let state = Mutex(State())

  public init() {}

  /// 0 for the first time, 1 for the second.
  var round: Int { state.withLock { $0.round } }

  /// Begins another round if something has changed the object; there is one at most.
  func beginAnother() -> Bool {
    state.withLock { state in
      guard state.isAsked, state.round == 0 else { return false }
      state.round = 1
      return true
    }
  }

  /// In another round: plugins that changed the object since this one saw it make it see it again.
  func begin(_ plugin: String, with object: Value?) {
    state.withLock { state in
      if state.round > 0, state.calls[plugin]?.output != object {
        state.calls[plugin, default: .init()].recall()
      }
    }
  }

  func end(_ plugin: String, with object: Value?) {
    state.withLock { $0.calls[plugin, default: .init()].output = object }
  }

  /// Whether a webhook or policy is called in this round.
  func calls(_ plugin: String, _ identity: String) -> Bool {
    state.withLock { $0.round == 0 || $0.calls[plugin]?.again.contains(identity) == true }
  }

  /// A webhook or policy was called.
  /// - Parameters:
  ///   - changed: whether it changed the object.
  ///   - isReinvoked: whether it asks to see later changes.
  func didCall(_ plugin: String, _ identity: String, changed: Bool, isReinvoked: Bool) {
    state.withLock { state in
      if changed {
        state.calls[plugin, default: .init()].recall()
        state.isAsked = true
      }
      if isReinvoked { state.calls[plugin, default: .init()].called.insert(identity) }
    }
  }
}
