import APIServer
import Logging
import Values

/// Writes a line a message to standard error.
struct LogHandlerForStandardError: LogHandler {
  enum Format: String {
    case text, json
  }

  let format: Format
  /// What is logged where the verbosity asks for no more.
  private var level: Logger.Level
  private let verbosity: LogVerbosity
  /// The part of the server that logs; verbosity may be its own.
  private var module = ""
  var metadata: Logger.Metadata = [:]

  init(format: Format, level: Logger.Level, verbosity: LogVerbosity) {
    self.format = format
    self.level = level
    self.verbosity = verbosity
  }

  var logLevel: Logger.Level {
    get { verbosity.level(of: module, atLeast: level) }
    set { level = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set {
      metadata[key] = newValue
      if key == "logger" { module = newValue.map { "\($0)" } ?? "" }
    }
  }

  /// A value that can't be mistaken for more of the line.
  private static func shown(_ value: String) -> String {
    let isPlain =
      !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x7F }
    return isPlain ? value : GoText.quoted(value)
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, own in own }.sorted { $0.key < $1.key }
    let time = Timestamp.now.rfc3339Micro
    var line: String
    switch format {
    case .text:
      line = "\(time) \(event.level.rawValue.uppercased()) \(event.message)"
      for (key, value) in all { line += " \(key)=\(Self.shown("\(value)"))" }
    case .json:
      var object: Object = [
        "ts": .string(time), "level": .string(event.level.rawValue), "msg": .string("\(event.message)"),
      ]
      for (key, value) in all { object[key] = .string("\(value)") }
      line = JSON.text(.object(object))
    }
    StandardStreams.printError(line.split(separator: "\n").joined(separator: " "))
  }
}
