import Values

/// The shell that stands in for a container: it knows a few commands and what it was told to answer, and does
/// the same every time.
///
/// One task uses it.
final class Shell {
  /// Where a command reads and writes.
  protocol Streams: AnyObject {
    /// The next bytes of standard input; nil at its end.
    func read() async throws -> [UInt8]?
    /// Standard output is 1, standard error 2.
    func write(_ bytes: [UInt8], to descriptor: Int) async throws
  }

  /// No more bytes are held of the output of a command that another one reads.
  static let maximumHeldBytes = 1 << 20
  private static let maximumCommands = 10_000

  private let answers: CommandAnswers
  private(set) var files: [String: [UInt8]]
  private(set) var variables: [(name: String, value: String)]
  private let hostname: String
  private let directory: String
  private var lastStatus: Int64 = 0
  private var commandCount = 0
  private var exitStatus: Int64?
  /// Keeps a file for later commands; false where there is no room.
  private let keep: (String, [UInt8]) -> Bool

  /// - Parameters:
  ///   - environment: in the order in which `env` prints it.
  ///   - directory: the container's working directory.
  ///   - kept: the files that earlier commands wrote.
  ///   - keep: is given those that are written; tells whether there was room.
  init(
    _ answers: CommandAnswers, hostname: String, environment: [(String, String)], directory: String,
    kept: [String: [UInt8]] = [:], keep: @escaping (String, [UInt8]) -> Bool = { _, _ in true }
  ) {
    self.answers = answers
    self.hostname = hostname
    self.directory = directory
    files = answers.files.mapValues { Array($0.utf8) }.merging(kept) { $1 }
    self.keep = keep
    variables = environment.map { (name: $0.0, value: $0.1) }
  }

  /// Runs a command that a client asked for, as a container runtime does.
  /// - Returns: its exit status; nil where there is no such command.
  func run(_ words: [String], _ streams: any Streams, isTerminal: Bool) async throws -> Int64? {
    if let answer = answers.answer(to: words) { return try await give(answer, streams) }
    guard let name = words.first else { return nil }
    let base = name.split(separator: "/").last.map(String.init) ?? name
    if ["sh", "bash", "ash"].contains(base) {
      return try await shell(Array(words.dropFirst()), streams, isTerminal: isTerminal)
    }
    return try await ShellCommands.run(base, Array(words.dropFirst()), in: self, streams)
  }

  /// `sh -c SCRIPT`, or a shell that reads its commands from standard input line by line.
  private func shell(_ arguments: [String], _ streams: any Streams, isTerminal: Bool) async throws -> Int64 {
    var arguments = arguments
    var isScript = false
    while let option = arguments.first, option.hasPrefix("-"), option != "-" {
      isScript = isScript || option.contains("c")
      arguments.removeFirst()
    }
    if isScript {
      guard let script = arguments.first else {
        try await complain("sh: -c requires an argument\n", streams)
        return 2
      }
      return try await run(script: script, streams)
    }
    if let path = arguments.first, path != "-" {
      guard let content = files[resolve(path)] else {
        try await complain("sh: \(path): No such file or directory\n", streams)
        return 127
      }
      return try await run(script: String(decoding: content, as: UTF8.self), streams)
    }
    return try await interactive(streams, isTerminal: isTerminal)
  }

  private func interactive(_ streams: any Streams, isTerminal: Bool) async throws -> Int64 {
    let input = LineReader(streams)
    while exitStatus == nil {
      if isTerminal { try await streams.write(Array("$ ".utf8), to: 1) }
      guard let line = try await input.line() else { break }
      lastStatus = try await run(script: line, input)
    }
    return exitStatus ?? lastStatus
  }

  /// Runs a script; what is wrong with it is told on standard error.
  private func run(script: String, _ streams: any Streams) async throws -> Int64 {
    let items: [ShellParser.Item]
    do throws(ShellParser.SyntaxError) { items = try ShellParser.parse(script) } catch {
      try await complain("sh: syntax error: \(error.message)\n", streams)
      lastStatus = 2
      return 2
    }
    return try await run(items, streams)
  }

