import Security
import Synchronization
import Values

/// The keys of a provider (RFC 7517), fetched when a token needs them and kept.
///
/// A token that no kept key verifies makes them be fetched again, unless the provider said that they are
/// good for longer. However many tokens wait for keys, they are asked for once.
final class RemoteKeySet: Sendable {
  struct Key: Sendable {
    var id: String
    var key: PublicKey
  }

  private typealias Fetch = Task<Result<[Key], OIDCError>, Never>

  private struct State {
    var keys: [Key] = []
    /// Until then no others are asked for, but for ``expiryDelta``.
    var expiry: Timestamp?
    var fetch: Fetch?
    /// How many fetches are left; one comes back every second.
    var allowance = RemoteKeySet.burst
    var lastAllowance: Timestamp?
  }

  private let url: String
  private let transport: OIDCTransport
  private let now: @Sendable () -> Timestamp
  private let didFetch: @Sendable ([UInt8]?) -> Void
  private let state = Mutex(State())

  /// Keys count as expired so many seconds early.
  private static let expiryDelta: Int64 = 30
  /// How often in quick succession keys may be fetched: forged tokens are no reason to flood a provider.
  static let burst = 10
  /// More keys than this no provider has.
  static let maximumKeys = 256

  private static let unverified = OIDCError("failed to verify id token signature")

  /// - Parameter didFetch: hears of every fetch: the document, or nil where it could not be had.
  init(
    url: String, transport: OIDCTransport, now: @escaping @Sendable () -> Timestamp,
    didFetch: @escaping @Sendable ([UInt8]?) -> Void = { _ in }
  ) {
    self.url = url
    self.transport = transport
    self.now = now
    self.didFetch = didFetch
  }

  /// - Throws: where no key verifies the token, or the keys can't be had.
  func verify(_ token: IDToken) async throws(OIDCError) {
    let signed: JWS
    do throws(SecurityError) {
      signed = try JWS.parse(token.text)
    } catch {
      throw Self.unverified
    }
    let id = token.header.keyID
    let (kept, expiry) = state.withLock { ($0.keys, $0.expiry) }
    if Self.verifies(signed, id, kept) { return }
    if let expiry, now().adding(seconds: Self.expiryDelta) <= expiry { throw Self.unverified }
    let keys: [Key]
    do throws(OIDCError) {
      guard let fetch = fetch() else { throw Self.unverified }
      keys = try await fetch.value.get()
    } catch {
      if error == Self.unverified { throw error }
      throw OIDCError("fetching keys \(error)")
    }
    guard Self.verifies(signed, id, keys) else { throw Self.unverified }
  }

  private static func verifies(_ token: JWS, _ id: String, _ keys: [Key]) -> Bool {
    keys.contains { (id.isEmpty || $0.id == id) && token.verify($0.key) }
  }

  /// The fetch that is under way, or a new one; nil where there were too many.
  private func fetch() -> Fetch? {
    let now = now()
    return state.withLock { state in
      if let fetch = state.fetch { return fetch }
      if let last = state.lastAllowance {
        let passed = max(0, min(now.seconds - last.seconds, Int64(Self.burst)))
        state.allowance = min(Self.burst, state.allowance + Int(passed))
      }
      state.lastAllowance = now
      guard state.allowance > 0 else { return nil }
      state.allowance -= 1
      // Its own task: whoever waits for it may be cancelled, the others go on waiting.
      let fetch = Fetch { await self.update() }
      state.fetch = fetch
      return fetch
    }
  }

  private func update() async -> Result<[Key], OIDCError> {
    do throws(OIDCError) {
      let start = now()
      let document = try await transport.document(
        url, failed: "oidc: get keys failed ", refused: "oidc: get keys failed: ",
        undecoded: "oidc: failed to decode keys: ")
      let keys = try Self.keys(document.value)
      let lifetime = CacheLifetime.seconds(document.headers, now: start)
      state.withLock { state in
        state.keys = keys
        state.expiry = start.adding(seconds: lifetime)
        state.fetch = nil
      }
      didFetch(document.bytes)
      return .success(keys)
    } catch {
      state.withLock { $0.fetch = nil }
      didFetch(nil)
      return .failure(error)
    }
  }

  /// The keys that can verify tokens; those of other kinds are left out.
  static func keys(_ document: Value) throws(OIDCError) -> [Key] {
    let list = document.object?.goMember("keys")?.array ?? []
    guard document.object != nil, list.count <= maximumKeys else {
      throw OIDCError("oidc: failed to decode keys: not a set of at most \(maximumKeys) keys")
    }
    var keys: [Key] = []
    for entry in list {
      guard let jwk = jwk(entry) else { continue }
      do throws(SecurityError) {
        keys.append(Key(id: entry["kid"]?.string ?? "", key: try PublicKey(jwk: jwk)))
      } catch {
        throw OIDCError("oidc: failed to decode keys: \(error)")
      }
    }
    return keys
  }

  private static func jwk(_ entry: Value) -> JWK? {
    func text(_ name: String) -> String { entry[name]?.string ?? "" }
    switch text("kty") {
    case "RSA": return JWK(n: text("n"), e: text("e"))
    case "EC" where EllipticCurve(rawValue: text("crv")) != nil:
      return JWK(curve: text("crv"), x: text("x"), y: text("y"))
    default: return nil
    }
  }
}
