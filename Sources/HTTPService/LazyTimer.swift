import NIOCore

/// One deadline that moves often and is seldom reached: moving it later costs no rescheduling.
///
/// Used on its event loop only.
final class LazyTimer {
  private let loop: any EventLoop
  private let action: () -> Void
  private var deadline: NIODeadline?
  private var scheduled: (task: Scheduled<Void>, at: NIODeadline)?

  /// - Parameter action: runs on the loop when the deadline has passed; it must not own the timer.
  init(loop: any EventLoop, action: @escaping () -> Void) {
    self.loop = loop
    self.action = action
  }

  /// Sets the deadline, replacing the one before.
  func arm(after time: TimeAmount) {
    let deadline = NIODeadline.now() + time
    self.deadline = deadline
    if let scheduled {
      guard scheduled.at > deadline else { return }
      scheduled.task.cancel()
    }
    schedule(at: deadline)
  }

  /// Takes the deadline away.
  func disarm() { deadline = nil }

  /// Takes the deadline away and lets go of the loop: the end of the timer's life.
  func stop() {
    deadline = nil
    scheduled?.task.cancel()
    scheduled = nil
  }

  private func schedule(at time: NIODeadline) {
    let task = loop.assumeIsolated().scheduleTask(deadline: time) { [weak self] () -> Void in self?.fire() }
    scheduled = (task, time)
  }

  private func fire() {
    scheduled = nil
    guard let deadline else { return }
    guard NIODeadline.now() >= deadline else { return schedule(at: deadline) }
    self.deadline = nil
    action()
  }
}
