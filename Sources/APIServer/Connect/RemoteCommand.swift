import HTTPService
import Schema
import Values

/// One session of `exec` or `attach`: what the stand-in does while the client is there.
struct RemoteCommand: Sendable {
  let standIn: PodStandIn
  let program: CommandAnswers?
  /// What is shown first of a container that is attached to; nil for a command.
  let log: [UInt8]?
  let options: RemoteCommandEndpoint.Options
  let files: ContainerFiles

  func run(on channels: any RemoteCommandChannels) async throws {
    let streams = ClientStreams(channels, options)
    try await channels.begin()
    if let log, !log.isEmpty { try await streams.write(log, to: 1) }
    guard let program else {
      // A container that writes no more and reads nothing: it is there until the client goes.
      while options.stdin, try await streams.read() != nil {}
      return try await channels.finish(nil)
    }
    let key = ContainerFiles.Key(
      pod: standIn.pod["metadata"]?["uid"]?.string ?? "", container: standIn.container.name)
    let shell = Shell(
      program, hostname: standIn.podName, environment: environment, directory: directory,
      kept: files.files(of: key)
    ) { [files] path, content in files.write(path, content, of: key) }
    let command = log == nil ? options.command : ["sh"]
    if log != nil, !options.stdin { return try await channels.finish(nil) }
    guard let status = try await shell.run(command, streams, isTerminal: options.tty) else {
      return try await channels.finish(Self.noSuchCommand(command))
    }
    try await channels.finish(status == 0 ? nil : Self.failed(status, command))
  }

  private var directory: String {
    let path = standIn.container.spec["workingDir"]?.string ?? ""
    return path.hasPrefix("/") ? path : "/"
  }

  /// The container's variables, as far as its spec gives their values.
  private var environment: [(String, String)] {
    var list = [
      ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
      ("HOSTNAME", standIn.podName),
    ]
    for variable in standIn.container.spec["env"]?.array ?? [] {
      if let name = variable["name"]?.string, variable["valueFrom"] == nil {
        list.append((name, variable["value"]?.string ?? ""))
      }
    }
    return list + [("HOME", "/root")]
  }

  /// k8s.io/kubelet, "remotecommand": how an exit status other than 0 is told.
  private static func failed(_ status: Int64, _ command: [String]) -> StatusError {
    StatusError(
      code: 0, reason: "NonZeroExitCode",
      message: "command terminated with non-zero exit code: error executing command "
        + "[\(command.joined(separator: " "))], exit code \(status)",
      details: .init(causes: [.init(reason: "ExitCode", message: String(status))]))
  }

  private static func noSuchCommand(_ command: [String]) -> StatusError {
    .internalError(
      "error executing command in container: exec: \(FieldError.quoted(command.first ?? "")): executable file "
        + "not found in $PATH")
  }
}

/// The client's ends of the streams. With a terminal, what is typed is shown, lines end as terminals end
/// them, and there is one output.
private final class ClientStreams: Shell.Streams {
  private let channels: any RemoteCommandChannels
  private let options: RemoteCommandEndpoint.Options
  private var isAtEnd = false

  init(_ channels: any RemoteCommandChannels, _ options: RemoteCommandEndpoint.Options) {
    self.channels = channels
    self.options = options
    isAtEnd = !options.stdin
  }

  func read() async throws -> [UInt8]? {
    while !isAtEnd {
      switch try await channels.next() {
      case .resize: continue
      case .end: isAtEnd = true
      case .bytes(var bytes):
        guard options.tty else { return bytes }
        // ^D ends the input.
        if let end = bytes.firstIndex(of: 4) {
          isAtEnd = true
          bytes = Array(bytes[..<end])
        }
        bytes = bytes.map { $0 == 0x0D ? 0x0A : $0 }
        try await write(bytes, to: 1)
        if !bytes.isEmpty { return bytes }
      }
    }
    return nil
  }

  func write(_ bytes: [UInt8], to descriptor: Int) async throws {
    let goesOut = descriptor == 1 || options.tty
    guard goesOut ? options.stdout : options.stderr, !bytes.isEmpty else { return }
    var bytes = bytes
    if options.tty {
      bytes = bytes.reduce(into: []) { out, byte in
        if byte == 0x0A, out.last != 0x0D { out.append(0x0D) }
        out.append(byte)
      }
    }
    try await channels.send(bytes, to: goesOut ? .stdout : .stderr)
  }
}
