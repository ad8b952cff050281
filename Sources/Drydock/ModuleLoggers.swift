import Logging

extension Logger {
  /// The logger of a part of the server: lines name it, and `--vmodule` may give it a verbosity of its own.
  func of(_ module: Module) -> Logger {
    var logger = self
    logger[metadataKey: "logger"] = "\(module.rawValue)"
    return logger
  }

  /// The parts that log, besides those of `APIServer`: `httplog` and `trace`.
  enum Module: String, CaseIterable {
    case audit, authentication, authorization, controllers, http, tls, tracing
  }
}