  private func run(_ items: [ShellParser.Item], _ streams: any Streams) async throws -> Int64 {
    for item in items where exitStatus == nil {
      switch item.connector {
      case .always: break
      case .onSuccess: if lastStatus != 0 { continue }
      case .onFailure: if lastStatus == 0 { continue }
      }
      var status = try await pipeline(item.commands, streams)
      if item.isNegated, exitStatus == nil { status = status == 0 ? 1 : 0 }
      lastStatus = status
    }
    return exitStatus ?? lastStatus
  }

  /// One after the other, each reading what the one before it wrote.
  private func pipeline(_ commands: [ShellParser.Command], _ streams: any Streams) async throws -> Int64 {
    var input: [UInt8]?
    var status: Int64 = 0
    for (index, command) in commands.enumerated() {
      let isLast = index == commands.count - 1
      let redirected = RedirectedStreams(streams, input: input, holdsOutput: !isLast)
      status = try await simple(command, redirected)
      // What ends a part of a pipeline ends no more than that part.
      if commands.count > 1 { exitStatus = nil }
      input = redirected.held
    }
    return status
  }

  private func simple(_ command: ShellParser.Command, _ streams: RedirectedStreams) async throws -> Int64 {
    commandCount += 1
    guard commandCount <= Self.maximumCommands else {
      try await complain("sh: too many commands\n", streams)
      exitStatus = 2
      return 2
    }
    var words: [String] = []
    for word in command.words { words += try await expand(word, streams) }
    for redirection in command.redirections {
      if let message = try await redirect(redirection, streams) {
        try await complain("sh: \(message)\n", streams)
        return 1
      }
    }
    let before = variables
    for assignment in command.assignments {
      let value = try await expand(assignment.value, streams).joined(separator: " ")
      set(assignment.name, value)
    }
    guard let name = words.first else { return 0 }
    defer { if !command.assignments.isEmpty { variables = before } }
    let status = try await self.command(name, Array(words.dropFirst()), streams)
    var isFull = false
    streams.keepFiles { path, content in isFull = !write(path, content) || isFull }
    if isFull {
      try await complain("sh: write error: No space left on device\n", streams)
      return 1
    }
    return status
  }

  private func command(_ name: String, _ arguments: [String], _ streams: any Streams) async throws -> Int64 {
    if let answer = answers.answer(to: [name] + arguments) { return try await give(answer, streams) }
    switch name {
    case "exit":
      let status = arguments.first.map { Int64($0).map { $0 & 255 } ?? 2 } ?? lastStatus
      exitStatus = status
      return status
    case "export":
      for argument in arguments {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { set(String(parts[0]), String(parts[1])) }
      }
      return 0
    case "unset":
      variables.removeAll { arguments.contains($0.name) }
      return 0
    default: break
    }
    if let status = try await run([name] + arguments, streams, isTerminal: false) { return status }
    try await complain("sh: \(name): not found\n", streams)
    return 127
  }

  private func give(_ answer: CommandAnswers.Answer, _ streams: any Streams) async throws -> Int64 {
    if !answer.stdout.isEmpty { try await streams.write(Array(answer.stdout.utf8), to: 1) }
    if !answer.stderr.isEmpty { try await streams.write(Array(answer.stderr.utf8), to: 2) }
    return answer.exitCode
  }

  private func complain(_ text: String, _ streams: any Streams) async throws {
    try await streams.write(Array(text.utf8), to: 2)
  }

  // MARK: - Words

