import Glibc
import Synchronization

/// A value made from files, made anew when they change. When the new files are bad the old value stays.
public final class Reloading<Value: Sendable>: Sendable {
  private struct State {
    var value: Value
    var stamps: [[Int]?]
    var nextCheck: Int
    /// Somebody is loading: the others go on with the value there is.
    var isLoading = false
  }

  private let state: Mutex<State>
  private let paths: [String]
  private let interval: Int
  private let load: @Sendable () throws -> Value
  private let onReload: @Sendable (Result<Value, any Error>) -> Void

  /// Loads the value.
  ///
  /// - Parameters:
  ///   - paths: the files to watch.
  ///   - seconds: how often ``current`` looks at them, at most.
  ///   - load: makes the value from the files.
  ///   - onReload: hears of every reload, good or bad; of the same bad files once.
  /// - Throws: what `load` throws.
  public init(
    paths: [String], checkEvery seconds: Int = 5, load: @escaping @Sendable () throws -> Value,
    onReload: @escaping @Sendable (Result<Value, any Error>) -> Void = { _ in }
  ) throws {
    self.paths = paths
    self.interval = seconds
    self.load = load
    self.onReload = onReload
    // Looked at before they are read, so that no change in between is missed.
    let stamps = paths.map(FileSystem.stamp)
    let value = try load()
    state = Mutex(State(value: value, stamps: stamps, nextCheck: Self.now + seconds))
  }

  /// The value; looks whether the files have changed when the last look was long enough ago.
  public var current: Value {
    let now = Self.now
    let (value, isDue) = state.withLock { state in
      let isDue = now >= state.nextCheck && !state.isLoading
      if isDue { state.nextCheck = now + interval }
      return (state.value, isDue)
    }
    guard isDue, reloadIfChanged() else { return value }
    return state.withLock { $0.value }
  }

  /// Looks whether the files have changed, now.
  ///
  /// - Returns: whether there is a new value.
  @discardableResult
  public func reloadIfChanged() -> Bool {
    let stamps = paths.map(FileSystem.stamp)
    let isChanged = state.withLock { state in
      guard state.stamps != stamps, !state.isLoading else { return false }
      state.stamps = stamps
      state.isLoading = true
      return true
    }
    guard isChanged else { return false }
    let result = Result { try load() }
    let isNew = state.withLock { state in
      state.isLoading = false
      guard case .success(let value) = result else { return false }
      state.value = value
      return true
    }
    onReload(result)
    return isNew
  }

  /// Seconds on a clock that is never set back.
  private static var now: Int {
    var moment = timespec()
    clock_gettime(CLOCK_MONOTONIC, &moment)
    return moment.tv_sec
  }
}

/// A server's ``TLSContext`` from files that may change while the server runs: ask for ``Reloading/current``
/// on every new connection.
public typealias ReloadingTLSContext = Reloading<TLSContext>

/// Where a server's certificates are.
public struct TLSServerFiles: Sendable {
  /// A certificate chain and its key, as PEM files.
  public struct Pair: Sendable {
    public var certificate: String
    public var key: String
    /// The server names it is for; those in the certificate when empty.
    public var names: [String]

    public init(certificate: String, key: String, names: [String] = []) {
      self.certificate = certificate
      self.key = key
      self.names = names
    }
  }

  /// Shown to clients that name no server, or none of ``sni``.
  public var identity: Pair
  public var sni: [Pair]
  /// PEM files of the authorities whose names clients are told; nobody is asked for a certificate when empty.
  public var clientCA: [String]

  public init(identity: Pair, sni: [Pair] = [], clientCA: [String] = []) {
    self.identity = identity
    self.sni = sni
    self.clientCA = clientCA
  }

  /// Every file.
  public var paths: [String] {
    [identity.certificate, identity.key] + sni.flatMap { [$0.certificate, $0.key] } + clientCA
  }

  /// Reads the files into a configuration.
  ///
  /// - Throws: one line that names the bad file.
  public func configuration() throws(SecurityError) -> TLSServerConfiguration {
    var configuration = TLSServerConfiguration(identity: try TLSServerFiles.load(identity))
    for pair in sni {
      configuration.sniIdentities.append(
        SNIIdentity(names: pair.names, identity: try TLSServerFiles.load(pair)))
    }
    guard !clientCA.isEmpty else { return configuration }
    var authorities: [Certificate] = []
    for path in clientCA { authorities += try PEMFile.certificates(path) }
    configuration.clientCA = authorities
    return configuration
  }

  private static func load(_ pair: Pair) throws(SecurityError) -> TLSIdentity {
    try PEMFile.identity(certificate: pair.certificate, key: pair.key)
  }
}

extension Reloading where Value == TLSContext {
  /// A context from files.
  ///
  /// - Parameter adjust: sets what is not in files: versions, cipher suites, protocols.
  public convenience init(
    _ files: TLSServerFiles, checkEvery seconds: Int = 5,
    adjust: @escaping @Sendable (inout TLSServerConfiguration) -> Void = { _ in },
    onReload: @escaping @Sendable (Result<TLSContext, any Error>) -> Void = { _ in }
  ) throws {
    try self.init(
      paths: files.paths, checkEvery: seconds,
      load: {
        var configuration = try files.configuration()
        adjust(&configuration)
        return try TLSContext.server(configuration)
      }, onReload: onReload)
  }
}
