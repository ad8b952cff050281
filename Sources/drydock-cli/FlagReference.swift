import ArgumentParser
import Values

/// The flags of `drydock serve` as the argument parser knows them.
enum FlagReference {
  /// One flag.
  struct Flag {
    var name: String
    var section: String
    var help: String
    var defaultValue: String
    var isRepeating: Bool
  }

  /// All flags, in their order.
  static func flags() -> [Flag] {
    let arguments = (try? JSON.parse(ServeCommand._dumpHelp()))?["command"]?["arguments"]?.array ?? []
    return arguments.compactMap { argument in
      guard argument["kind"]?.string == "option",
        let name = argument["names"]?.array?.first(where: { $0["kind"]?.string == "long" })?["name"]?.string
      else { return nil }
      return Flag(
        name: name, section: argument["sectionTitle"]?.string ?? "General",
        help: argument["abstract"]?.string ?? "", defaultValue: argument["defaultValue"]?.string ?? "",
        isRepeating: argument["isRepeating"]?.bool ?? false)
    }
  }

  /// The page of documentation.
  static func markdown() -> String {
    var text = """
      # Flags of `drydock serve`

      This page is printed by `drydock reference`; change the help in the code, not here. Names and meanings are
      kube-apiserver's. Every flag can also stand in the file of `--config`, its name as the key.

      """
    var section = ""
    for flag in flags() {
      if flag.section != section {
        section = flag.section
        text += "\n## \(section)\n\n| flag | default | meaning |\n|---|---|---|\n"
      }
      let value = flag.defaultValue.isEmpty ? "" : "`\(cell(flag.defaultValue))`"
      text += "| `--\(flag.name)` | \(value) | \(cell(flag.help)) |\n"
    }
    text += """

      ## Accepted and ignored

      These flags of kube-apiserver mean nothing here; each is answered with a warning:

      """
    text += "\n" + KubeFlags.ignoredNames.map { "`--\($0)`" }.joined(separator: ", ") + ".\n"
    return text
  }

  private static func cell(_ text: String) -> String {
    text.split(separator: "\n").joined(separator: " ").replacing("|", with: "\\|")
  }

  /// The flags with the values that a server runs with: the defaults, and what was given.
  static func values(_ arguments: [String]) -> [String: String] {
    var values: [String: String] = [:]
    for flag in flags() { values[flag.name] = flag.defaultValue }
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      guard argument.hasPrefix("--") else { continue }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      var value = parts.count > 1 ? String(parts[1]) : ""
      if parts.count == 1, index < arguments.count, !arguments[index].hasPrefix("--") {
        value = arguments[index]
        index += 1
      }
      values[String(parts[0])] = value
    }
    return values
  }
}

/// `drydock reference`: the documentation of all flags, as Markdown.
struct ReferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reference", abstract: "Print the reference of all flags as Markdown.")

  func run() { print(FlagReference.markdown(), terminator: "") }
}
