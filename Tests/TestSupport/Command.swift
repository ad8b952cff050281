import Foundation
import Synchronization

/// What a command did.
public struct CommandResult: Sendable, CustomStringConvertible {
  /// The exit status; 128 and the signal's number where a signal ended it.
  public var status: Int32
  public var output: String
  public var error: String

  public var description: String { "exit status \(status)\nstdout: \(output)\nstderr: \(error)" }
}

/// A command that runs beside the test.
public final class Command: Sendable {
  private let folder: TemporaryFolder
  private let status = Mutex<Int32?>(nil)
  public let processIdentifier: Int32

  /// Starts a command.
  /// - Parameters:
  ///   - executable: a path, or a name that is looked for on PATH.
  ///   - environment: set besides the test's own.
  ///   - input: what it reads from standard input, which else is empty.
  ///   - timeout: seconds after which it is killed.
  public init(
    _ executable: String, _ arguments: [String], environment: [String: String] = [:], input: String = "",
    directory: String? = nil, timeout: Int = 60
  ) throws {
    folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable.contains("/") ? executable : "/usr/bin/env")
    process.arguments = (executable.contains("/") ? [] : [executable]) + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, own in own }
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let streams = [
      FileHandle(forReadingAtPath: try folder.write(input, to: "in")),
      FileHandle(forWritingAtPath: try folder.write("", to: "out")),
      FileHandle(forWritingAtPath: try folder.write("", to: "err")),
    ]
    // The command has them now: kept open here they would add up over a thousand commands.
    defer { for stream in streams { try? stream?.close() } }
    process.standardInput = streams[0]
    process.standardOutput = streams[1]
    process.standardError = streams[2]
    let ended = AsyncStream<Int32>.makeStream()
    process.terminationHandler = { process in
      let isSignal = process.terminationReason == .uncaughtSignal
      ended.continuation.yield(process.terminationStatus + (isSignal ? 128 : 0))
    }
    try process.run()
    processIdentifier = process.processIdentifier
    Self.started(processIdentifier)
    let identifier = process.processIdentifier
    let killer = DispatchWorkItem { kill(identifier, SIGKILL) }
    Self.queue.asyncAfter(deadline: .now() + .seconds(timeout), execute: killer)
    Task { [self] in
      for await status in ended.stream {
        killer.cancel()
        _ = Self.running.withLock { $0.remove(identifier) }
        self.status.withLock { $0 = status }
        return
      }
    }
  }

  /// The commands that run now.
  private static let running = Mutex<Set<Int32>>([])

  /// Sees to it that nothing outlives the tests.
  private static let endsAtExit: Void = {
    atexit { for identifier in Command.running.withLock({ $0 }) { kill(identifier, SIGKILL) } }
    return ()
  }()

  private static func started(_ identifier: Int32) {
    endsAtExit
    _ = running.withLock { $0.insert(identifier) }
  }

  private static let queue = DispatchQueue(label: "command time limits")

  /// Runs a command to its end.
  @discardableResult
  public static func run(
    _ executable: String, _ arguments: [String], environment: [String: String] = [:], input: String = "",
    directory: String? = nil, timeout: Int = 60
  ) async throws -> CommandResult {
    try await Command(
      executable, arguments, environment: environment, input: input, directory: directory, timeout: timeout
    ).result()
  }

  /// What it has written to standard output so far.
  public var output: String { read("out") }
  /// What it has written to standard error so far.
  public var error: String { read("err") }
  public var isRunning: Bool { status.withLock { $0 } == nil }

  private func read(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: "\(folder.path)/\(name)") ?? Data(), as: UTF8.self)
  }

  /// Sends a signal, if the command still runs.
  public func signal(_ number: Int32) {
    if isRunning { kill(processIdentifier, number) }
  }

  /// Waits for the end.
  public func result() async throws -> CommandResult {
    while true {
      if let status = status.withLock({ $0 }) {
        return CommandResult(status: status, output: output, error: error)
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}
