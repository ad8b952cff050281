/// The two halves of admission, by their names in metrics.
public enum AdmissionStep: String, Sendable {
  /// Mutating plugins.
  case admit
  /// Validating plugins.
  case validate
}

/// Is told how long admission took.
public protocol AdmissionObserver: Sendable {
  /// A step of a request is over.
  /// - Parameters:
  ///   - plugins: those that were asked, in order, with the time that each took.
  ///   - isRejected: whether the last of them refused the request.
  func didRun(
    _ step: AdmissionStep, _ operation: AdmissionOperation,
    plugins: [(name: String, elapsed: Duration)], isRejected: Bool)
}

/// Takes the times of a step's plugins one after the other.
struct AdmissionClock {
  private let observer: any AdmissionObserver
  private let step: AdmissionStep
  private let operation: AdmissionOperation
  private var plugins: [(name: String, elapsed: Duration)] = []
  private var last = ContinuousClock.now

  init?(_ observer: (any AdmissionObserver)?, _ step: AdmissionStep, _ operation: AdmissionOperation) {
    guard let observer else { return nil }
    self.observer = observer
    self.step = step
    self.operation = operation
  }

  mutating func lap(_ name: String) {
    let now = ContinuousClock.now
    plugins.append((name, last.duration(to: now)))
    last = now
  }

  func end(isRejected: Bool = false) {
    observer.didRun(step, operation, plugins: plugins, isRejected: isRejected)
  }
}
