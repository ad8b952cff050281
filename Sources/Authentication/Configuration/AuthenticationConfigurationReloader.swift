import Logging
import Schema

/// Follows the file of `--authentication-config` while the server runs: a good new file replaces the
/// authenticators, a bad one is logged and the old ones stay
/// (kubernetes/pkg/kubeapiserver/options/authentication.go).
public actor AuthenticationConfigurationReloader {
  /// What became of a look at the file.
  public enum Outcome: Sendable, Equatable {
    case unchanged
    case reloaded
    /// Logged; the file is not looked at again until it changes.
    case refused
    /// Logged; it may work later.
    case failed
  }

  private let authenticators: JWTAuthenticators
  private let validator: AuthenticationConfigurationValidator
  private let anonymous: AnonymousConfiguration?
  private let read: @Sendable () throws -> [UInt8]
  private let healthLimit: Duration
  private let logger: Logger
  private let metrics: AuthenticationMetrics?
  /// The content that needs no further look.
  private var tracked: [UInt8]
  /// The content that was last tried; nil where the file could not be read.
  private var attempted: [UInt8]?

  /// Between looks at the file.
  static let interval = Duration.seconds(1)
  /// After so many looks what failed is tried again.
  static let looksBeforeRetry = 60

  /// - Parameters:
  ///   - content: what the authenticators were made of.
  ///   - configuration: the same, read.
  ///   - healthLimit: how long new issuers may take to answer.
  ///   - read: reads the file.
  public init(
    _ authenticators: JWTAuthenticators, content: [UInt8], configuration: AuthenticationConfiguration,
    validator: AuthenticationConfigurationValidator, logger: Logger,
    metrics: AuthenticationMetrics? = nil, healthLimit: Duration = .seconds(60),
    read: @escaping @Sendable () throws -> [UInt8]
  ) {
    self.authenticators = authenticators
    self.validator = validator
    self.logger = logger
    self.metrics = metrics
    metrics?.jwt.didRead(content)
    self.read = read
    self.healthLimit = healthLimit
    anonymous = configuration.anonymous
    tracked = content
  }

  /// Looks at the file at intervals until the task is cancelled.
  public func run() async {
    var looksBeforeRetry = 0
    while !Task.isCancelled {
      if looksBeforeRetry > 0, (try? read()) == attempted {
        looksBeforeRetry -= 1
      } else {
        looksBeforeRetry = await reloadIfChanged() == .failed ? Self.looksBeforeRetry : 0
      }
      do { try await Task.sleep(for: Self.interval) } catch { return }
    }
  }

  /// Looks at the file now.
  @discardableResult
  public func reloadIfChanged() async -> Outcome {
    let outcome = await outcomeOfLook()
    if outcome != .unchanged { metrics?.jwt.didReload(isSuccess: outcome == .reloaded) }
    if outcome == .reloaded { metrics?.jwt.didRead(tracked) }
    return outcome
  }

  private func outcomeOfLook() async -> Outcome {
    let content: [UInt8]
    do {
      content = try read()
      attempted = content
    } catch {
      attempted = nil
      logger.error("failed to read authentication config file: \(error)")
      return .failed
    }
    if content == tracked { return .unchanged }
    let configuration: AuthenticationConfiguration
    do throws(AuthenticationConfigurationError) {
      configuration = try AuthenticationConfiguration(bytes: content)
    } catch {
      logger.error("failed to load authentication config: \(error)")
      tracked = content
      return .refused
    }
    var findings = validator.findings(configuration)
    if configuration.anonymous != anonymous {
      findings.append(.forbidden("anonymous", "changed from initial configuration file"))
    }
    if let text = AuthenticationConfigurationValidator.text(findings) {
      logger.error("failed to validate authentication config: \(text)")
      tracked = content
      return .refused
    }
    do throws(AuthenticationConfigurationError) {
      try await authenticators.update(configuration, within: healthLimit)
    } catch {
      logger.error("failed to update authentication config: \(error)")
      return .failed
    }
    tracked = content
    logger.info("reloaded authentication config")
    return .reloaded
  }
}
