import Testing
import Values

@testable import Schema

@Suite struct OpenAPIDocumentsTests {
  static let version = GroupVersion(group: "t.example.com", version: "v1")
  static let widgets = APIResource(
    groupVersion: version, name: "widgets", singularName: "widget", kind: "Widget", isNamespaced: true,
    verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
    subresources: [
      .init(name: "status", kind: version.kind("Widget"), verbs: ["get", "patch", "update"]),
      .init(
        name: "scale", kind: GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"),
        verbs: ["get", "patch", "update"]),
    ], isCustom: true)
  static let schema = CustomSchema(
    kind: version.kind("Widget"), listKind: "WidgetCollection",
    schema: [
      "type": "object",
      "properties": [
        "spec": [
          "type": "object",
          "properties": [
            "size": ["type": "integer", "default": 3], "port": ["x-kubernetes-int-or-string": true],
            "maybe": ["type": "string", "nullable": true],
            "free": [
              "type": "object", "x-kubernetes-preserve-unknown-fields": true,
              "properties": ["a": ["type": "string"]],
            ],
          ],
        ]
      ],
    ])

  /// A digest that differs where the bytes do, nearly always.
  private static let digest: @Sendable ([UInt8]) -> [UInt8] = { bytes in
    var sum: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return (0..<8).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
  }

  private let documents = OpenAPIDocuments(
    catalog: .builtIn.adding([widgets]), custom: [schema], version: "v1.36.0", digest: digest)

