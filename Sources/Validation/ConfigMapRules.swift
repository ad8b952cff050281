import Schema
import Values

/// ConfigMaps.
enum ConfigMapRules {
  /// Of the data together (the size of an etcd value leaves no room for more).
  static let sizeLimit = 1024 * 1024

  static let rules = KindRules(
    checksFinalizers: true,
    content: { object, errors in
      let binary = object["binaryData"]
      var size = 0
      for (key, entry) in object["data"].entries {
        for message in Names.configKey(key) { errors.invalid(entry, showing: .string(key), message) }
        if binary.value?[key] != nil {
          errors.invalid(entry, showing: .string(key), "duplicate of key present in binaryData")
        }
        size += entry.text.utf8.count
      }
      for (key, entry) in binary.entries {
        for message in Names.configKey(key) { errors.invalid(entry, showing: .string(key), message) }
        size += Base64Text.decodedSize(entry.text)
      }
      if size > sizeLimit { errors.append(.tooLong("", maximum: sizeLimit)) }
    },
    change: { new, old, errors in immutable(new, old, ["data", "binaryData"], &errors) },
    steps: [.metadataUpdate, .change, .metadata, .content])

  /// An object that was made immutable keeps its data (KEP-1412).
  static func immutable(_ new: Field, _ old: Value, _ parts: [String], _ errors: inout Findings) {
    guard old["immutable"]?.bool == true else { return }
    let text = "field is immutable when `immutable` is set"
    if !new["immutable"].isTrue { errors.forbidden(new["immutable"], text) }
    for part in parts where (new[part].object ?? [:]) != (old[part]?.object ?? [:]) {
      errors.forbidden(new[part], text)
    }
  }
}

/// Sizes of Base64 texts.
enum Base64Text {
  static func decodedSize(_ text: String) -> Int {
    let padding = text.utf8.suffix(2).filter { $0 == UInt8(ascii: "=") }.count
    return text.utf8.count / 4 * 3 - padding
  }
}
