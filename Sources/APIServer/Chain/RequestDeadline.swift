import HTTPService
import Schema
import Values

/// How long? Bounds the time of requests but for watches and other long ones (`--request-timeout`, and the
/// query parameter `timeout` for less).
struct RequestDeadline: Sendable {
  /// Nil for no bound.
  private let timeout: Duration?

  /// - Parameter maximum: `--request-timeout`; zero for no bound.
  /// - Throws: 400 for a `timeout` that is no duration.
  init(_ context: RequestContext, maximum: Duration) throws(StatusError) {
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
  }

  /// Carries the request out. When its time is over the task of the work is cancelled.
  /// - Throws: 504, or what the work throws.
  func run(
    _ work: @escaping @Sendable () async throws(StatusError) -> HTTPResponse
  ) async throws(StatusError) -> HTTPResponse {
    guard let timeout else { return try await work() }
    let result = await withTaskGroup(of: Result<HTTPResponse, StatusError>.self) { group in
      group.addTask {
        do throws(StatusError) { return .success(try await work()) } catch { return .failure(error) }
      }
      group.addTask {
        try? await Task.sleep(for: timeout)
        return .failure(Self.timedOut)
      }
      let first = await group.next() ?? .failure(Self.timedOut)
      group.cancelAll()
      return first
    }
    return try result.get()
  }

  private static let timedOut = StatusError.timeout(
    "Timeout: request did not complete within requested timeout - context deadline exceeded")
}
