import Security
import Synchronization
import Values

/// Remembers for a while whose a token is, and, where asked to, that it is nobody's; errors are not remembered
/// (k8s.io/apiserver/pkg/authentication/token/cache).
public final class CachedTokenAuthenticator: TokenAuthenticator {
  private struct Entry {
    /// Nil for a token that is nobody's.
    var result: AuthenticationResult?
    /// Repeated to every request that brings the token.
    var notes: AuthenticationNotes
    var deadline: Timestamp
  }

  private let inner: any TokenAuthenticator
  private let lifetime: Int64
  private let failureLifetime: Int64
  private let capacity: Int
  private let now: @Sendable () -> Timestamp
  private let digestKey = Digest.randomBytes(32)
  private let entries = Mutex<[[UInt8]: Entry]>([:])

  /// - Parameters:
  ///   - lifetime: for how many seconds a success is remembered; 0 for not at all.
  ///   - failureLifetime: for how many seconds it is remembered that a token is nobody's.
  ///   - capacity: how many tokens are remembered at most.
  public init(
    _ inner: any TokenAuthenticator, lifetime: Int64 = 10, failureLifetime: Int64 = 0,
    capacity: Int = 4096, now: @escaping @Sendable () -> Timestamp = { .now }
  ) {
    self.inner = inner
    self.lifetime = lifetime
    self.failureLifetime = failureLifetime
    self.capacity = capacity
    self.now = now
  }

  public func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    let key = key(token, audiences)
    let start = now()
    if let hit = entries.withLock({ $0[key] }), start < hit.deadline {
      notes.merge(hit.notes)
      return hit.result
    }
    var own = AuthenticationNotes()
    defer { notes.merge(own) }
    let result = try await inner.authenticate(token: token, audiences: audiences, &own)
    let seconds = result == nil ? failureLifetime : lifetime
    guard seconds > 0 else { return result }
    let entry = Entry(result: result, notes: own, deadline: start.adding(seconds: seconds))
    entries.withLock { entries in
      if entries.count >= capacity { entries = entries.filter { start < $0.value.deadline } }
      if entries.count >= capacity { entries.removeAll() }
      entries[key] = entry
    }
    return result
  }

  /// Forgets everything.
  public func removeAll() { entries.withLock { $0.removeAll() } }

  /// A keyed digest of the token and the audiences: the tokens themselves are not kept.
  private func key(_ token: String, _ audiences: [String]?) -> [UInt8] {
    var text = digestKey
    text.reserveCapacity(digestKey.count + token.utf8.count + 1)
    text += token.utf8
    // No text holds this byte: what is before and after it can't be mistaken for each other.
    text.append(0xFF)
    for audience in audiences ?? [] {
      text += audience.utf8
      text.append(0xFF)
    }
    if audiences == nil { text.append(0xFE) }
    return Digest.sha256(text)
  }
}
