import Schema
import Values

/// metav1.CreateOptions, UpdateOptions and PatchOptions: what they have in common is read once.
struct WriteOptions: Sendable {
  enum Kind: String, Sendable {
    case create = "CreateOptions"
    case update = "UpdateOptions"
    case patch = "PatchOptions"
  }

  enum FieldValidation: String, Sendable {
    case ignore = "Ignore"
    case strict = "Strict"
    case warn = "Warn"
  }

  let kind: Kind
  var isDryRun = false
  /// The name in managedFields; empty stands for the client's user agent.
  var fieldManager = ""
  var fieldValidation = FieldValidation.warn
  private var isFieldValidationGiven = false
  var force: Bool?

  /// - Parameter isApply: a server-side apply patch, which must name its manager and may be forced.
  /// - Throws: 422 with the causes.
  init(_ context: RequestContext, _ kind: Kind, isApply: Bool = false) throws(StatusError) {
    self.kind = kind
    fieldManager = context.query("fieldManager") ?? ""
    force = kind == .patch ? QueryValues.bool(context.query("force")) : nil
    let dryRun = context.queryAll("dryRun")
    let validation = context.query("fieldValidation") ?? ""

    var errors: [FieldError] = []
    if kind == .patch {
      if isApply {
        if fieldManager.isEmpty {
          errors.append(.required("fieldManager", "is required for apply patch"))
        }
      } else if force != nil {
        errors.append(.forbidden("force", "may not be specified for non-apply patch"))
      }
    }
    errors += Self.managerErrors(fieldManager)
    errors += Self.dryRunErrors(dryRun)
    if !validation.isEmpty {
      if let level = FieldValidation(rawValue: validation) {
        fieldValidation = level
        isFieldValidationGiven = true
      } else {
        errors.append(
          .notSupported("fieldValidation", .string(validation), ["", "Ignore", "Strict", "Warn"]))
      }
    }
    if !errors.isEmpty { throw .invalid(GroupKind(group: "meta.k8s.io", kind: kind.rawValue), "", errors) }
    isDryRun = !dryRun.isEmpty
  }

  static func dryRunErrors(_ values: [String]) -> [FieldError] {
    guard !values.allSatisfy({ $0 == "All" }) else { return [] }
    return [.notSupported("dryRun", Value(values), ["All"])]
  }

  private static func managerErrors(_ manager: String) -> [FieldError] {
    if manager.utf8.count > maximumManagerLength {
      return [.tooLong("fieldManager", maximum: maximumManagerLength)]
    }
    if manager.unicodeScalars.allSatisfy(isPrintable) { return [] }
    return [.invalid("fieldManager", .string(manager), "should only contain printable characters")]
  }

  /// The manager's name, from the option or from what the user agent begins with.
  static func manager(_ option: String, _ context: RequestContext) -> String {
    if !option.isEmpty { return option }
    let agent = context.http.headers.first(name: "User-Agent") ?? ""
    var name = String.UnicodeScalarView()
    var length = 0
    for scalar in agent.unicodeScalars.prefix(while: { $0 != "/" }) where isPrintable(scalar) {
      length += UTF8.width(scalar)
      if length > maximumManagerLength { break }
      name.append(scalar)
    }
    return name.isEmpty ? "unknown" : String(name)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? scalar.value >= 0x20 && scalar.value < 0x7F : GoText.isPrintable(scalar)
  }

  /// Bytes of UTF-8.
  private static let maximumManagerLength = 128

  /// The options as webhooks and admission plugins see them: a patch as the create or update that it is.
  func value(_ kindName: Kind) -> Value {
    var object: Object = ["kind": .string(kindName.rawValue), "apiVersion": "meta.k8s.io/v1"]
    if isDryRun { object["dryRun"] = ["All"] }
    if !fieldManager.isEmpty { object["fieldManager"] = .string(fieldManager) }
    if isFieldValidationGiven { object["fieldValidation"] = .string(fieldValidation.rawValue) }
    return .object(object)
  }
}
