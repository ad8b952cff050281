import Logging
import Values

/// Writes a line a message to standard error.
struct LogHandlerForStandardError: LogHandler {
  enum Format: String {
    case text, json
  }

  let format: Format
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]

  init(format: Format, logLevel: Logger.Level) {
    self.format = format
    self.logLevel = logLevel
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, own in own }.sorted { $0.key < $1.key }
    let time = Timestamp.now.rfc3339Micro
    var line: String
    switch format {
    case .text:
      line = "\(time) \(event.level.rawValue.uppercased()) \(event.message)"
      for (key, value) in all { line += " \(key)=\(value)" }
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
