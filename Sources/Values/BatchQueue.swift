import Synchronization

/// A bounded buffer that is emptied in batches by one reader: who adds never waits for it.
public final class BatchQueue<Element: Sendable>: Sendable {
  private struct State {
    var elements: [Element] = []
    var isClosed = false
    /// The reader, while it waits for elements or for a batch to fill.
    var waiter: CheckedContinuation<Void, Never>?
    /// How many elements wake it.
    var wanted = 1
  }

  private let capacity: Int
  private let state = Mutex(State())

  /// - Parameter capacity: how many elements may wait.
  public init(capacity: Int) { self.capacity = max(1, capacity) }

  /// - Returns: false where the element is not taken: the queue is full or closed.
  public func add(_ element: Element) -> Bool {
    let (isTaken, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
      guard !state.isClosed, state.elements.count < capacity else { return (false, nil) }
      state.elements.append(element)
      guard state.elements.count >= state.wanted else { return (true, nil) }
      return (true, state.waiter.take())
    }
    waiter?.resume()
    return isTaken
  }

  /// Takes no more elements; those that wait can still be read.
  public func close() {
    let waiter = state.withLock { state in
      state.isClosed = true
      return state.waiter.take()
    }
    waiter?.resume()
  }

  /// The next elements, in order: as soon as there are `filling` of them, or some and the time is over.
  /// - Parameters:
  ///   - limit: the most elements to give.
  ///   - filling: how many elements to wait for.
  ///   - time: how long to wait for them once there is one.
  /// - Returns: nil at the end: the queue is closed and empty.
  public func next(atMost limit: Int, filling: Int, within time: Duration) async -> [Element]? {
    while true {
      await wait(for: 1, atMost: nil)
      if filling > 1, time > .zero { await wait(for: filling, atMost: time) }
      let (batch, isOver) = state.withLock { state in (Self.take(limit, of: &state), state.isClosed) }
      if !batch.isEmpty { return batch }
      if isOver { return nil }
    }
  }

  private static func take(_ limit: Int, of state: inout State) -> [Element] {
    if state.elements.count <= limit {
      defer { state.elements = [] }
      return state.elements
    }
    let batch = Array(state.elements.prefix(limit))
    state.elements.removeFirst(limit)
    return batch
  }

  private func wait(for count: Int, atMost time: Duration?) async {
    let timer = time.map { time in
      Task { [self] in
        do { try await Task.sleep(for: time) } catch { return }
        state.withLock { $0.waiter.take() }?.resume()
      }
    }
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.isClosed || state.elements.count >= min(count, capacity) { return true }
        state.wanted = min(count, capacity)
        state.waiter = continuation
        return false
      }
      if isReady { continuation.resume() }
    }
    timer?.cancel()
  }
}
