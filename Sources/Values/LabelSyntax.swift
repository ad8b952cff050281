/// The syntax of label keys and values, and what is wrong with a text that does not follow it
/// (Kubernetes documentation, Labels and Selectors, "Syntax and character set").
public enum LabelSyntax {
  private static let nameProblem =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

  private static let subdomainProblem =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    + "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

  private static let valueProblem =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
    + "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used "
    + "for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

  /// What is wrong with the key of a label or an annotation, in the server's words; empty if nothing.
  public static func keyProblems(_ key: String) -> [String] {
    let parts = key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    var problems: [String] = []
    let name: Substring.UTF8View
    switch parts.count {
    case 1: name = parts[0]
    case 2:
      name = parts[1]
      if parts[0].isEmpty {
        problems.append("prefix part must be non-empty")
      } else {
        problems += subdomainProblems(parts[0]).map { "prefix part " + $0 }
      }
    default:
      return [
        "a valid label key \(nameProblem) with an optional DNS subdomain prefix and '/' "
          + "(e.g. 'example.com/MyName')"
      ]
    }
    if name.isEmpty {
      problems.append("name part must be non-empty")
    } else if name.count > 63 {
      problems.append("name part must be no more than 63 bytes")
    }
    if !isName(name) { problems.append("name part \(nameProblem)") }
    return problems
  }

  /// What is wrong with the value of a label, in the server's words; empty if nothing.
  public static func valueProblems(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 63 { problems.append("must be no more than 63 bytes") }
    if !value.isEmpty, !isName(value.utf8[...]) { problems.append(valueProblem) }
    return problems
  }

  /// What is wrong with a DNS subdomain (RFC 1123), in the server's words; empty if nothing.
  public static func subdomainProblems(_ text: String) -> [String] { subdomainProblems(text.utf8[...]) }

  private static func subdomainProblems(_ text: Substring.UTF8View) -> [String] {
    var problems: [String] = []
    if text.count > 253 { problems.append("must be no more than 253 bytes") }
    let labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let allGood = labels.allSatisfy { label in
      guard let first = label.first, let last = label.last else { return false }
      return isLowerOrDigit(first) && isLowerOrDigit(last)
        && label.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
    }
    if !allGood { problems.append(subdomainProblem) }
    return problems
  }

  private static func isName(_ text: Substring.UTF8View) -> Bool {
    guard let first = text.first, let last = text.last else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && text.allSatisfy {
        isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
      }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLowerOrDigit(byte) || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
  }

  private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
    (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
  }
}
