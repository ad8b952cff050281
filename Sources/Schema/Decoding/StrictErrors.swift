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

  /// The error that refuses the request where `fieldValidation=Strict`; nil where nothing was found.
  public static func refusal(_ findings: [String]) -> DecodeError? {
    findings.isEmpty ? nil : DecodeError("strict decoding error: \(findings.joined(separator: ", "))")
  }

  static func unknownField(_ path: String) -> String { "unknown field \(FieldError.quoted(path))" }
}
