import NIOCore
import Synchronization

/// What an event loop has received for one reading task: a queue that asks the loop to pause when it is full.
///
/// The loop offers elements and the task takes them. Nothing is lost at the bound: it only tells the loop
/// to stop reading, and `demand` tells it to go on.
final class Inbox<Element: Sendable, Failure: Error>: Sendable {
  private struct State {
    var elements = CircularBuffer<(element: Element, cost: Int)>()
    var cost = 0
    var ending: Result<Void, Failure>?
    var isPaused = false
    var hasAsked = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private enum Step {
    case take(Element, demand: Bool)
    case end(Result<Void, Failure>)
    case wait(demand: Bool)
  }

  private let state = Mutex(State())
  private let capacity: Int
  private let cancelled: Failure
  private let demand: @Sendable () -> Void

  /// - Parameters:
  ///   - capacity: the cost (bytes, or messages) beyond which the loop should pause.
  ///   - cancelled: what a reader gets whose task is cancelled while it waits.
  ///   - demand: called when the reader first waits, and when a paused loop should go on.
  init(capacity: Int, cancelled: Failure, demand: @escaping @Sendable () -> Void) {
    self.capacity = capacity
    self.cancelled = cancelled
    self.demand = demand
  }

  /// Adds an element and tells whether the loop should go on reading.
  func offer(_ element: Element, cost: Int) -> Bool {
    let (wantsMore, waiters) = state.withLock { state in
      guard state.ending == nil else { return (true, [] as [CheckedContinuation<Void, Never>]) }
      state.elements.append((element, cost))
      state.cost += cost
      state.isPaused = state.cost >= capacity
      defer { state.waiters = [] }
      return (!state.isPaused, state.waiters)
    }
    for waiter in waiters { waiter.resume() }
    return wantsMore
  }

  /// No more elements come; those in the queue are still read.
  func finish() { end(.success(())) }

  /// No more elements come, because of an error, which the reader gets after what is in the queue.
  func fail(_ error: Failure) { end(.failure(error)) }

  private func end(_ ending: Result<Void, Failure>) {
    let waiters = state.withLock { state in
      if state.ending == nil { state.ending = ending }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// The next element, nil after the last one; waits when there is none yet.
  func next() async throws(Failure) -> Element? {
    while true {
      switch nextStep() {
      case .take(let element, let wanted):
        if wanted { demand() }
        return element
      case .end(let result):
        try result.get()
        return nil
      case .wait(let wanted):
        if Task.isCancelled { throw cancelled }
        if wanted { demand() }
        await waitForChange()
      }
    }
  }

  private func nextStep() -> Step {
    state.withLock { state in
      if let (element, cost) = state.elements.popFirst() {
        state.cost -= cost
        let resumes = state.isPaused && state.cost <= capacity / 2
        if resumes { state.isPaused = false }
        return .take(element, demand: resumes)
      }
      if let ending = state.ending { return .end(ending) }
      let asks = !state.hasAsked || state.isPaused
      state.hasAsked = true
      state.isPaused = false
      return .wait(demand: asks)
    }
  }

  private func waitForChange() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if !state.elements.isEmpty || state.ending != nil || Task.isCancelled { return true }
          state.waiters.append(continuation)
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      let waiters = state.withLock { state in
        defer { state.waiters = [] }
        return state.waiters
      }
      for waiter in waiters { waiter.resume() }
    }
  }
}
