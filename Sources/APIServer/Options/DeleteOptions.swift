import Schema
import Values

/// metav1.DeleteOptions, from the body or, where there is none, from the query.
struct DeleteOptions: Sendable {
  enum Propagation: String, Sendable {
    case foreground = "Foreground"
    case background = "Background"
    case orphan = "Orphan"
  }

  var gracePeriodSeconds: Int64?
  var propagation: Propagation?
  var preconditionUID: String?
  var preconditionResourceVersion: String?
  var isDryRun = false

  /// - Parameter body: the decoded body; nil where the request had none.
  /// - Throws: 400 for what can't be read, 422 for what contradicts itself.
  init(_ context: RequestContext, body: Value?) throws(StatusError) {
    let options = if let body { body } else { try Self.fromQuery(context) }
    gracePeriodSeconds = options["gracePeriodSeconds"]?.int
    preconditionUID = options["preconditions"]?["uid"]?.string
    preconditionResourceVersion = options["preconditions"]?["resourceVersion"]?.string
    let dryRun = options["dryRun"]?.strings ?? []
    isDryRun = !dryRun.isEmpty
    let orphan = options["orphanDependents"]?.bool
    let policy = options["propagationPolicy"]?.string

    var errors: [FieldError] = []
    if orphan != nil, let policy {
      errors.append(
        .invalid(
          "propagationPolicy", .string(policy), "orphanDependents and deletionPropagation cannot be both set")
      )
    }
    if let policy {
      propagation = Propagation(rawValue: policy)
      if propagation == nil {
        errors.append(
          .notSupported("propagationPolicy", .string(policy), ["Foreground", "Background", "Orphan", "nil"]))
      }
    } else if let orphan {
      propagation = orphan ? .orphan : .background
    }
    errors += WriteOptions.dryRunErrors(dryRun)
    if !errors.isEmpty { throw .invalid(GroupKind(group: "meta.k8s.io", kind: "DeleteOptions"), "", errors) }
  }

  static let kind = GroupVersionKind(group: "", version: "v1", kind: "DeleteOptions")

  /// A body decoded by the type of the options. Every group has the kind in its versions.
  /// - Throws: 400.
  static func decoded(_ body: Value, _ context: RequestContext) throws(StatusError) -> Value {
    let apiVersion = body["apiVersion"]?.string ?? ""
    let version = apiVersion.isEmpty ? kind.groupVersion : GroupVersion(apiVersion: apiVersion)
    guard let version else { throw .badRequest("unexpected GroupVersion string: \(apiVersion)") }
    let name = body["kind"]?.string ?? ""
    if !name.isEmpty, name != kind.kind {
      let given = version.kind(name)
      let isKnown = context.served.type(of: given) != nil
      throw .badRequest(
        isKnown
          ? "converting (\(given.version).\(given.kind)) to (v1.DeleteOptions): unknown conversion"
          : GoTypes.notRegistered(given))
    }
    guard let type = TypeTable.builtIn.type(of: kind) else { return body }
    do throws(DecodeError) {
      return try TypedDecoder.decode(body, as: type).value
    } catch {
      throw .badRequest(error.message)
    }
  }

  /// The options in the query, as a document.
  static func fromQuery(_ context: RequestContext) throws(StatusError) -> Value {
    var options = Object()
    if let seconds = try QueryValues.integer(context.query("gracePeriodSeconds")) {
      options["gracePeriodSeconds"] = .int(seconds)
    }
    if let orphan = QueryValues.bool(context.query("orphanDependents")) {
      options["orphanDependents"] = .bool(orphan)
    }
    if let policy = context.query("propagationPolicy") { options["propagationPolicy"] = .string(policy) }
    let dryRun = context.queryAll("dryRun")
    if !dryRun.isEmpty { options["dryRun"] = Value(dryRun) }
    return .object(options)
  }
}
