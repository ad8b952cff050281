import Schema
import Values

/// What the annotation `drydock.dev/exec` says: `shell` for the built-in shell alone, or YAML besides it:
///
///     commands:
///     - command: [date]        # or the words in one text
///       stdout: "Tue\n"
///       stderr: ""
///       exitCode: 0
///     files:
///       /etc/motd: "Welcome\n"
struct CommandAnswers: Sendable, Equatable {
  struct Answer: Sendable, Equatable {
    var command: [String]
    var stdout = ""
    var stderr = ""
    var exitCode: Int64 = 0
  }

  var answers: [Answer] = []
  var files: [String: String] = [:]

  /// - Throws: 400 with what is wrong in the annotation.
  init(annotation text: String) throws(StatusError) {
    if text.filter({ !$0.isWhitespace }) == "shell" { return }
    let value: Value
    do throws(YAML.SyntaxError) { value = try YAML.parse(text) } catch {
      throw Self.wrong(error.message)
    }
    guard let members = value.object else { throw Self.wrong("it is neither shell nor a map") }
    for (key, member) in members {
      switch key {
      case "commands":
        for item in member.array ?? [] { answers.append(try Self.answer(item)) }
      case "files":
        for (path, content) in member.object ?? [:] {
          guard let content = content.string else { throw Self.wrong("files[\(path)] is no text") }
          files[path] = content
        }
      default: throw Self.wrong("unknown field \(FieldError.quoted(key))")
      }
    }
  }

  private static func answer(_ item: Value) throws(StatusError) -> Answer {
    let words = item["command"]?.string.map { $0.split(separator: " ").map(String.init) }
    guard let command = words ?? item["command"]?.array?.compactMap(\.string), !command.isEmpty else {
      throw wrong("an element of commands has no command")
    }
    let code = item["exitCode"]?.int ?? 0
    guard (0...255).contains(code) else { throw wrong("exitCode \(code) is not in 0 to 255") }
    return Answer(
      command: command, stdout: item["stdout"]?.string ?? "", stderr: item["stderr"]?.string ?? "",
      exitCode: code)
  }

  /// The answer to a command with exactly these words.
  func answer(to words: [String]) -> Answer? { answers.first { $0.command == words } }

  private static func wrong(_ text: String) -> StatusError {
    .badRequest("annotation \(PodStandIn.exec): \(text)")
  }
}
