/// What field validation (KEP-2885) says about fields that are unknown or given twice.
public enum StrictErrors {
  /// No more than this many findings are kept of one document, as in sigs.k8s.io/json.
  public static let limit = 100

  /// The findings in the order in which the server lists them: what the parser noticed, then what the type
  /// does not know.
  /// - Parameters:
  ///   - duplicates: paths of fields that occur twice in one object (JSON), `metadata.name`.
  ///   - yaml: the text of the YAML reader's complaint, where the body was YAML that it found faults with.
  ///   - unknown: the strict errors of ``TypedDecoder``.
  public static func merged(duplicates: [String] = [], yaml: String? = nil, unknown: [String]) -> [String] {
    var all: [String] = []
    if let yaml { all.append(yaml) }
    all += duplicates.map { "duplicate field \(FieldError.quoted($0))" }
    return Array((all + unknown).prefix(limit))
  }

  /// The warnings that tell of a finding: one each for what the YAML reader lists.
  public static func warnings(_ finding: String) -> [String] {
    for prefix in ["yaml: unmarshal errors:\n", "error converting YAML to JSON: yaml: unmarshal errors:\n"] {
      guard finding.hasPrefix(prefix) else { continue }
      return finding.dropFirst(prefix.count).split(separator: "\n", omittingEmptySubsequences: false).map {
        String($0.drop { $0 == " " })
      }
    }
    return [finding]
  }

  /// The error that refuses the request where `fieldValidation=Strict`; nil where nothing was found.
  public static func refusal(_ findings: [String]) -> DecodeError? {
    findings.isEmpty ? nil : DecodeError("strict decoding error: \(findings.joined(separator: ", "))")
  }

  static func unknownField(_ path: String) -> String { "unknown field \(FieldError.quoted(path))" }
}
