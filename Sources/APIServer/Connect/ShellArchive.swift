/// The commands by which `kubectl cp` copies files: `tar`, `test` and `tail`, as far as that needs them.
enum ShellArchive {
  /// What `tar` was asked to do.
  private struct Request {
    var makes = false
    var takes = false
    var directory = "."
    var archive = "-"
    var paths: [String] = []
  }

  @Sendable static func tar(
    _ arguments: [String], _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    guard let request = request(arguments), request.makes != request.takes, request.archive == "-" else {
      return try await fail("tar: only c and x are known here, with f -, -C and paths", streams, 2)
    }
    return request.makes
      ? try await make(request, shell, streams) : try await take(request, shell, streams)
  }

  private static func request(_ arguments: [String]) -> Request? {
    var request = Request()
    var rest = arguments[...]
    var isFirst = true
    while let argument = rest.popFirst() {
      defer { isFirst = false }
      if argument == "-C" || argument == "--directory" {
        guard let directory = rest.popFirst() else { return nil }
        request.directory = directory
      } else if argument.hasPrefix("--") {
        // How owners and modes are kept is nothing to files that have none.
        guard argument.hasPrefix("--no-") || argument == "--" else { return nil }
      } else if argument.hasPrefix("-") && argument != "-" || isFirst {
        for letter in argument.drop(while: { $0 == "-" }) {
          switch letter {
          case "c": request.makes = true
          case "x": request.takes = true
          case "f":
            guard let archive = rest.popFirst() else { return nil }
            request.archive = archive
          case "m", "o", "p", "h", "v": break
          default: return nil
          }
        }
      } else {
        request.paths.append(argument)
      }
    }
    return request
  }

  private static func make(
    _ request: Request, _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    var files: [TarArchive.File] = []
    var status: Int64 = 0
    for path in request.paths {
      let found = shell.files(at: path, from: request.directory)
      if found.isEmpty {
        status = try await fail("tar: \(path): Cannot stat: No such file or directory", streams, 2)
      }
      files += found.map { .init(name: $0.name, content: $0.content) }
    }
    if request.paths.contains(where: { $0.hasPrefix("/") }) {
      _ = try await fail("tar: Removing leading `/' from member names", streams, 0)
    }
    try await streams.write(TarArchive.bytes(files), to: 1)
    return status
  }

  private static func take(
    _ request: Request, _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    var archive: [UInt8] = []
    while !TarArchive.isComplete(archive), let bytes = try await streams.read() {
      archive += bytes
      guard archive.count <= 2 * ContainerFiles.maximumOfContainer else {
        return try await fail("tar: No space left on device", streams, 2)
      }
    }
    let files: [TarArchive.File]
    do throws(TarArchive.FormatError) { files = try TarArchive.files(archive) } catch {
      return try await fail("tar: \(error.description)", streams, 2)
    }
    for file in files {
      // A name that leads out of the folder is taken for one in it.
      let parts = file.name.split(separator: "/").filter { $0 != "." && $0 != ".." }
      let path = shell.path(parts.joined(separator: "/"), in: request.directory)
      guard shell.write(path, file.content) else {
        return try await fail("tar: \(file.name): No space left on device", streams, 2)
      }
    }
    return 0
  }

  /// `test -d`, `-f`, `-e`: what there is at a path.
  @Sendable static func test(
    _ arguments: [String], _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    guard arguments.count == 2 else {
      return try await fail("test: only -d, -e and -f are known here", streams, 2)
    }
    let isFile = shell.content(of: arguments[1]) != nil
    let isFolder = shell.isFolder(arguments[1])
    switch arguments[0] {
    case "-d": return isFolder ? 0 : 1
    case "-f": return isFile ? 0 : 1
    case "-e": return isFile || isFolder ? 0 : 1
    default: return try await fail("test: only -d, -e and -f are known here", streams, 2)
    }
  }

  /// `tail -c+N`: from the Nth byte on.
  @Sendable static func tail(
    _ arguments: [String], _ shell: Shell, _ streams: any Shell.Streams
  ) async throws -> Int64 {
    let text = arguments.joined().dropFirst(3)
    guard arguments.first?.hasPrefix("-c") == true, arguments.joined().hasPrefix("-c+"),
      let first = Int(text),
      first > 0
    else { return try await fail("tail: only -c+N is known here", streams, 1) }
    var skip = first - 1
    while let bytes = try await streams.read() {
      let rest = bytes.dropFirst(skip)
      skip = max(skip - bytes.count, 0)
      try await streams.write(Array(rest), to: 1)
    }
    return 0
  }

  private static func fail(_ text: String, _ streams: any Shell.Streams, _ status: Int64) async throws
    -> Int64
  {
    try await streams.write(Array("\(text)\n".utf8), to: 2)
    return status
  }
}
