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

  private static func fromQuery(_ context: RequestContext) throws(StatusError) -> Value {
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
