import Dispatch
import Glibc

/// Waits for SIGTERM or SIGINT. Signals that come before ``wait()`` are not lost.
final class SignalWaiter {
  private let stream: AsyncStream<Void>
  private let sources: [any DispatchSourceSignal]

  init() {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    self.stream = stream
    sources = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { continuation.yield() }
      source.resume()
      return source
    }
    // A client that goes away while it is written to is no reason to end.
    signal(SIGPIPE, SIG_IGN)
  }

  func wait() async {
    for await _ in stream { return }
  }
}
