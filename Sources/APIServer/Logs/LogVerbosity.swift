import Logging
import Synchronization

/// How much is logged, in Kubernetes' numbers (`--v`, `--vmodule`); can be changed while the server runs
/// (`/debug/flags/v`).
public final class LogVerbosity: Sendable {
  private struct State {
    var number: Int
    var modules: [String: Int]
  }

  private let state: Mutex<State>
  /// The highest number in use; read first, as most questions are about more than that.
  private let highest: Atomic<Int>

  /// - Parameter modules: numbers of their own, by the module's name: `httplog`, `audit`, `controllers`, …
  public init(_ number: Int = 0, modules: [String: Int] = [:]) {
    state = Mutex(State(number: number, modules: modules))
    highest = Atomic(max(number, modules.values.max() ?? 0))
  }

  /// `--v`.
  public var number: Int {
    get { state.withLock { $0.number } }
    set {
      state.withLock { state in
        state.number = newValue
        highest.store(max(newValue, state.modules.values.max() ?? 0), ordering: .relaxed)
      }
    }
  }

  /// The number that counts for a module.
  public func number(of module: String) -> Int {
    state.withLock { $0.modules[module] ?? $0.number }
  }

  /// Whether a module logs what is of interest from a number on.
  public func isEnabled(_ number: Int, _ module: String) -> Bool {
    highest.load(ordering: .relaxed) >= number && self.number(of: module) >= number
  }

  /// The least important level that a module logs.
  /// - Parameter level: that of numbers that ask for no more.
  public func level(of module: String, atLeast level: Logger.Level) -> Logger.Level {
    let asked: Logger.Level =
      switch number(of: module) {
      case ...0: .warning
      case 1: .notice
      case 2, 3: .info
      case 4, 5: .debug
      default: .trace
      }
    return min(asked, level)
  }
}