  private func document(_ path: String) throws -> Value {
    try JSON.parse(try #require(documents.document(path)).bytes)
  }

  // MARK: - Version 3

  @Test func theIndexNamesEachDocumentByItsHash() throws {
    let paths = try #require(documents.index()["paths"]?.object)
    #expect(paths.contains("api/v1") && paths.contains("apis") && paths.contains("apis/apps"))
    for (path, entry) in paths {
      let hash = try #require(documents.document(path)).hash
      #expect(entry == ["serverRelativeURL": "/openapi/v3/\(path)?hash=\(hash)"])
      #expect(hash.allSatisfy { "0123456789ABCDEF".contains($0) })
    }
    #expect(documents.document("apis/nowhere.example.com/v1") == nil)
    #expect(documents.document("") == nil)
  }

  @Test func everyReferenceIsInItsDocument() throws {
    func references(in value: Value) -> Set<String> {
      switch value {
      case .object(let object):
        object.reduce(into: []) { found, member in
          if member.key == "$ref", let target = member.value.string { found.insert(target) }
          found.formUnion(references(in: member.value))
        }
      case .array(let elements): elements.reduce(into: []) { $0.formUnion(references(in: $1)) }
      default: []
      }
    }
    for path in try #require(documents.index()["paths"]?.object).keys {
      let document = try document(path)
      #expect(document["openapi"] == "3.0.0")
      #expect(document["info"] == ["title": "Kubernetes", "version": "v1.36.0"])
      #expect(document["paths"]?.object?.isEmpty == false)
      let schemas = try #require(document["components"]?["schemas"]?.object)
      for target in references(in: document) where target.hasPrefix("#/components/schemas/") {
        #expect(
          schemas.contains(String(target.dropFirst("#/components/schemas/".count))), "\(path) \(target)")
      }
    }
  }

  @Test func operationsAreNamedAsTheRealServerNamesThem() throws {
    let expected: [String: [String: String]] = [
      "/api/v1/namespaces/{namespace}/pods/{name}": [
        "get": "readCoreV1NamespacedPod", "put": "replaceCoreV1NamespacedPod",
        "patch": "patchCoreV1NamespacedPod", "delete": "deleteCoreV1NamespacedPod",
      ],
      "/api/v1/namespaces/{namespace}/pods": [
        "get": "listCoreV1NamespacedPod", "post": "createCoreV1NamespacedPod",
        "delete": "deleteCoreV1CollectionNamespacedPod",
      ],
      "/api/v1/pods": ["get": "listCoreV1PodForAllNamespaces"],
      "/api/v1/namespaces/{name}": [
        "get": "readCoreV1Namespace", "put": "replaceCoreV1Namespace", "patch": "patchCoreV1Namespace",
        "delete": "deleteCoreV1Namespace",
      ],
      "/api/v1/namespaces/{name}/finalize": ["put": "replaceCoreV1NamespaceFinalize"],
      "/api/v1/namespaces/{namespace}/pods/{name}/log": ["get": "readCoreV1NamespacedPodLog"],
      "/api/v1/namespaces/{namespace}/pods/{name}/eviction": ["post": "createCoreV1NamespacedPodEviction"],
      "/api/v1/namespaces/{namespace}/pods/{name}/exec": [
        "get": "connectCoreV1GetNamespacedPodExec", "post": "connectCoreV1PostNamespacedPodExec",
      ],
      "/api/v1/nodes/{name}/proxy/{path}": [
        "get": "connectCoreV1GetNodeProxyWithPath", "put": "connectCoreV1PutNodeProxyWithPath",
        "post": "connectCoreV1PostNodeProxyWithPath", "delete": "connectCoreV1DeleteNodeProxyWithPath",
        "patch": "connectCoreV1PatchNodeProxyWithPath", "head": "connectCoreV1HeadNodeProxyWithPath",
        "options": "connectCoreV1OptionsNodeProxyWithPath",
      ],
      "/api/v1/watch/namespaces/{namespace}/pods/{name}": ["get": "watchCoreV1NamespacedPod"],
      "/api/v1/watch/pods": ["get": "watchCoreV1PodListForAllNamespaces"],
      "/api/v1/": ["get": "getCoreV1APIResources"],
    ]
    let paths = try #require(try document("api/v1")["paths"]?.object)
    for (path, operations) in expected {
      let item = try #require(paths[path]?.object, "\(path)")
      #expect(Set(item.keys).subtracting(["parameters"]) == Set(operations.keys), "\(path)")
      for (method, id) in operations { #expect(item[method]?["operationId"]?.string == id) }
    }
    let roles = try document("apis/rbac.authorization.k8s.io/v1")["paths"]
    let read = roles?["/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}"]?["get"]
    #expect(read?["operationId"] == "readRbacAuthorizationV1ClusterRole")
    #expect(read?["tags"] == ["rbacAuthorization_v1"])
  }

  @Test func clientsFindWhatAPatchTakes() throws {
    let item = try document("apis/apps/v1")["paths"]?[
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    let patch = try #require(item?["patch"])
    #expect(
      patch["parameters"]?.array?.map { $0["name"]?.string }
        == ["dryRun", "fieldManager", "fieldValidation", "force"])
    #expect(item?["parameters"]?.array?.map { $0["name"]?.string } == ["name", "namespace", "pretty"])
    #expect(patch["x-kubernetes-action"] == "patch")
    #expect(
      patch["x-kubernetes-group-version-kind"] == ["group": "apps", "version": "v1", "kind": "Deployment"])
    #expect(
      patch["requestBody"]?["content"]?.object?.keys == [
        "application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json",
        "application/strategic-merge-patch+json",
      ])
    #expect(
      patch["responses"]?["200"]?["content"]?["application/json"]?["schema"]
        == ["$ref": "#/components/schemas/io.k8s.api.apps.v1.Deployment"])
    #expect(item?["put"]?["requestBody"]?["required"] == true)
    #expect(item?["delete"]?["requestBody"]?["required"] == nil)
  }

  @Test func mergeKeysAndKindsAreInTheSchemas() throws {
    let schemas = try #require(try document("apis/apps/v1")["components"]?["schemas"])
    let containers = schemas["io.k8s.api.core.v1.PodSpec"]?["properties"]?["containers"]
    #expect(containers?["x-kubernetes-patch-merge-key"] == "name")
    #expect(
      schemas["io.k8s.api.apps.v1.Deployment"]?["x-kubernetes-group-version-kind"]
        == [["group": "apps", "version": "v1", "kind": "Deployment"]])
    #expect(
      schemas["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"]?["x-kubernetes-group-version-kind"] == [
        ["group": "", "version": "v1", "kind": "DeleteOptions"],
        ["group": "apps", "version": "v1", "kind": "DeleteOptions"],
      ])
    #expect(schemas["io.k8s.api.batch.v1.Job"] == nil)
  }

  @Test func customResourcesHaveADocument() throws {
    let document = try document("apis/t.example.com/v1")
    let schemas = try #require(document["components"]?["schemas"])
    let widget = try #require(schemas["com.example.t.v1.Widget"])
    #expect(widget["properties"]?.object?.keys == ["apiVersion", "kind", "metadata", "spec"])
    #expect(widget["properties"]?["spec"] == Self.schema.schema["properties"]?["spec"])
    #expect(
      schemas["com.example.t.v1.WidgetCollection"]?["properties"]?["items"]?["items"]
        == ["allOf": [["$ref": "#/components/schemas/com.example.t.v1.Widget"]]])
    let item = document["paths"]?["/apis/t.example.com/v1/namespaces/{namespace}/widgets/{name}"]
    #expect(item?["get"]?["operationId"] == "readTExampleComV1NamespacedWidget")
    #expect(item?["patch"]?["requestBody"]?["content"]?.object?.keys.count == 3)
    let scale = document["paths"]?["/apis/t.example.com/v1/namespaces/{namespace}/widgets/{name}/scale"]
    #expect(scale?["get"]?["x-kubernetes-group-version-kind"]?["kind"] == "Scale")
    #expect(schemas["io.k8s.api.autoscaling.v1.Scale"] != nil)
    #expect(schemas["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"] != nil)
  }

  @Test func whatHasNotChangedIsTakenFromBefore() throws {
    let apps = try #require(documents.document("apis/apps/v1")).hash
    let widgets = try #require(documents.document("apis/t.example.com/v1")).hash
    var schema = Self.schema
    schema.schema = ["type": "object"]
    let after = OpenAPIDocuments(
      catalog: documents.catalog, custom: [schema], version: "v1.36.0", digest: { _ in [0xAB] },
      reusing: documents)
    #expect(after.document("apis/apps/v1")?.hash == apps)
    #expect(widgets != "AB")
    #expect(after.document("apis/t.example.com/v1")?.hash == "AB")
    let other = OpenAPIDocuments(
      catalog: documents.catalog, custom: [schema], version: "v1.37.0", digest: { _ in [0xAB] },
      reusing: documents)
    #expect(other.document("apis/apps/v1")?.hash == "AB")
  }

  // MARK: - Version 2

  @Test func swaggerDescribesEverything() throws {
    let swagger = try JSON.parse(documents.swagger().bytes)
    #expect(swagger["swagger"] == "2.0")
    let definitions = try #require(swagger["definitions"]?.object)
    #expect(
      definitions["io.k8s.api.apps.v1.Deployment"]?["properties"]?["metadata"]
        == ["$ref": "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"])
    #expect(
      definitions["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]
        == ["type": "string", "format": "int-or-string"])
    #expect(definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] == ["type": "string"])
    let options = definitions["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"]
    let kinds = options?["x-kubernetes-group-version-kind"]?.array ?? []
    #expect(kinds.contains(["group": "apps", "version": "v1", "kind": "DeleteOptions"]))
    #expect(kinds.contains(["group": "t.example.com", "version": "v1", "kind": "DeleteOptions"]))
    let patch = swagger["paths"]?["/api/v1/namespaces/{namespace}/pods/{name}"]?["patch"]
    #expect(patch?["consumes"]?.strings.count == 4)
    let names = try (patch?["parameters"]?.array ?? []).map { parameter -> String? in
      guard let target = parameter["$ref"]?.string else { return parameter["name"]?.string }
      let name = String(target.dropFirst("#/parameters/".count))
      return try #require(swagger["parameters"]?[name])["name"]?.string
    }
    #expect(names == ["dryRun", "fieldManager", "fieldValidation", "force", "body"])
  }

  @Test func swaggerSaysNothingAboutACustomFieldThatItsClientsWouldRefuse() throws {
    let swagger = try JSON.parse(documents.swagger().bytes)
    let spec = swagger["definitions"]?["com.example.t.v1.Widget"]?["properties"]?["spec"]?["properties"]
    #expect(spec?["size"] == ["type": "integer"])
    #expect(spec?["port"] == ["x-kubernetes-int-or-string": true])
    #expect(spec?["maybe"] == [:])
    #expect(spec?["free"] == ["type": "object", "x-kubernetes-preserve-unknown-fields": true])
  }
}
