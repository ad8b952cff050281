/// Streams of which some lead elsewhere: into a file, a buffer, one another.
final class RedirectedStreams: Shell.Streams {
  private enum Output {
    case through(Int)
    case held
    case file(String)
  }

  private let base: any Shell.Streams
  private var input: [UInt8]?
  private var outputs: [Int: Output]
  private var fileContents: [String: [UInt8]] = [:]
  /// What was written to standard output; nil where it is not held.
  private(set) var held: [UInt8]?

  /// - Parameter input: what is read; nil to read on from the base.
  init(_ base: any Shell.Streams, input: [UInt8]?, holdsOutput: Bool) {
    self.base = base
    self.input = input
    held = holdsOutput ? [] : nil
    outputs = [1: holdsOutput ? .held : .through(1), 2: .through(2)]
  }

  func join(_ descriptor: Int, with other: Int) { outputs[descriptor] = outputs[other] }

  func read(_ content: [UInt8]) { input = content }

  func write(_ descriptor: Int, into path: String, after content: [UInt8]) {
    outputs[descriptor] = .file(path)
    fileContents[path] = content
  }

  /// Hands over the files that were written.
  func keepFiles(_ keep: (String, [UInt8]) -> Void) {
    for (path, content) in fileContents where path != "/dev/null" { keep(path, content) }
  }

  func read() async throws -> [UInt8]? {
    guard let rest = input else { return try await base.read() }
    input = []
    return rest.isEmpty ? nil : rest
  }

  func write(_ bytes: [UInt8], to descriptor: Int) async throws {
    switch outputs[descriptor] {
    case .through(let number)?: try await base.write(bytes, to: number)
    case .held?:
      let room = Shell.maximumHeldBytes - (held?.count ?? 0)
      held?.append(contentsOf: bytes.prefix(room))
    case .file(let path)?:
      let count = fileContents[path]?.count ?? 0
      fileContents[path, default: []].append(contentsOf: bytes.prefix(max(Shell.maximumHeldBytes - count, 0)))
    case nil: break
    }
  }
}

/// Takes single lines from standard input; what follows a line is left to the commands that it runs.
final class LineReader: Shell.Streams {
  private let base: any Shell.Streams
  private var rest: [UInt8] = []

  init(_ base: any Shell.Streams) { self.base = base }

  /// The next line without its end; nil at the end of the input.
  func line() async throws -> String? {
    var searched = 0
    while true {
      if let end = rest[searched...].firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
        let line = String(decoding: rest[..<end], as: UTF8.self)
        rest.removeFirst(end + 1)
        return line
      }
      searched = rest.count
      guard rest.count <= Shell.maximumHeldBytes, let more = try await base.read() else {
        defer { rest = [] }
        return rest.isEmpty ? nil : String(decoding: rest, as: UTF8.self)
      }
      rest += more
    }
  }

  func read() async throws -> [UInt8]? {
    if rest.isEmpty { return try await base.read() }
    defer { rest = [] }
    return rest
  }

  func write(_ bytes: [UInt8], to descriptor: Int) async throws {
    try await base.write(bytes, to: descriptor)
  }
}
