import Values

/// The formats of texts that schemas of custom resources may ask for, each with its check
/// (Kubernetes documentation, "Validation", value `format`; k8s.io/kube-openapi, strfmt).
public enum StringFormats {
  /// The format as it stands in a schema, or an empty text where it is none that is checked for the type.
  static func supported(_ format: String, type: String) -> String {
    switch type {
    case "", "string": checks[normalized(format)] == nil ? "" : format
    case "integer": ["int32", "int64"].contains(format) ? format : ""
    case "number": ["float", "double"].contains(format) ? format : ""
    default: ""
    }
  }

  /// Whether the text has the format; true for formats that are not known.
  public static func matches(_ text: String, _ format: String) -> Bool {
    checks[normalized(format)]?(text) ?? true
  }

  /// Dashes in names of formats don't count.
  private static func normalized(_ format: String) -> String { format.filter { $0 != "-" } }

  private typealias Check = @Sendable (String) -> Bool

  private static let checks: [String: Check] = [
    "bsonobjectid": expression("^[0-9a-fA-F]{24}$"),
    "byte": expression("^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$"),
    "cidr": IPText.isCIDR,
    "creditcard": isCreditCard,
    "date": isDate,
    "datetime": { Timestamp(rfc3339: $0) != nil },
    "duration": isDuration,
    "email": isEmail,
    "hexcolor": expression("^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"),
    "hostname": isHostname,
    "ipv4": { IPText.version($0) == 4 },
    "ipv6": { IPText.version($0) == 6 },
    "isbn": { isISBN10($0) || isISBN13($0) },
    "isbn10": isISBN10,
    "isbn13": isISBN13,
    "k8slongname": { isLongName($0) },
    "k8sshortname": { isShortName($0) },
    "mac": expression(
      "^(?i)([0-9a-f]{2}([:-][0-9a-f]{2}){5}|[0-9a-f]{2}([:-][0-9a-f]{2}){7}|[0-9a-f]{2}([:-][0-9a-f]{2}){19}"
        + "|[0-9a-f]{4}(\\.[0-9a-f]{4}){2}|[0-9a-f]{4}(\\.[0-9a-f]{4}){3}|[0-9a-f]{4}(\\.[0-9a-f]{4}){9})$"),
    "password": { _ in true },
    "quantity": { (try? Quantity($0)) != nil },
    "rgbcolor": expression(
      "^rgb\\(\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*(,\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*){2}\\)$"
    ),
    "ssn": expression("^\\d{3}[- ]?\\d{2}[- ]?\\d{4}$"),
    "uri": isRequestURI,
    "uuid": uuid(version: "[0-9a-f]", variant: "[0-9a-f]"),
    "uuid3": uuid(version: "3", variant: "[0-9a-f]"),
    "uuid4": uuid(version: "4", variant: "[89ab]"),
    "uuid5": uuid(version: "5", variant: "[89ab]"),
  ]

  private static func expression(_ pattern: String) -> Check {
    let expression = try? RegularExpression(pattern)
    return { expression?.matches($0) ?? false }
  }

  private static func uuid(version: String, variant: String) -> Check {
    expression(
      "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?\(version)[0-9a-f]{3}-?\(variant)[0-9a-f]{3}-?[0-9a-f]{12}$")
  }

  // MARK: - Numbers with a check digit

  private static func digits(_ text: String) -> [Int] {
    text.utf8.compactMap { (48...57).contains($0) ? Int($0 - 48) : nil }
  }

  private static func isCreditCard(_ text: String) -> Bool {
    let digits = digits(text)
    guard (13...19).contains(digits.count) else { return false }
    var sum = 0
    for (i, digit) in digits.reversed().enumerated() {
      let doubled = i % 2 == 1 ? digit * 2 : digit
      sum += doubled > 9 ? doubled - 9 : doubled
    }
    return sum % 10 == 0
  }

