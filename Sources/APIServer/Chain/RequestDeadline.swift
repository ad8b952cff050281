import HTTPService
import Schema
import Synchronization
import Values

/// How long? Bounds the time of requests but for watches and other long ones (`--request-timeout`, and the
/// query parameter `timeout` for less).
struct RequestDeadline: Sendable {
  private let context: RequestContext
  /// Nil for no bound.
  private let timeout: Duration?

  /// - Parameter maximum: `--request-timeout`; zero for no bound.
  /// - Throws: 400 for a `timeout` that is no duration.
  init(_ context: RequestContext, maximum: Duration) throws(StatusError) {
    self.context = context
    if Router.isLongRunning(context.info) {
      timeout = nil
      return
    }
    var timeout = maximum
    if let asked = context.query("timeout"), !asked.isEmpty {
      do throws(GoDuration.SyntaxError) {
        let wish = try GoDuration.parse(asked)
        if wish > .zero, wish < maximum || maximum == .zero { timeout = wish }
      } catch {
        throw .badRequest("invalid timeout specified in the request URL - \(error.message)")
      }
    }
    self.timeout = timeout > .zero ? timeout : nil
    context.deadline = self.timeout.map { .now.advanced(by: $0) }
  }

  /// Carries the request out. When its time is over the task of the work is cancelled.
  /// - Throws: 504, or what the work throws.
  func run(
    _ work: @escaping @Sendable () async throws(StatusError) -> HTTPResponse
  ) async throws(StatusError) -> HTTPResponse {
    guard let timeout else { return try await work() }
    let progress = Progress()
    let task = Task.immediate { () -> Result<HTTPResponse, StatusError> in
      defer { progress.isDone.store(true, ordering: .releasing) }
      do throws(StatusError) { return .success(try await work()) } catch { return .failure(error) }
    }
    // What never had to wait is done by now: most requests need no clock.
    if progress.isDone.load(ordering: .acquiring) { return try await task.value.get() }
    let timer = Task {
      do { try await Task.sleep(for: timeout) } catch { return }
      progress.isOver.store(true, ordering: .releasing)
      task.cancel()
    }
    let result = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
    timer.cancel()
    if case .failure = result, progress.isOver.load(ordering: .acquiring) {
      context.isTerminated = true
      throw Self.timedOut
    }
    return try result.get()
  }

  private final class Progress: Sendable {
    let isDone = Atomic(false)
    let isOver = Atomic(false)
  }

  private static let timedOut = StatusError.timeout(
    "Timeout: request did not complete within requested timeout - context deadline exceeded")
}