  private func expand(_ word: ShellParser.Word, _ streams: any Streams) async throws -> [String] {
    var words: [String] = []
    var current: String?
    func add(_ text: String, splits: Bool) {
      guard splits else {
        current = (current ?? "") + text
        return
      }
      var parts = text.split(omittingEmptySubsequences: false) { $0.isWhitespace }
      if let first = parts.first, !first.isEmpty || parts.count == 1 {
        if !first.isEmpty { current = (current ?? "") + first }
        parts.removeFirst()
      }
      for part in parts {
        if let done = current { words.append(done) }
        current = part.isEmpty ? nil : String(part)
      }
    }
    for piece in word {
      switch piece {
      case .text(let text): add(text, splits: false)
      case .variable(let name, let isQuoted): add(value(of: name), splits: !isQuoted)
      case .substitution(let items, let isQuoted):
        let held = RedirectedStreams(streams, input: nil, holdsOutput: true)
        lastStatus = try await run(items, held)
        exitStatus = nil
        var text = String(decoding: held.held ?? [], as: UTF8.self)
        while text.last == "\n" { text.removeLast() }
        add(text, splits: !isQuoted)
      }
    }
    if let current { words.append(current) }
    return words
  }

  private func value(of name: String) -> String {
    switch name {
    case "?": String(lastStatus)
    case "$": "1"
    case "#": "0"
    case "0": "sh"
    default: variable(name) ?? ""
    }
  }

  func variable(_ name: String) -> String? { variables.last { $0.name == name }?.value }

  private func set(_ name: String, _ value: String) {
    if let index = variables.firstIndex(where: { $0.name == name }) {
      variables[index].value = value
    } else {
      variables.append((name, value))
    }
  }

  /// - Returns: why it can't be, if it can't.
  private func redirect(
    _ redirection: ShellParser.Redirection, _ streams: RedirectedStreams
  ) async throws -> String? {
    switch redirection.target {
    case .descriptor(let other): streams.join(redirection.descriptor, with: other)
    case .file(let word, let appends):
      let path = resolve(try await expand(word, streams).joined(separator: " "))
      streams.write(redirection.descriptor, into: path, after: appends ? files[path] ?? [] : [])
    case .input(let word):
      let name = try await expand(word, streams).joined(separator: " ")
      guard let content = content(of: name) else { return "\(name): No such file or directory" }
      streams.read(content)
    }
    return nil
  }

  // MARK: - What commands ask for

  func content(of path: String) -> [UInt8]? { path == "/dev/null" ? [] : files[resolve(path)] }

  /// Writes a file.
  /// - Returns: false where there is no room for it.
  func write(_ path: String, _ content: [UInt8]) -> Bool {
    guard keep(path, content) else { return false }
    files[path] = content
    return true
  }

  /// A name as seen from a folder.
  func path(_ name: String, in folder: String) -> String {
    if name.hasPrefix("/") { return name }
    var base = resolve(folder)
    if base.hasSuffix("/.") { base.removeLast(2) }
    while base.hasSuffix("/") { base.removeLast() }
    return "\(base)/\(name)"
  }

  /// The file of that name, or those in the folder of that name, by the names that an archive has for them.
  func files(at path: String, from folder: String) -> [(name: String, content: [UInt8])] {
    var whole = self.path(path, in: folder)
    while whole.count > 1, whole.hasSuffix("/") || whole.hasSuffix("/.") { whole.removeLast() }
    func shown(_ file: String) -> String {
      let name = path.hasPrefix("/") ? file : path + file.dropFirst(whole.count)
      return String(name.drop { $0 == "/" })
    }
    if let content = files[whole] { return [(shown(whole), content)] }
    let prefix = whole.hasSuffix("/") ? whole : whole + "/"
    return files.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }.map {
      (shown($0.key), $0.value)
    }
  }

  /// Whether there is a folder of that name: every one that has files, and those that each container has.
  func isFolder(_ path: String) -> Bool {
    var whole = self.path(path, in: directory)
    while whole.count > 1, whole.hasSuffix("/") { whole.removeLast() }
    if [directory, "/", "/tmp"].contains(whole) { return true }
    return files.keys.contains { $0.hasPrefix(whole + "/") }
  }

  var workingDirectory: String { directory }
  var hostName: String { hostname }

  func resolve(_ path: String) -> String {
    path.hasPrefix("/") ? path : directory == "/" ? "/\(path)" : "\(directory)/\(path)"
  }
}
