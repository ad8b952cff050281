import APIServer
import Schema
import Security
import Store
import Synchronization
import Values

/// Removes CertificateSigningRequests that nobody needs any more (Kubernetes documentation, "Certificates and
/// Certificate Signing Requests"): an hour after they were issued, denied or failed, a day after they were made
/// or approved where nothing came of it, and when the certificate has expired.
public final class CertificateCleaner: Reconciler {
  private static let hour: Int64 = 3600

  public let name = "certificatesigningrequest-cleaner-controller"
  private let client: LoopbackClient
  private let now: @Sendable () -> Timestamp
  private let schedule = Mutex<Schedule<String>?>(nil)

  public init(client: LoopbackClient, now: @escaping @Sendable () -> Timestamp = { .now }) {
    self.client = client
    self.now = now
  }

  public func start(_ schedule: @escaping Schedule<String>) { self.schedule.withLock { $0 = schedule } }

  public func keys(for change: StoreChange) -> [String] {
    change.resource == .certificateSigningRequests && change.kind != .deleted ? [change.object.key.name] : []
  }

  public func initialKeys() -> [String] {
    client.store.list(.certificateSigningRequests).map(\.key.name)
  }

  public func reconcile(_ name: String) async throws {
    guard let object = client.get(.certificateSigningRequests, name: name),
      let end = Self.end(object)
    else { return }
    let remaining = end.seconds - now().seconds
    guard remaining < 0 else {
      // A second on top: what is as old as the limit is not older yet.
      schedule.withLock { $0 }?(name, .seconds(remaining + 1))
      return
    }
    try await tolerating(404) { () throws(StatusError) in
      try await client.delete(.certificateSigningRequests, namespace: "", name: name, uid: object.uid)
    }
  }

  /// When the request has to go; nil for never.
  static func end(_ object: Value) -> Timestamp? {
    let request = SigningRequest(object)
    let conditions = object[path: "status", "conditions"]?.array ?? []
    var ends: [Timestamp] = []
    func add(_ text: Value?, _ seconds: Int64) {
      if let time = text?.string.flatMap({ Timestamp(rfc3339: $0) }) {
        ends.append(time.adding(seconds: seconds))
      }
    }
    if conditions.isEmpty { add(object[path: "metadata", "creationTimestamp"], 24 * hour) }
    for condition in conditions {
      let time = condition["lastUpdateTime"]
      switch condition["type"]?.string {
      case "Approved":
        add(time, request.hasCertificate ? hour : 24 * hour)
        if let expiry = request.certificate?.notAfter { ends.append(Timestamp(seconds: expiry)) }
      case "Denied", "Failed": add(time, hour)
      default: break
      }
    }
    return ends.min { $0.seconds < $1.seconds }
  }
}
