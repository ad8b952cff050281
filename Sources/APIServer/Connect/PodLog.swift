import Values

/// What a container logged, read from text. A line may be in the format of container runtimes
/// (Kubernetes documentation, "Logging Architecture": CRI logs), which tells its moment:
///
///     2026-01-02T03:04:05.000000006Z stdout F ready
///
/// Any other line is a message as it is, of the moment of the line before it.
struct PodLog: Sendable {
  struct Line: Sendable, Equatable {
    var time: Timestamp
    /// Without the line feed.
    var message: Substring
    /// False for a partial line, which the next one goes on.
    var isWhole = true
  }

  let lines: [Line]

  /// - Parameter started: the moment of the lines before the first that tells its own.
  init(_ text: String, started: Timestamp) {
    var time = started
    var lines: [Line] = []
    for raw in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let parts = raw.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
      if parts.count >= 3, parts[1] == "stdout" || parts[1] == "stderr", parts[2] == "F" || parts[2] == "P",
        let own = Timestamp(rfc3339: String(parts[0]))
      {
        time = own
        lines.append(
          Line(time: own, message: parts.count == 4 ? parts[3] : "", isWhole: parts[2] == "F"))
      } else {
        lines.append(Line(time: time, message: raw))
      }
    }
    if text.isEmpty || text.utf8.last == 0x0A { lines.removeLast() }
    self.lines = lines
  }

  /// What is sent of the log: the lines since a moment, of these the last ones, and of their text so many bytes.
  func text(_ options: PodLogOptions) -> [UInt8] {
    var lines = lines[...]
    if let since = options.since { lines = lines.filter { $0.time >= since }[...] }
    if let tail = options.tailLines { lines = lines.suffix(Int(clamping: tail)) }
    var out: [UInt8] = []
    var begins = true
    for line in lines {
      if options.hasTimestamps, begins { out += Array("\(line.time.rfc3339Fixed) ".utf8) }
      out += Array(line.message.utf8)
      if line.isWhole { out.append(0x0A) }
      begins = line.isWhole
      if let limit = options.limitBytes, out.count >= limit { return Array(out.prefix(Int(clamping: limit))) }
    }
    return out
  }

  /// The lines after the first so many.
  func dropping(_ count: Int) -> PodLog { PodLog(lines: Array(lines.dropFirst(count))) }

  private init(lines: [Line]) { self.lines = lines }
}

extension Timestamp {
  /// With nine digits of the fraction, as kubelets print the moments of logs.
  fileprivate var rfc3339Fixed: String {
    let fraction = String(nanoseconds)
    return rfc3339.dropLast() + "." + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction + "Z"
  }
}
