import Schema
import Values

/// The streams of a command (k8s.io/apimachinery/pkg/util/remotecommand), however they are carried.
protocol RemoteCommandChannels: Sendable {
  /// Lets the client know which outputs there are.
  func begin() async throws
  func send(_ bytes: [UInt8], to channel: RemoteCommandChannel) async throws
  /// Tells how the command ended.
  /// - Parameter failure: nil for a command that succeeded.
  func finish(_ failure: StatusError?) async throws
  /// The next input; `end` once no more comes.
  func next() async throws -> RemoteCommandInput
}

/// The streams by their numbers on a WebSocket.
enum RemoteCommandChannel: UInt8, Sendable {
  case stdin = 0
  case stdout, stderr, error, resize
  case close = 255
}

/// What comes from the client.
enum RemoteCommandInput: Sendable, Equatable {
  case bytes([UInt8])
  /// `{"Width":80,"Height":24}`, of a terminal.
  case resize
  case end
}

/// How a command's end is told on the stream for errors.
enum RemoteCommandOutcome {
  /// - Parameters:
  ///   - failure: nil for a command that succeeded.
  ///   - asStatus: false for a text in place of a Status, as before version 4.
  /// - Returns: nil where nothing is to be told.
  static func bytes(_ failure: StatusError?, asStatus: Bool) -> [UInt8]? {
    guard asStatus else { return failure.map { Array($0.message.utf8) } }
    var status: Value = ["metadata": [:], "status": "Success"]
    if let failure {
      status = failure.value
      if failure.code == 0 { status["code"] = nil }
    }
    return JSON.encode(status)
  }
}
