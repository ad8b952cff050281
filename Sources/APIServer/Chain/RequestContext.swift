import Authentication
import HTTPService
import NIOHTTP1
import Schema
import Synchronization
import Tracing
import Values

/// One request on its way through the chain: what it asks, who asks, and what the stages noted.
public final class RequestContext: Sendable {
  public let http: HTTPRequest
  public let info: RequestInfo
  /// `Audit-ID`: the client's own, or a new UUID.
  public let auditID: String
  /// What is served, as of the start of the request.
  public let served: ServedAPI
  /// How long its parts take, and the spans of its trace.
  let trace: RequestTrace
  /// When the request came.
  let received: Timestamp
  let registry: ObjectRegistry
  private let state: Shared

  private struct State {
    var user = UserInfo(name: "")
    /// Until the client is known.
    var isUnknownClient = true
    var warnings = WarningList()
    var annotations: [(key: String, value: String)] = []
    var deadline: ContinuousClock.Instant?
    var audit: RequestAudit?
    var isTerminated = false
    var flow: FlowClass?
  }

  /// What a context has in common with the one that it was made from.
  private final class Shared: Sendable {
    private let state = Mutex(State())

    func withLock<R>(_ body: (inout State) -> R) -> R { state.withLock { body(&$0) } }
  }

  init(http: HTTPRequest, info: RequestInfo, auditID: String, served: ServedAPI, registry: ObjectRegistry) {
    self.http = http
    self.info = info
    self.auditID = auditID
    self.served = served
    self.registry = registry
    trace = RequestTrace()
    received = .now
    state = Shared()
  }

  private init(_ original: RequestContext, http: HTTPRequest) {
    self.http = http
    info = original.info
    auditID = original.auditID
    served = original.served
    registry = original.registry
    trace = original.trace
    received = original.received
    state = original.state
  }

  /// The same request with other header fields: what one of the two notes, the other one has too.
  func with(headers: HTTPHeaders) -> RequestContext {
    var http = http
    http.headers = headers
    return RequestContext(self, http: http)
  }

  /// Who is asking: after impersonation, as whom.
  public var user: UserInfo {
    get { state.withLock { $0.user } }
    set { state.withLock { $0.user = newValue } }
  }

  /// Whether nobody knows who sent the request, or it is anonymous.
  var isUnknownClient: Bool {
    get { state.withLock { $0.isUnknownClient } }
    set { state.withLock { $0.isUnknownClient = newValue } }
  }

  /// When the request's time is over; nil for no limit.
  var deadline: ContinuousClock.Instant? {
    get { state.withLock { $0.deadline } }
    set { state.withLock { $0.deadline = newValue } }
  }

  /// What is recorded of the request; nil where nothing is.
  var audit: RequestAudit? {
    get { state.withLock { $0.audit } }
    set { state.withLock { $0.audit = newValue } }
  }

  /// Whether the server ended the request before it was carried out: no room, or no time.
  var isTerminated: Bool {
    get { state.withLock { $0.isTerminated } }
    set { state.withLock { $0.isTerminated = newValue } }
  }

  /// What the request is to priority and fairness; nil where that does not count.
  var flow: FlowClass? {
    get { state.withLock { $0.flow } }
    set { state.withLock { $0.flow = newValue } }
  }

  /// The texts of the answer's `Warning` headers, in order.
  public var warnings: [String] { state.withLock { $0.warnings.texts } }

  /// Adds a warning, as far as there is room in an answer's headers.
  public func warn(_ text: String) { state.withLock { $0.warnings.add(text) } }

  /// What the stages decided and why, in order; the first value of a key counts.
  public var annotations: [(key: String, value: String)] { state.withLock { $0.annotations } }

  public func annotate(_ key: String, _ value: String) {
    state.withLock { state in
      guard !state.annotations.contains(where: { $0.key == key }) else { return }
      state.annotations.append((key, value))
    }
  }

  /// Adds an annotation that shows parts of objects: for audit at the level Request or above only.
  func annotateContent(_ key: String, _ value: String) {
    if audit?.keepsObjects == true { annotate(key, value) }
  }

  /// Whether the path is that of a custom resource.
  var isForCustomResource: Bool {
    let name = GroupVersionResource(group: info.apiGroup, version: info.apiVersion, resource: info.resource)
    return served.catalog.resource(name)?.isCustom == true
  }

  /// The first value of a query parameter.
  public func query(_ name: String) -> String? { http.query.first { $0.name == name }?.value }

  /// All values of a query parameter.
  public func queryAll(_ name: String) -> [String] { http.query.filter { $0.name == name }.map(\.value) }
}
