import CEL
import Schema
import Testing
import Values

@testable import KubernetesCEL

/// The expressions of policies are held against the kinds that the policies match.
struct PolicyTypeCheckerTests {
  private static let deployment = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
  private static let configMap = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
  private static let widget = GroupVersionKind(group: "example.com", version: "v1", kind: "Widget")

  private static let documents = OpenAPIDocuments(catalog: .builtIn, version: "v1.36.0", digest: { _ in [] })

  private static let widgetSchema: Value = [
    "type": "object",
    "properties": [
      "spec": [
        "type": "object",
        "properties": [
          "size": ["type": "integer"], "free-form": ["type": "object"], "in": ["type": "string"],
          "import": ["type": "string"],
          "port": ["x-kubernetes-int-or-string": true], "since": ["type": "string", "format": "date-time"],
          "data": ["type": "string", "format": "byte"], "share": ["type": "number"],
          "tags": ["type": "object", "additionalProperties": ["type": "boolean"]],
          "rows": ["type": "array", "items": ["type": "object", "properties": ["id": ["type": "string"]]]],
          "inner": [
            "type": "object", "x-kubernetes-embedded-resource": true,
            "properties": ["spec": ["type": "object"]],
          ],
          "7up": ["type": "string"], "anything": ["x-kubernetes-preserve-unknown-fields": true],
        ],
      ]
    ],
  ]

  /// The warning about one validation; nil where there is none.
  private func warning(
    _ expression: String, _ kinds: [GroupVersionKind] = [deployment], variables: [(String, String)] = [],
    parameters: GroupVersionKind? = nil
  ) throws -> String? {
    func kind(_ kind: GroupVersionKind) throws -> PolicyTypeChecker.Kind {
      let schema = kind == Self.widget ? Self.widgetSchema : Self.documents.schema(of: kind)
      return PolicyTypeChecker.Kind(kind, schema: try #require(schema))
    }
    let spec: Value = [
      "validations": [["expression": .string(expression)]],
      "variables": .array(variables.map { ["name": .string($0.0), "expression": .string($0.1)] }),
    ]
    let checker = PolicyTypeChecker(
      spec: spec, kinds: try kinds.map(kind), parameters: try parameters.map(kind), tag: "1",
      resolve: { Self.documents.component($0) })
    return checker.warnings(spec).first?.text
  }

  @Test(arguments: [
    "object.spec.replicas > 1", "object.metadata.namespace == 'x' && object.metadata.labels['a'] == 'b'",
    "object.spec.template.spec.containers.all(c, c.image.startsWith('x'))",
    "object.spec.strategy.rollingUpdate.maxSurge == 1",
    "oldObject == null || object.metadata == oldObject.metadata",
    "object.metadata.creationTimestamp < timestamp('2026-01-01T00:00:00Z')",
    "request.userInfo.username == 'x' && namespaceObject.metadata.name == 'y'",
    "authorizer.group('').resource('pods').check('get').allowed()",
    "object.spec.template.spec.containers[0].?resources.?claims.hasValue()",
  ])
  func fits(_ expression: String) throws { #expect(try warning(expression) == nil, "\(expression)") }

  @Test(arguments: [
    ("object.replicas > 1", "1:7: undefined field 'replicas'"),
    (
      "object.spec.replicas > '1'",
      "1:22: found no matching overload for '_>_' applied to '(int, string)'"
    ),
    (
      "object.spec + 1 > 2",
      "1:13: found no matching overload for '_+_' applied to '(Deployment1.spec, int)'"
    ),
    (
      "object.spec.template.spec.containers[0] == 1",
      "1:41: found no matching overload for '_==_' applied to "
        + "'(Deployment1.spec.template.spec.containers.@idx, int)'"
    ),
    // Quantities are of more than one type, so that expressions can't be checked with them.
    (
      "object.spec.template.spec.containers.all(c, has(c.resources.limits))", "1:48: undefined field 'limits'"
    ),
    ("params.x == 1", "1:1: undeclared reference to 'params' (in container '')"),
    (
      "authorizer.requestResource.check('get').allowed()",
      "1:11: unexpected failed resolution of 'kubernetes.authorization.Authorizer'"
    ),
    ("object.spec.template.name == 'x'", "1:21: undefined field 'name'"),
  ])
  func isWarnedOf(_ expression: String, _ issue: String) throws {
    let text = try #require(try warning(expression))
    #expect(
      text.hasPrefix("apps/v1, Kind=Deployment: ERROR: <input>:\(issue)\n | \(expression)\n | "), "\(text)")
    #expect(text.hasSuffix("^\n"))
  }

  @Test func eachKindHasAParagraph() throws {
    #expect(
      try warning("object.replicas > 1", [Self.configMap, Self.deployment])
        == """
        /v1, Kind=ConfigMap: ERROR: <input>:1:7: undefined field 'replicas'
         | object.replicas > 1
         | ......^

        apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'
         | object.replicas > 1
         | ......^

        """)
    #expect(try warning("has(object.spec)", [Self.configMap, Self.deployment])?.hasPrefix("/v1, ") == true)
  }

  @Test func variablesHaveTypesToo() throws {
    let variables = [("count", "object.spec.replicas"), ("odd", "object.nothing")]
    #expect(try warning("variables.count > 1", variables: variables) == nil)
    #expect(try warning("variables.odd == 1", variables: variables) == nil, "what has none may be anything")
    #expect(
      try warning("variables.count == 'a'", variables: variables)?.contains("applied to '(int, string)'")
        == true)
    #expect(
      try warning("variables.other == 'a'", variables: variables)?.contains("undefined field 'other'") == true
    )
  }

  @Test func parametersHaveTheTypeOfTheirKind() throws {
    #expect(try warning("params.data['x'] == 'y'", parameters: Self.configMap) == nil)
    #expect(
      try warning("params.size > 1", parameters: Self.configMap)?.contains("undefined field 'size'") == true)
  }

  @Test(
    arguments: [
      ("object.spec.size + 1 > 2", nil), ("object.spec.free__dash__form.x == 1", "undefined field 'x'"),
      ("object.spec.__in__ == 'x'", nil), ("object.spec.import == object.spec.__import__", nil),
      ("object.spec.port == 'http'", nil),
      ("object.spec.port == 80", nil), ("object.spec.since.getFullYear() > 2000", nil),
      ("object.spec.data == b'x'", nil), ("object.spec.share < 0.5", nil), ("object.spec.tags['x']", nil),
      ("object.spec.rows.exists(r, r.id == 'x')", nil), ("object.spec.inner.metadata.name == 'x'", nil),
      ("object.spec.rows[0].id == 1", "applied to '(string, int)'"),
      ("object.spec.anything == 1", "undefined field 'anything'"), ("object.metadata.name == 'x'", nil),
      ("object.metadata.labels == {}", "undefined field 'labels'"),
    ] as [(String, String?)])
  func customKinds(_ expression: String, _ issue: String?) throws {
    let text = try warning(expression, [Self.widget])
    if let issue {
      #expect(text?.contains(issue) == true, "\(expression): \(text ?? "")")
    } else {
      #expect(text == nil, "\(expression)")
    }
  }

  @Test func typesMayContainThemselves() throws {
    let definition = GroupVersionKind(
      group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition")
    let schema = "object.spec.versions[0].schema.openAPIV3Schema"
    #expect(try warning("\(schema).type == 'object'", [definition]) == nil)
    #expect(
      try warning("\(schema).not.type == 'object'", [definition])?.contains("undefined field 'type'") == true)
  }
}
