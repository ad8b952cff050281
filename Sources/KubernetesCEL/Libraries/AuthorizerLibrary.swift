import CEL
import Schema
import Values

extension CELType {
  /// Of the variable `authorizer`.
  public static let authorizer = CELType.object("kubernetes.authorization.Authorizer")
  static let pathCheck = CELType.object("kubernetes.authorization.PathCheck")
  static let groupCheck = CELType.object("kubernetes.authorization.GroupCheck")
  /// Of the variable `authorizer.requestResource`.
  public static let resourceCheck = CELType.object("kubernetes.authorization.ResourceCheck")
  static let decision = CELType.object("kubernetes.authorization.Decision")
}

extension Library {
  /// Questions to the authorizer (Kubernetes documentation, "Common Expression Language in Kubernetes",
  /// Kubernetes authorizer library).
  static let authorizer = Library(functions: [
    step("path", "authorizer_path", .authorizer, .pathCheck) { check, path throws(CELError) in
      guard !isBlank(path) else { throw CELError("path must not be empty") }
      check.path = path
    },
    step("group", "authorizer_group", .authorizer, .groupCheck) { $0.group = $1 },
    .init(
      "serviceAccount",
      [
        .member(
          "authorizer_serviceaccount", [.authorizer, .string, .string], .authorizer,
          .ternary { subject, namespace, name throws(CELError) in
            let (namespace, name) = (try namespace.text(), try name.text())
            let faults = Names.dns1123Subdomain(name)
            if !faults.isEmpty { throw CELError("Invalid service account name") }
            if !Names.dns1123Label(namespace).isEmpty { throw CELError("Invalid service account namespace") }
            var subject = try subject.content(CheckSubject.self)
            subject.check = AuthorizationCheck(serviceAccount: .init(namespace: namespace, name: name))
            return .object(OpaqueValue(subject, .authorizer))
          })
      ]),
    step("resource", "groupcheck_resource", .groupCheck, .resourceCheck) { check, resource throws(CELError) in
      guard !isBlank(resource) else { throw CELError("resource must not be empty") }
      check.resource = resource
    },
    step("subresource", "resourcecheck_subresource", .resourceCheck, .resourceCheck) { $0.subresource = $1 },
    step("namespace", "resourcecheck_namespace", .resourceCheck, .resourceCheck) { $0.namespace = $1 },
    step("name", "resourcecheck_name", .resourceCheck, .resourceCheck) { $0.name = $1 },
    step("fieldSelector", "authorizer_fieldselector", .resourceCheck, .resourceCheck) { check, text in
      check.fieldSelector = try? FieldSelector(parsing: text)
    },
    step("labelSelector", "authorizer_labelselector", .resourceCheck, .resourceCheck) { check, text in
      check.labelSelector = try? LabelSelector(parsing: text)
    },
    .init(
      "check",
      [
        .member("pathcheck_check", [.pathCheck, .string], .decision, .binary(decide)),
        .member("resourcecheck_check", [.resourceCheck, .string], .decision, .binary(decide)),
      ]),
    answer("errored", "decision_errored", .bool) { .bool($0.error != nil) },
    answer("error", "decision_error", .string) { .string($0.error ?? "") },
    answer("allowed", "decision_allowed", .bool) { .bool($0.isAllowed) },
    answer("reason", "decision_reason", .string) { .string($0.reason) },
  ])

  private static func isBlank(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
  }

  /// A function that sets a part of a check.
  private static func step(
    _ name: String, _ id: String, _ from: CELType, _ to: CELType,
    _ set: @escaping @Sendable (inout AuthorizationCheck, String) throws(CELError) -> Void
  ) -> FunctionDeclaration {
    .init(
      name,
      [
        .member(
          id, [from, .string], to,
          .binary { subject, text throws(CELError) in
            var subject = try subject.content(CheckSubject.self)
            try set(&subject.check, try text.text())
            return .object(OpaqueValue(subject, to))
          })
      ])
  }

  @Sendable private static func decide(_ subject: CELValue, _ verb: CELValue) throws(CELError) -> CELValue {
    var subject = try subject.content(CheckSubject.self)
    subject.check.verb = try verb.text()
    return .object(OpaqueValue(try subject.checks.answer(subject.check), .decision))
  }

  private static func answer(
    _ name: String, _ id: String, _ type: CELType,
    _ read: @escaping @Sendable (AuthorizationAnswer) -> CELValue
  ) -> FunctionDeclaration {
    .init(
      name,
      [.member(id, [.decision], type, .unary { answer throws(CELError) in read(try answer.content()) })])
  }
}
