import Values

/// The forms that names have (k8s.io/apimachinery/pkg/util/validation; RFC 1035, RFC 1123). Each check returns
/// the server's words for what is wrong.
public enum Names {
  public static let label1123Format = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
  public static let subdomainFormat = "\(label1123Format)(\\.\(label1123Format))*"
  private static let qualifiedFormat = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

  private static let label1123Text = described(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
      + "and must start and end with an alphanumeric character", label1123Format, ["my-name", "123-abc"])
  private static let subdomainText = described(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
      + "and must start and end with an alphanumeric character", subdomainFormat, ["example.com"])
  private static let label1035Text = described(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
      + "character, and end with an alphanumeric character", "[a-z]([-a-z0-9]*[a-z0-9])?",
    ["my-name", "abc-123"])
  private static let partText = described(
    "name part must consist of alphanumeric characters, '-', '_' or '.', "
      + "and must start and end with an alphanumeric character", qualifiedFormat,
    ["MyName", "my.name", "123-abc"])
  private static let labelKeyText =
    described(
      "a valid label key must consist of alphanumeric characters, '-', '_' or '.', "
        + "and must start and end with an alphanumeric character", qualifiedFormat,
      ["MyName", "my.name", "123-abc"])
    + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
  private static let labelValueText = described(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
      + "and must start and end with an alphanumeric character", "(\(qualifiedFormat))?",
    ["MyValue", "my_value", "12345"])
  private static let wildcardText = described(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, "
      + "which must consist of lower case alphanumeric characters, '-' or '.' "
      + "and end with an alphanumeric character", "\\*\\.\(subdomainFormat)", ["*.example.com"])
  private static let configKeyText = described(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'", "[-._a-zA-Z0-9]+",
    ["key.name", "KEY_NAME", "key-name"])
  private static let cIdentifierText = described(
    "a valid C identifier must start with alphabetic character or '_', "
      + "followed by a string of alphanumeric characters or '_'", "[A-Za-z_][A-Za-z0-9_]*",
    ["my_name", "MY_NAME", "MyName"])

  /// What a text must look like, with examples and the regular expression that it stands for.
  public static func described(_ text: String, _ format: String, _ examples: [String] = []) -> String {
    if examples.isEmpty { return "\(text) (regex used for validation is '\(format)')" }
    let list = examples.map { "'\($0)', " }.joined(separator: " or ")
    return "\(text) (e.g. \(list)regex used for validation is '\(format)')"
  }

  private static func tooLong(_ count: Int) -> String { "must be no more than \(count) characters" }
  /// Qualified names and label values are measured in bytes, as the words say since Kubernetes 1.34.
  private static func tooManyBytes(_ count: Int) -> String { "must be no more than \(count) bytes" }

  // MARK: - DNS

  public static func dns1123Label(_ text: String) -> [String] {
    var faults: [String] = []
    if text.utf8.count > 63 { faults.append(tooLong(63)) }
    if !Characters.isLabel(text[...]) {
      faults.append(Characters.isSubdomain(text) ? "must not contain dots" : label1123Text)
    }
    return faults
  }

  public static func dns1123Subdomain(_ text: String) -> [String] {
    var faults: [String] = []
    if text.utf8.count > 253 { faults.append(tooLong(253)) }
    if !Characters.isSubdomain(text) { faults.append(subdomainText) }
    return faults
  }

  public static func dns1035Label(_ text: String) -> [String] {
    var faults: [String] = []
    if text.utf8.count > 63 { faults.append(tooLong(63)) }
    if !Characters.isLabel(text[...]) || !(text.utf8.first.map(Characters.isLower) ?? false) {
      faults.append(label1035Text)
    }
    return faults
  }

  public static func wildcardSubdomain(_ text: String) -> [String] {
    var faults: [String] = []
    if text.utf8.count > 253 { faults.append(tooLong(253)) }
    if !text.hasPrefix("*.") || !Characters.isSubdomain(String(text.dropFirst(2))) {
      faults.append(wildcardText)
    }
    return faults
  }

