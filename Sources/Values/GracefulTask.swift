extension Task where Success == Void, Failure == Never {
  /// Waits until the task ends, which is cancelled once the time is over.
  public func value(within grace: Duration) async {
    let timer = Task {
      do { try await Task<Never, Never>.sleep(for: grace) } catch { return }
      cancel()
    }
    await value
    timer.cancel()
  }
}
