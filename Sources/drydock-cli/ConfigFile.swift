import Drydock
import Values

/// `--config`: a YAML mapping of flag names to values.
enum ConfigFile {
  /// The settings as arguments.
  /// - Parameter overridden: settings that are given elsewhere, and so are left out.
  /// - Throws: one line with the file and what is wrong in it.
  static func arguments(_ path: String, without overridden: Set<String>) throws -> [String] {
    let bytes = try Files.read(path, flag: "--config")
    let value: Value
    do {
      value = try YAML.parse(bytes)
    } catch {
      throw ConfigurationError("--config: \(path): \(error.message)")
    }
    guard case .object(let settings) = value else {
      if value.isNull { return [] }
      throw ConfigurationError("--config: \(path): expected a mapping of settings")
    }
    var arguments: [String] = []
    for (name, setting) in settings {
      guard name != "config" else {
        throw ConfigurationError("--config: \(path): config can't be set in itself")
      }
      for text in try texts(setting, name, path) { arguments.append("--\(name)=\(text)") }
    }
    arguments = KubeFlags.normalized(arguments)
    do {
      _ = try DrydockCommand.parseAsRoot(["serve"] + arguments)
    } catch {
      throw ConfigurationError("--config: \(path): \(DrydockCommand.message(for: error))")
    }
    return arguments.filter { KubeFlags.names([$0]).isDisjoint(with: overridden) }
  }

  private static func texts(_ setting: Value, _ name: String, _ path: String) throws -> [String] {
    switch setting {
    case .string(let text): return [text]
    case .bool(let flag): return [flag ? "true" : "false"]
    case .int(let number): return [String(number)]
    case .double(let number): return ["\(number)"]
    case .array(let elements): return try elements.flatMap { try texts($0, name, path) }
    case .null: return []
    case .object: throw ConfigurationError("--config: \(path): \(name) can't be a mapping")
    }
  }
}