  /// A fully qualified name: a subdomain of at least two labels, with no fault of its own path.
  public static func fullyQualified(_ text: String) -> [String] {
    let faults = dns1123Subdomain(text)
    if !faults.isEmpty { return faults }
    return text.split(separator: ".").count < 2
      ? ["should be a domain with at least two segments separated by dots"] : []
  }

  // MARK: - Keys and values

  /// A name with an optional subdomain before a slash.
  public static func qualified(_ text: String) -> [String] {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    var faults: [String] = []
    if parts.count > 2 { return [labelKeyText] }
    if parts.count == 2 {
      let prefix = String(parts[0])
      if prefix.isEmpty {
        faults.append("prefix part must be non-empty")
      } else {
        if prefix.utf8.count > 253 { faults.append("prefix part " + tooManyBytes(253)) }
        if !Characters.isSubdomain(prefix) { faults.append("prefix part " + subdomainText) }
      }
    }
    let name = parts.last ?? ""
    if name.isEmpty {
      faults.append("name part must be non-empty")
    } else if name.utf8.count > 63 {
      faults.append("name part " + tooManyBytes(63))
    }
    if !Characters.isQualifiedPart(name) { faults.append(partText) }
    return faults
  }

  public static func labelValue(_ text: String) -> [String] {
    var faults: [String] = []
    if text.utf8.count > 63 { faults.append(tooManyBytes(63)) }
    if !text.isEmpty, !Characters.isQualifiedPart(text[...]) { faults.append(labelValueText) }
    return faults
  }

  /// The key of a ConfigMap or Secret.
  public static func configKey(_ text: String) -> [String] {
    var faults: [String] = []
    if text.utf8.count > 253 { faults.append(tooLong(253)) }
    let isGood =
      !text.isEmpty
      && text.utf8.allSatisfy {
        Characters.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
          || $0 == UInt8(ascii: ".")
      }
    if !isGood { faults.append(configKeyText) }
    if text == "." {
      faults.append("must not be '.'")
    } else if text == ".." {
      faults.append("must not be '..'")
    } else if text.hasPrefix("..") {
      faults.append("must not start with '..'")
    }
    return faults
  }

  public static func cIdentifier(_ text: String) -> [String] {
    let isGood =
      !text.isEmpty && !Characters.isDigit(text.utf8.first ?? 0)
      && text.utf8.allSatisfy { Characters.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    return isGood ? [] : [cIdentifierText]
  }

  /// Any printable ASCII but `=` (KEP-4369).
  public static func environmentName(_ text: String) -> [String] {
    let isGood = !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7E && $0 != UInt8(ascii: "=") }
    return isGood
      ? []
      : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
  }

  /// The name of a port (RFC 6335, section 5.1).
  public static func portName(_ text: String) -> [String] {
    var faults: [String] = []
    if text.utf8.count > 15 { faults.append(tooLong(15)) }
    let isGood = text.utf8.allSatisfy {
      Characters.isLower($0) || Characters.isDigit($0) || $0 == UInt8(ascii: "-")
    }
    if !isGood || text.isEmpty {
      faults.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    }
    if !text.utf8.contains(where: Characters.isLower) {
      faults.append("must contain at least one letter (a-z)")
    }
    if text.contains("--") { faults.append("must not contain consecutive hyphens") }
    if text.hasPrefix("-") || text.hasSuffix("-") { faults.append("must not begin or end with a hyphen") }
    return faults
  }

  // MARK: - Names of objects

  /// What no name in a path may be (k8s.io/apimachinery/pkg/api/validation/path).
  public static func pathSegment(_ text: String) -> [String] {
    if text == "." || text == ".." { return ["may not be '\(text)'"] }
    return pathSegmentPrefix(text)
  }

  public static func pathSegmentPrefix(_ text: String) -> [String] {
    ["/", "%"].filter { text.contains($0) }.map { "may not contain '\($0)'" }
  }

  /// A domain-prefixed path such as `acme.io/foo`.
  public static func domainPrefixedPath(_ text: String) -> [String] {
    DomainPrefixedPath.faults(text).map(\.fault)
  }

  /// Without the last hyphen, as the start of a generated name is checked.
  public static func withoutTrailingDash(_ text: String) -> String {
    text.count > 1 && text.hasSuffix("-") ? String(text.dropLast()) + "a" : text
  }
}
