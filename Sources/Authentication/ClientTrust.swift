import Security
import Synchronization
import Values

/// The authorities whose client certificates are accepted. A chain that was found good is remembered until
/// one of its certificates ends, so that a connection's certificate costs a digest a request and not a
/// signature check.
///
/// Failures are not remembered: what a client may send without end must not take up memory.
public final class ClientTrust: Sendable {
  private let verifier: CertificateVerifier
  private let capacity: Int
  private let now: @Sendable () -> Int64
  /// By the digest of a chain as it was sent: when its first certificate ends, in seconds since 1970.
  private let good = Mutex<[[UInt8]: Int64]>([:])

  /// - Parameters:
  ///   - verifier: trusts the authorities.
  ///   - capacity: how many chains are remembered at most.
  ///   - now: seconds since 1970.
  public init(
    _ verifier: CertificateVerifier, capacity: Int = 1024,
    now: @escaping @Sendable () -> Int64 = { Timestamp.now.seconds }
  ) {
    self.verifier = verifier
    self.capacity = capacity
    self.now = now
  }

  /// Verifies that a client may be known by its certificate now.
  ///
  /// - Parameter certificates: as the client sent them, its own first; the others may link it to an authority.
  /// - Returns: why not; nil where it may.
  public func problem(_ certificates: [Certificate]) -> CertificateError? {
    guard let leaf = certificates.first else { return .unknownAuthority }
    let key = Self.key(certificates)
    let moment = now()
    if let end = good.withLock({ $0[key] }), moment < end { return nil }
    let result = verifier.verify(
      leaf, intermediates: Array(certificates.dropFirst()), usage: .clientAuth, at: moment)
    switch result {
    case .failure(let error): return error
    case .success(let chain):
      let end = chain.map(\.notAfter).min() ?? moment
      good.withLock { good in
        if good.count >= capacity { good = good.filter { moment < $0.value } }
        if good.count >= capacity { good.removeAll() }
        good[key] = end
      }
      return nil
    }
  }

  private static func key(_ certificates: [Certificate]) -> [UInt8] {
    certificates.count == 1 ? certificates[0].sha256 : Digest.sha256(certificates.flatMap(\.sha256))
  }
}
