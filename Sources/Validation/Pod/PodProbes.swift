import Schema
import Values

/// Probes and lifecycle hooks.
extension PodRules {
  static func probes(_ container: Field, _ context: PodContext, _ errors: inout Findings) {
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] where container[name].isSet {
      let field = container[name]
      handler(field, ["exec", "httpGet", "tcpSocket", "grpc"], context, &errors)
      for part in [
        "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold",
      ] {
        errors.nonNegative(field[part])
      }
      let grace = field["terminationGracePeriodSeconds"]
      if let seconds = grace.int, seconds <= 0 { errors.invalid(grace, "must be greater than 0") }
      if name == "readinessProbe" {
        if grace.isSet { errors.invalid(grace, "must not be set for readinessProbes") }
      } else if field["successThreshold"].number != 1 {
        errors.invalid(
          field["successThreshold"], showing: .int(field["successThreshold"].number), "must be 1")
      }
    }
  }

  static func lifecycle(_ field: Field, _ context: PodContext, _ errors: inout Findings) {
    for hook in ["postStart", "preStop"] where field[hook].isSet {
      handler(field[hook], ["exec", "httpGet", "tcpSocket", "sleep"], context, &errors)
    }
    let signal = field["stopSignal"]
    guard signal.isSet else { return }
    switch context.operatingSystem {
    case nil: errors.forbidden(signal, "may not be set for containers with empty `spec.os.name`")
    case "windows": errors.oneOf(signal, ["SIGKILL", "SIGTERM"])
    case "linux": errors.oneOf(signal, linuxSignals)
    default: break
    }
  }

  private static let linuxSignals: [String] = {
    var names = """
      SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL \
      SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 \
      SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIGRTMIN SIGRTMAX
      """.split(separator: " ").map(String.init)
    names += (1...15).map { "SIGRTMIN+\($0)" } + (1...14).map { "SIGRTMAX-\($0)" }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }()

  private static func handler(
    _ field: Field, _ types: [String], _ context: PodContext, _ errors: inout Findings
  ) {
    var count = 0
    for type in types where field[type].isSet {
      if count > 0 {
        errors.forbidden(field[type], "may not specify more than 1 handler type")
        continue
      }
      count += 1
      action(type, field[type], context, &errors)
    }
    if count == 0 { errors.required(field, "must specify a handler type") }
  }

  private static func action(
    _ type: String, _ field: Field, _ context: PodContext, _ errors: inout Findings
  ) {
    switch type {
    case "exec": if field["command"].isEmpty { errors.required(field["command"]) }
    case "httpGet":
      errors.requireText(field["path"])
      errors.portOrName(field["port"])
      errors.oneOf(field["scheme"], ["HTTP", "HTTPS"])
      for header in field["httpHeaders"].elements {
        for message in headerName(header["name"].text) {
          errors.invalid(field["httpHeaders"], showing: .string(header["name"].text), message)
        }
      }
    case "tcpSocket": errors.portOrName(field["port"])
    case "grpc": errors.port(field["port"])
    case "sleep":
      guard let grace = context.gracePeriod else { return }
      let seconds = field["seconds"].number
      if seconds < 0 || seconds > grace {
        errors.invalid(
          field, showing: .int(seconds),
          "must be non-negative and less than terminationGracePeriodSeconds (\(grace))")
      }
    default: break
    }
  }

  private static func headerName(_ name: String) -> [String] {
    let isGood =
      !name.isEmpty
      && name.utf8.allSatisfy {
        Characters.isAlphanumeric($0) || $0 == UInt8(ascii: "-")
      }
    return isGood
      ? []
      : [
        Names.described(
          "a valid HTTP header must consist of alphanumeric characters or '-'", "[-A-Za-z0-9]+",
          ["X-Header-Name"])
      ]
  }
}
