import HTTPService
import Schema
import Values

/// What people ask a running server when something is wrong: `/statusz`, `/flagz`, `/debug/flags/v`
/// (KEP-4827, KEP-4828).
struct DebuggingEndpoints: Sendable {
  /// The flags and their values, as `/flagz` shows them.
  let flags: @Sendable () -> [String: String]
  let verbosity: LogVerbosity
  private let started = Timestamp.now
  private let clock = ContinuousClock.now

  init(flags: @escaping @Sendable () -> [String: String], verbosity: LogVerbosity) {
    self.flags = flags
    self.verbosity = verbosity
  }

  private static let warning =
    "Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees "
    + "and is for debugging purposes only."
  static let paths = ["/debug/flags/v", "/flagz", "/statusz"]

  /// - Returns: nil where the path is none of theirs.
  func route(_ context: RequestContext) async throws(StatusError) -> HTTPResponse? {
    let answer = Answer(context: context)
    switch context.info.path {
    case "/statusz":
      try Self.checkReading(context)
      return answer.text(status())
    case "/flagz":
      try Self.checkReading(context)
      return answer.text(flagList())
    case "/debug/flags/v": return try await setVerbosity(context)
    default: return nil
    }
  }

  private static func checkReading(_ context: RequestContext) throws(StatusError) {
    guard ["GET", "HEAD"].contains(context.http.method) else { throw .methodNotAllowed }
  }

  private func status() -> String {
    let up = clock.duration(to: .now).components.seconds
    let paths = (["/healthz", "/livez", "/metrics", "/readyz", "/version"] + Self.paths).sorted()
    return """

      kube-apiserver statusz
      \(Self.warning)

      Started: \(started.rfc3339)
      Up: \(up / 3600) hr \(Self.padded(up / 60 % 60)) min \(Self.padded(up % 60)) sec
      Go version: none, this is Drydock \(Version.drydock)
      Binary version: \(Version.kubernetes.dropFirst())
      Emulation version: \(Version.kubernetes.dropFirst().prefix { $0 != "-" }.split(separator: ".").prefix(2).joined(separator: "."))
      Paths: \(paths.joined(separator: " "))

      """
  }

  private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private func flagList() -> String {
    "\nkube-apiserver flagz\n\(Self.warning)\n\n"
      + flags().sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
  }

  /// Sets the verbosity of logs while the server runs.
  private func setVerbosity(_ context: RequestContext) async throws(StatusError) -> HTTPResponse {
    let answer = Answer(context: context)
    guard context.http.method == "PUT" else { return answer.text("unsupported http method", code: 406) }
    let body = String(decoding: try await BodyDecoder(context: context).bytes().prefix(64), as: UTF8.self)
    guard let number = Int(body), (0...10).contains(number) else {
      return answer.text(
        "failed to set klog.logging.verbosity: \(GoText.quoted(body)) is no number from 0 to 10", code: 400)
    }
    verbosity.number = number
    return answer.text("successfully set klog.logging.verbosity to \(number)")
  }
}
