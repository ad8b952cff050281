import Glibc
import Schema
import Values

/// Names of time zones (IANA time zone database, "Theory and pragmatics").
enum TimeZones {
  /// Whether the system's database has the zone. Without a database, every well-formed name counts.
  static func exists(_ name: String) -> Bool {
    if ["", "UTC", "Local"].contains(name) { return true }
    if !isWellFormed(name) { return false }
    let folder = "/usr/share/zoneinfo"
    if access(folder, F_OK) != 0 { return true }
    return access("\(folder)/\(name)", F_OK) == 0
  }

  static func isWellFormed(_ name: String) -> Bool {
    name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      let isGood = part.utf8.allSatisfy { Characters.isAlphanumeric($0) || ".-_+".utf8.contains($0) }
      return (1...14).contains(part.utf8.count) && isGood && part != "." && part != ".."
        && !part.hasPrefix("-")
    }
  }

  static func validate(_ field: Field, _ errors: inout Findings) {
    if !field.isSet { return }
    if !field.hasText { return errors.invalid(field, "timeZone must be nil or non-empty string") }
    let text = "unknown time zone \(field.text)"
    if !isWellFormed(field.text) { return errors.invalid(field, text) }
    if field.text.lowercased() == "local" {
      errors.invalid(
        field, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")
    }
    if !exists(field.text) { errors.invalid(field, text) }
  }
}
