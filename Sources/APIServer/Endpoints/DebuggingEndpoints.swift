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
      return page(answer, "Statusz", text: status, members: statusMembers)
    case "/flagz":
      try Self.checkReading(context)
      return page(answer, "Flagz", text: flagList) {
        ["flags": .object(Object(flags().sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))]
      }
    case "/debug/flags/v": return try await setVerbosity(context)
    default: return nil
    }
  }

  private static func checkReading(_ context: RequestContext) throws(StatusError) {
    guard ["GET", "HEAD"].contains(context.http.method) else { throw .methodNotAllowed }
  }

  // MARK: - Pages

  private static let group = "config.k8s.io"
  private static let versions = ["v1alpha1", "v1beta1"]

  /// A page as text or, for who asks for its kind and version, as an object
  /// (`application/json;v=v1beta1;g=config.k8s.io;as=Statusz`).
  private func page(
    _ answer: Answer, _ kind: String, text: () -> String, members: () -> Object
  ) -> HTTPResponse {
    let header = answer.context.http.headers["Accept"].joined(separator: ",")
    if header.isEmpty { return answer.text(text()) }
    for clause in MediaType.accepted(header) {
      switch clause.essence {
      case "text/plain", "text/*", "*/*": return answer.text(text())
      case "application/json", "application/yaml":
        guard clause.parameters["as"] == kind, clause.parameters["g"] == Self.group,
          let version = clause.parameters["v"], Self.versions.contains(version)
        else { continue }
        var object: Object = [
          "kind": .string(kind), "apiVersion": .string("\(Self.group)/\(version)"),
          "metadata": ["name": "kube-apiserver"],
        ]
        for (key, value) in members() { object[key] = value }
        let encoding = OutputFormat.Encoding(rawValue: clause.essence)
        var format = OutputFormat.plainJSON
        if let encoding { format.encoding = encoding }
        return answer.encode(.object(object), code: 200, format: format)
      default: continue
      }
    }
    return answer.text("406 Not Acceptable\n", code: 406)
  }

  private var shownPaths: [String] {
    (["/healthz", "/livez", "/metrics", "/readyz", "/version"] + Self.paths).sorted()
  }
  private static var binaryVersion: String { String(Version.kubernetes.dropFirst()) }
  private static var emulationVersion: String {
    binaryVersion.prefix { $0 != "-" }.split(separator: ".").prefix(2).joined(separator: ".")
  }
  private static var builtWith: String { "none, this is Drydock \(Version.drydock)" }

  private func statusMembers() -> Object {
    [
      "startTime": .string(started.rfc3339),
      "uptimeSeconds": .int(clock.duration(to: .now).components.seconds),
      "goVersion": .string(Self.builtWith), "binaryVersion": .string(Self.binaryVersion),
      "emulationVersion": .string(Self.emulationVersion),
      "paths": .array(shownPaths.map(Value.string)),
    ]
  }

  private func status() -> String {
    let up = clock.duration(to: .now).components.seconds
    return """

      kube-apiserver statusz
      \(Self.warning)

      Started: \(UnixDate.text(started))
      Up: \(up / 3600) hr \(Self.padded(up / 60 % 60)) min \(Self.padded(up % 60)) sec
      Go version: \(Self.builtWith)
      Binary version: \(Self.binaryVersion)
      Emulation version: \(Self.emulationVersion)
      Paths: \(shownPaths.joined(separator: " "))

      """
  }

  private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private func flagList() -> String {
    "\nkube-apiserver flagz\n\(Self.warning)\n"
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

/// A time as `date` of Unix prints it: `Wed Oct 16 21:03:43 UTC 2024`.
enum UnixDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func text(_ time: Timestamp) -> String {
    let day = time.seconds >= 0 ? time.seconds / 86400 : 0
    let date = CivilDate(daysSince1970: day)
    // The first of January 1970 was a Thursday.
    let clock = time.rfc3339.split(separator: "T").last?.prefix(8) ?? ""
    let number = date.day < 10 ? " \(date.day)" : "\(date.day)"
    return "\(days[Int(day % 7)]) \(months[date.month - 1]) \(number) \(clock) UTC \(date.year)"
  }
}
