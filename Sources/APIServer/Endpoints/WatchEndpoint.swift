import HTTPService
import NIOCore
import Schema
import Store
import Values

/// watch of a resource: a stream of events, one JSON document a line or one protobuf frame each
/// (Kubernetes API concepts, "Efficient detection of changes").
struct WatchEndpoint {
  let context: RequestContext
  let scope: ResourceScope
  let registry: ObjectRegistry
  let configuration: WatchConfiguration
  let metrics: WatchMetrics.Series

  func watch() throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(forWatchOf: context)
    let options = try ListOptions(context)
    if case .table = format.transform { try Tables.included(context) }
    let query = ListQuery(scope: scope, options: options, context: context)
    let matches = try query.predicate()
    let events: Watch
    do {
      events = try registry.store.watch(
        scope.storage, namespace: query.namespace, name: context.info.name.isEmpty ? nil : context.info.name,
        from: try start(options), matches: matches)
    } catch let error as StatusError {
      // What is found out only by looking is told to whoever watches.
      guard error.code == 504 else { throw error }
      return stream(failing: error, format: format)
    } catch let error as StoreError {
      guard case .expired = error else { throw error.status(scope.groupResource, "") }
      return stream(failing: error.status(scope.groupResource, ""), format: format)
    } catch {
      throw .internalError("\(error)")
    }
    let encoder = WatchEventEncoder(scope: scope, context: context, format: format)
    // Zero stands for no wish, as if it were not there.
    let wish = options.timeoutSeconds ?? 0
    let seconds = wish == 0 ? configuration.randomTimeoutSeconds() : max(wish, 0)
    let run = WatchRun(
      events: events, encoder: encoder, timeout: .seconds(min(seconds, 86_400)),
      bookmarkInterval: options.allowsBookmarks ? configuration.bookmarkInterval : nil,
      drain: context.http.drain, metrics: metrics)
    return response(format) { writer in try await run.send(to: writer) }
  }

  private func start(_ options: ListOptions) throws(StatusError) -> WatchStart {
    let version = try ResourceVersions.parse(options.resourceVersion)
    if options.sendsInitialEvents == true {
      try ResourceVersions.checkReached(version, registry.store, scope)
      return .initial(endMarker: options.allowsBookmarks)
    }
    if options.sendsInitialEvents == false { return version.map { .revision($0) } ?? .now }
    return version.map { .revision($0) } ?? .initial(endMarker: false)
  }

  /// A watch whose first and last event says why there are no others.
  private func stream(failing error: StatusError, format: OutputFormat) -> HTTPResponse {
    let encoder = WatchEventEncoder(scope: scope, context: context, format: format)
    let frame = encoder.failure(error)
    return response(format) { writer in try await writer.write(frame) }
  }

  private func response(
    _ format: OutputFormat, _ send: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
  ) -> HTTPResponse {
    var headers = Answer(context: context).headers
    let type = format.encoding.rawValue
    headers.add(name: "Content-Type", value: format.encoding == .json ? type : "\(type);stream=watch")
    return HTTPResponse(status: 200, headers: headers, body: .stream(send))
  }
}

/// How long watches last and how often they hear that nothing changed.
public struct WatchConfiguration: Sendable {
  /// `--min-request-timeout`: watches without a timeout end after one to two times this; zero for a day.
  public var minimumTimeoutSeconds: Int64 = 1800
  public var bookmarkInterval: Duration = .seconds(60)

  public init() {}

  func randomTimeoutSeconds() -> Int64 {
    guard minimumTimeoutSeconds > 0 else { return .max }
    return Int64.random(in: minimumTimeoutSeconds..<minimumTimeoutSeconds * 2)
  }
}

/// Sends the events of one watch until it times out, the client goes, or the server drains.
private struct WatchRun: Sendable {
  let events: Watch
  let encoder: WatchEventEncoder
  let timeout: Duration
  let bookmarkInterval: Duration?
  let drain: DrainSignal
  let metrics: WatchMetrics.Series

  func send(to writer: HTTPBodyWriter) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for await event in events {
          let frame = await encoder.frame(event)
          try await writer.write(frame)
          metrics.record(bytes: frame.count)
        }
      }
      group.addTask {
        try await Task.sleep(for: timeout)
        events.cancel()
      }
      group.addTask {
        await drain.wait()
        events.cancel()
      }
      if let bookmarkInterval {
        group.addTask { try await sendBookmarks(every: bookmarkInterval) }
      }
      // The first to end ends the watch; what was sent before stands.
      defer { group.cancelAll() }
      try await group.next()
      events.cancel()
    }
  }

  /// Asks for bookmarks at intervals, and for one shortly before the end, so that the client's next watch
  /// begins as late as it can.
  private func sendBookmarks(every interval: Duration) async throws {
    let last = ContinuousClock.now + timeout - .seconds(2)
    while true {
      let now = ContinuousClock.now
      try await Task.sleep(until: now < last ? min(now + interval, last) : now + interval)
      events.requestBookmark()
    }
  }
}