  private static func isISBN10(_ text: String) -> Bool {
    let characters = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
    guard characters.count == 10 else { return false }
    var sum = 0
    for (i, byte) in characters.enumerated() {
      switch byte {
      case 48...57: sum += (i + 1) * Int(byte - 48)
      case UInt8(ascii: "X") where i == 9: sum += 100
      default: return false
      }
    }
    return sum % 11 == 0
  }

  private static func isISBN13(_ text: String) -> Bool {
    let characters = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
    guard characters.count == 13, characters.allSatisfy({ (48...57).contains($0) }) else { return false }
    let sum = characters.enumerated().reduce(0) { $0 + Int($1.element - 48) * ($1.offset % 2 == 0 ? 1 : 3) }
    return sum % 10 == 0
  }

  // MARK: - Times

  private static func isDate(_ text: String) -> Bool {
    text.utf8.count == 10 && Timestamp(rfc3339: text + "T00:00:00Z") != nil
  }

  /// As Go's time.ParseDuration reads it, or a number and the name of a unit: `22 ns`, `3 days`.
  private static func isDuration(_ text: String) -> Bool { goDuration(text) || namedDuration(text) }

  private static let goDuration = expression("^[-+]?(0|((\\d+(\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+)$")
  private static let namedDuration = expression(
    "^\\s*\\d+\\s*(ns|nanos?|nanoseconds?|us|µs|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?"
      + "|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)\\s*$")

  // MARK: - Names and addresses

  private static let isShortName = expression("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
  private static let longNamePattern = expression(
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")

  private static func isLongName(_ text: String) -> Bool { text.utf8.count <= 253 && longNamePattern(text) }

  private static let hostnamePattern = expression(
    "^([a-zA-Z0-9\\pS\\pL](-?[a-zA-Z0-9\\pS\\pL]{0,62})?"
      + "|([a-zA-Z0-9\\pS\\pL]([-a-zA-Z0-9\\pS\\pL]{0,61}[a-zA-Z0-9\\pS\\pL])?\\.)+"
      + "[a-zA-Z0-9\\pS\\pL](-?[a-zA-Z0-9\\pS\\pL]){1,62})$")

  private static func isHostname(_ text: String) -> Bool {
    text.utf8.count <= 255 && text.split(separator: ".").allSatisfy { $0.utf8.count <= 63 }
      && hostnamePattern(text)
  }

  /// An address, or a name and an address in angle brackets (RFC 5322, section 3.4).
  private static func isEmail(_ text: String) -> Bool { text.utf8.count <= 2048 && emailPattern(text) }

  private static let emailPattern = expression(
    "^\\s*([^<>@]*<)?[^\\s<>@,;:\"()\\[\\]\\\\]+@(\\[[^\\]]+\\]|[^\\s<>@,;:\"()\\[\\]\\\\]+)>?\\s*$")

  /// An absolute URI or an absolute path, as Go's url.ParseRequestURI reads it.
  private static func isRequestURI(_ text: String) -> Bool {
    if text.hasPrefix("/") { return noControls(text) }
    return uriPattern(text) && noControls(text)
  }

  private static let uriPattern = expression(
    "^[a-zA-Z][-a-zA-Z0-9+.]*:(//[^/?#\\s]*([/?#].*)?|[^/].*|/[^/].*)$")

  private static func noControls(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F } }
}

/// Texts of IP addresses, as Go's net.ParseIP and net.ParseCIDR read them.
private enum IPText {
  /// 4 or 6; nil for what is no address.
  static func version(_ text: String) -> Int? {
    guard let address = IPAddress(text), isCanonicalEnough(address, text) else { return nil }
    return text.utf8.contains(UInt8(ascii: ":")) ? 6 : 4
  }

  static func isCIDR(_ text: String) -> Bool {
    guard let block = AddressBlock(text), let slash = text.firstIndex(of: "/") else { return false }
    return isCanonicalEnough(block.address, String(text[..<slash]))
  }

  /// Leading zeros of IPv4 are let through by ``IPAddress`` alone.
  private static func isCanonicalEnough(_ address: IPAddress, _ text: String) -> Bool {
    address.bytes.count == 16 || address.description == text
  }
}
