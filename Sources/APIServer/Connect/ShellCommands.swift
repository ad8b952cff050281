/// The commands that the built-in shell has.
enum ShellCommands {
  private static let table: [String: @Sendable ([String], Shell, any Shell.Streams) async throws -> Int64] = [
    "echo": echo, "cat": cat, "env": environment, "printenv": printenv, "ls": list,
    "pwd": { _, shell, streams in try await print(shell.workingDirectory, streams) },
    "hostname": { _, shell, streams in try await print(shell.hostName, streams) },
    "whoami": { _, _, streams in try await print("root", streams) },
    "true": { _, _, _ in 0 }, ":": { _, _, _ in 0 }, "false": { _, _, _ in 1 }, "sleep": sleep,
    "tar": ShellArchive.tar, "test": ShellArchive.test, "tail": ShellArchive.tail,
  ]

  /// - Returns: the exit status; nil where there is no such command.
  static func run(
    _ name: String, _ arguments: [String], in shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64? {
    guard let command = table[name] else { return nil }
    return try await command(arguments, shell, streams)
  }

  private static func print(_ text: String, _ streams: any Shell.Streams) async throws -> Int64 {
    try await streams.write(Array("\(text)\n".utf8), to: 1)
    return 0
  }

  private static func fail(
    _ text: String, _ streams: any Shell.Streams, status: Int64 = 1
  ) async throws -> Int64 {
    try await streams.write(Array("\(text)\n".utf8), to: 2)
    return status
  }

  @Sendable private static func echo(
    _ arguments: [String], _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    let endsLine = arguments.first != "-n"
    let text = arguments.dropFirst(endsLine ? 0 : 1).joined(separator: " ")
    try await streams.write(Array((text + (endsLine ? "\n" : "")).utf8), to: 1)
    return 0
  }

  @Sendable private static func cat(
    _ arguments: [String], _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    var status: Int64 = 0
    for path in arguments.isEmpty ? ["-"] : arguments {
      if path == "-" {
        while let bytes = try await streams.read() { try await streams.write(bytes, to: 1) }
      } else if let content = shell.content(of: path) {
        try await streams.write(content, to: 1)
      } else {
        status = try await fail("cat: \(path): No such file or directory", streams)
      }
    }
    return status
  }

  @Sendable private static func environment(
    _ arguments: [String], _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    guard arguments.isEmpty else { return try await fail("env: arguments are not known here", streams) }
    for (name, value) in shell.variables { _ = try await print("\(name)=\(value)", streams) }
    return 0
  }

  @Sendable private static func printenv(
    _ arguments: [String], _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    if arguments.isEmpty { return try await environment([], shell, streams) }
    var status: Int64 = 0
    for name in arguments {
      if let value = shell.variable(name) { _ = try await print(value, streams) } else { status = 1 }
    }
    return status
  }

  /// The names of the files in a folder.
  @Sendable private static func list(
    _ arguments: [String], _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    let path = shell.resolve(arguments.first { !$0.hasPrefix("-") } ?? ".").replacing("/.", with: "")
    if shell.files[path] != nil { return try await print(path, streams) }
    let prefix = path.hasSuffix("/") ? path : path + "/"
    let names = Set(
      shell.files.keys.filter { $0.hasPrefix(prefix) }.compactMap {
        $0.dropFirst(prefix.count).split(separator: "/").first.map(String.init)
      })
    if names.isEmpty, prefix != "/", path != shell.workingDirectory {
      return try await fail("ls: \(path): No such file or directory", streams)
    }
    for name in names.sorted() { _ = try await print(name, streams) }
    return 0
  }

  /// Waits for so many seconds, at most a day.
  @Sendable private static func sleep(
    _ arguments: [String], _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    guard let text = arguments.first, let seconds = Double(text), seconds >= 0 else {
      return try await fail("sleep: invalid number", streams)
    }
    try await Task.sleep(for: .milliseconds(Int64(min(seconds, 86_400) * 1000)))
    return 0
  }
}
