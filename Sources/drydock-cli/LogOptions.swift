import APIServer
import ArgumentParser
import Drydock
import Logging

/// Flags about logs, which go to standard error.
struct LogOptions: ParsableArguments {
  @Option(
    help: "The least important level that is logged: trace, debug, info, notice, warning, error, critical.")
  var logLevel = "warning"

  @Option(help: "The form of a line: text or json.")
  var loggingFormat = "text"

  @Option(
    name: [.customLong("v"), .customShort("v", allowingJoined: true)],
    help: "How much is logged, from 0 to 10; from 3 on a line for each request.")
  var verbosity = 0

  @Option(
    help: ArgumentHelp(
      "Numbers like that of --v for single modules, comma-separated: audit, authentication, authorization, "
        + "controllers, http, httplog, tls, trace, tracing.",
      valueName: "module=N,…"))
  var vmodule: [String] = []

  func apply(to settings: inout DrydockConfiguration) throws {
    guard (0...10).contains(verbosity) else { throw ValidationError("--v must be from 0 to 10") }
    var modules: [String: Int] = [:]
    for text in Lists.split(vmodule) {
      let parts = text.split(separator: "=")
      guard parts.count == 2, let number = Int(parts[1]), (0...10).contains(number) else {
        throw ValidationError("--vmodule: \(text) is not of the form module=N")
      }
      modules[String(parts[0])] = number
    }
    settings.verbosity = LogVerbosity(verbosity, modules: modules)
  }

  func logger(_ verbosity: LogVerbosity) throws -> Logger {
    guard let level = Logger.Level(rawValue: logLevel) else {
      throw ValidationError(
        "--log-level: \(logLevel) is none of trace, debug, info, notice, warning, error, critical")
    }
    guard let format = LogHandlerForStandardError.Format(rawValue: loggingFormat) else {
      throw ValidationError("--logging-format: \(loggingFormat) is neither text nor json")
    }
    return Logger(label: "drydock") { _ in
      LogHandlerForStandardError(format: format, level: level, verbosity: verbosity)
    }
  }
}
