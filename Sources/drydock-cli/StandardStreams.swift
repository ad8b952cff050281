import Glibc

/// Whole lines to the standard streams, unbuffered, so that whoever waits for one gets it at once.
enum StandardStreams {
  static func print(_ line: String) { write(line, to: STDOUT_FILENO) }

  static func printError(_ line: String) { write(line, to: STDERR_FILENO) }

  private static func write(_ line: String, to descriptor: Int32) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return
      }
      bytes = bytes.dropFirst(count)
    }
  }
}
