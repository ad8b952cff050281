import HTTPService
import Schema
import Store
import Values

/// get of `pods/log`.
struct PodLogEndpoint {
  let context: RequestContext
  let scope: ResourceScope
  let registry: ObjectRegistry
  let files: PodLogFiles

  func get() throws(StatusError) -> HTTPResponse {
    let options = try PodLogOptions(context)
    let stored = try registry.get(scope, namespace: context.info.namespace, name: context.info.name)
    let source = Source(
      registry: registry, scope: scope, files: files, options: options,
      standIn: PodStandIn(pod: stored.value, container: try PodContainer(options.container, of: stored.value))
    )
    guard let first = source.log(of: source.standIn.pod) else { throw source.nothing }
    if !options.follows {
      return Answer(context: context).plain(first.text(options))
    }
    var response = Answer(context: context).plain([])
    let drain = context.http.drain
    response.body = .stream { writer in
      try await source.follow(from: stored.revision, first: first, writer: writer, drain: drain)
    }
    return response
  }

  /// Where the log of one container comes from.
  private struct Source: Sendable {
    let registry: ObjectRegistry
    let scope: ResourceScope
    let files: PodLogFiles
    let options: PodLogOptions
    let standIn: PodStandIn

    func log(of pod: Value) -> PodLog? {
      let now = PodStandIn(pod: pod, container: standIn.container)
      let annotated = now.annotation(options.isPrevious ? PodStandIn.previousLog : PodStandIn.log)
      let text =
        annotated
        ?? files.text(
          namespace: now.namespace, pod: now.podName, container: now.container.name,
          isPrevious: options.isPrevious)
      return text.map { PodLog($0, started: now.started) }
    }

    var nothing: StatusError {
      let container = standIn.container.name
      if options.isPrevious, log(ofCurrent: standIn.pod) {
        // What a kubelet says.
        return .badRequest(
          "previous terminated container \(FieldError.quoted(container)) in pod "
            + "\(FieldError.quoted(standIn.podName)) not found")
      }
      return standIn.nothing(
        "pod \(standIn.podName) has no log of container \(container): set the annotation "
          + "\(PodStandIn.log).\(container), or put a file into --pod-log-dir")
    }

    private func log(ofCurrent pod: Value) -> Bool {
      var current = self.options
      current.isPrevious = false
      return Source(
        registry: registry, scope: scope, files: files, options: current, standIn: standIn
      ).log(of: pod) != nil
    }

    /// Sends the log, then what is added to it, until the pod is gone.
    func follow(
      from revision: UInt64, first: PodLog, writer: HTTPBodyWriter, drain: DrainSignal
    ) async throws {
      let events = try registry.store.watch(
        scope.storage, namespace: standIn.namespace, name: standIn.podName, from: .revision(revision),
        matches: nil)
      let sender = Sender(options: options, writer: writer)
      try await sender.send(first)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for await event in events {
            guard event.type != .deleted else { return }
            if let pod = event.object?.value, let log = log(of: pod) { try await sender.send(log) }
          }
        }
        group.addTask { await drain.wait() }
        if files.isEnabled, standIn.annotation(PodStandIn.log) == nil {
          // Nothing tells of changed files.
          group.addTask {
            while true {
              try await Task.sleep(for: .milliseconds(200))
              if let log = log(of: standIn.pod) { try await sender.send(log) }
            }
          }
        }
        defer { group.cancelAll() }
        try await group.next()
        events.cancel()
      }
    }
  }

  /// Sends of each state of a log what the one before it did not have.
  private actor Sender {
    private let writer: HTTPBodyWriter
    private var options: PodLogOptions
    private var sent: [PodLog.Line] = []

    init(options: PodLogOptions, writer: HTTPBodyWriter) {
      self.options = options
      self.writer = writer
    }

    func send(_ log: PodLog) async throws {
      let known = log.lines.count >= sent.count && log.lines.prefix(sent.count).elementsEqual(sent)
      // A log that doesn't go on from what was sent has begun anew.
      let new = known ? log.dropping(sent.count) : log
      sent = log.lines
      let bytes = new.text(options)
      // These are about where to begin.
      options.tailLines = nil
      options.since = nil
      if let limit = options.limitBytes {
        options.limitBytes = max(limit - Int64(bytes.count), 0)
      }
      try await writer.write(bytes)
    }
  }
}

/// Logs that are kept in files, for pods without annotations (`--pod-log-dir`).
public struct PodLogFiles: Sendable {
  private let read: (@Sendable (_ namespace: String, _ pod: String, _ file: String) -> String?)?

  /// - Parameter read: gives the text of a file; nil where logs are not kept in files.
  public init(_ read: (@Sendable (_ namespace: String, _ pod: String, _ file: String) -> String?)? = nil) {
    self.read = read
  }

  var isEnabled: Bool { read != nil }

  func text(namespace: String, pod: String, container: String, isPrevious: Bool) -> String? {
    read?(namespace, pod, isPrevious ? "\(container).previous.log" : "\(container).log")
  }
}

extension Answer {
  /// What a container printed, without a claim about its character set.
  func plain(_ bytes: [UInt8]) -> HTTPResponse { response(bytes, code: 200, contentType: "text/plain") }
}
