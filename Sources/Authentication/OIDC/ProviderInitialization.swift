import Synchronization
import Values

/// Asks a provider about itself in the background until it answers: it may start after this server, or
/// inside of it.
final class ProviderInitialization: Sendable {
  private struct State {
    var verifier: IDTokenVerifier?
    var error: OIDCError?
    var task: Task<Void, Never>?
  }

  /// Between attempts.
  static let interval = Duration.seconds(10)

  private let state: Mutex<State>

  /// Starts at once.
  /// - Parameters:
  ///   - failed: hears of every attempt in vain.
  ///   - didFetchKeys: hears of every fetch of keys.
  init(
    issuer: String, transport: OIDCTransport, rules: IDTokenVerifier.Rules,
    interval: Duration = ProviderInitialization.interval,
    didFetchKeys: @escaping @Sendable ([UInt8]?) -> Void = { _ in },
    failed: @escaping @Sendable (OIDCError) -> Void
  ) {
    state = Mutex(
      State(error: OIDCError("oidc: authenticator for issuer \(GoText.quoted(issuer)) is not initialized")))
    let task = Task { [weak self] in
      while !Task.isCancelled {
        do throws(OIDCError) {
          let provider = try await OIDCProvider.discover(issuer, transport)
          let keys = RemoteKeySet(
            url: provider.keySetURL, transport: transport, now: rules.now, didFetch: didFetchKeys)
          self?.succeeded(IDTokenVerifier(issuer: issuer, rules: rules, keys: keys))
          return
        } catch {
          if Task.isCancelled { return }
          self?.failed(error)
          failed(error)
        }
        do { try await Task.sleep(for: interval) } catch { return }
      }
    }
    state.withLock { $0.task = task }
  }

  deinit { state.withLock { $0.task }?.cancel() }

  private func succeeded(_ verifier: IDTokenVerifier) {
    state.withLock {
      $0.verifier = verifier
      $0.error = nil
    }
  }

  private func failed(_ error: OIDCError) { state.withLock { $0.error = error } }

  /// What verifies the issuer's tokens; nil until the provider has answered.
  var verifier: IDTokenVerifier? { state.withLock { $0.verifier } }

  /// Why there is no verifier yet; nil where there is.
  var error: OIDCError? { state.withLock { $0.error } }

  /// Gives up.
  func close() { state.withLock { $0.task }?.cancel() }
}
