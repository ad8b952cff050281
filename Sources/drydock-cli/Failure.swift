import ArgumentParser
import Drydock
import Glibc

/// One clear line for what went wrong, and exit status 1.
enum Failure {
  static func end(_ error: any Error) -> Never {
    // Help and version are no failures.
    if DrydockCommand.exitCode(for: error) == .success { DrydockCommand.exit(withError: error) }
    let text = DrydockCommand.message(for: error)
    if text.isEmpty { DrydockCommand.exit(withError: error) }
    let line = text.split(separator: "\n").joined(separator: " ")
    StandardStreams.printError("drydock: \(line)")
    // Another thread may still be making a key: exit handlers would pull OpenSSL from under it.
    _exit(1)
  }
}
