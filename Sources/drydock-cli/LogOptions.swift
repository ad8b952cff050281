import ArgumentParser
import Logging

/// Flags about logs, which go to standard error.
struct LogOptions: ParsableArguments {
  @Option(
    help: "The least important level that is logged: trace, debug, info, notice, warning, error, critical.")
  var logLevel = "warning"

  @Option(help: "The form of a line: text or json.")
  var loggingFormat = "text"

  func logger() throws -> Logger {
    guard let level = Logger.Level(rawValue: logLevel) else {
      throw ValidationError(
        "--log-level: \(logLevel) is none of trace, debug, info, notice, warning, error, critical")
    }
    guard let format = LogHandlerForStandardError.Format(rawValue: loggingFormat) else {
      throw ValidationError("--logging-format: \(loggingFormat) is neither text nor json")
    }
    return Logger(label: "drydock") { _ in LogHandlerForStandardError(format: format, logLevel: level) }
  }
}
