import Schema
import Testing
import Values

@testable import APIServer

/// What the registry checks of custom objects besides their schema.
struct CustomResourcesTests {
  private func version(_ schema: Value = ["type": "object"], scale: Value? = nil) -> ServedAPI.CustomVersion {
    let structural = StructuralSchema(schema)
    var version = ServedAPI.CustomVersion(
      type: structural.rootType(name: "com.example.v1.Widget"), storageVersion: "v1", listKind: "WidgetList",
      scale: scale)
    version.structural = structural
    return version
  }

  private let scale: Value = [
    "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
    "labelSelectorPath": ".status.selector",
  ]

  private func scope(_ version: ServedAPI.CustomVersion) throws -> ResourceScope {
    let resource = APIResource(
      groupVersion: GroupVersion(group: "example.com", version: "v1"), name: "widgets",
      singularName: "widget",
      kind: "Widget", isNamespaced: true, verbs: ["get", "create"], isCustom: true)
    let served = ServedAPI(
      catalog: APICatalog.builtIn.adding([resource]), customVersions: [resource.groupVersionKind: version])
    return try #require(served.scope(of: resource.groupResource))
  }

  @Test(
    arguments: [
      (["spec": ["replicas": 1]], []), ([:], []),
      (["spec": ["replicas": -1]], [".spec.replicas: Invalid value: -1: should be a non-negative integer"]),
      (
        ["spec": ["replicas": 3_000_000_000]],
        [".spec.replicas: Invalid value: 3000000000: should be less than or equal to 2147483647"]
      ),
      (
        ["spec": "x"],
        [
          ".spec.replicas: Invalid value: 0: .spec.replicas accessor error: x is of the type string, "
            + "expected map[string]interface{}"
        ]
      ),
      (
        ["status": ["replicas": "2", "selector": 1]],
        [
          ".status.replicas: Invalid value: 0: .status.replicas accessor error: 2 is of the type string, expected int64",
          ".status.selector: Invalid value: \"\": .status.selector accessor error: 1 is of the type int64, expected string",
        ]
      ),
    ] as [(Value, [String])])
  func checksWhatScaleShows(object: Value, texts: [String]) {
    #expect(CustomObjects.validateNew(object, version(scale: scale)).map(\.description) == texts)
  }

  @Test func checksResourcesInsideObjects() {
    let version = version([
      "type": "object",
      "properties": [
        "pod": [
          "type": "object", "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true,
        ]
      ],
    ])
    func texts(_ pod: Value) -> [String] {
      CustomObjects.validateNew(["pod": pod], version).map(\.description)
    }
    #expect(texts(["apiVersion": "v1", "kind": "Pod", "metadata": [:]]) == [])
    #expect(texts([:]) == ["pod.apiVersion: Required value", "pod.kind: Required value"])
    #expect(
      texts(["apiVersion": "a/b/c", "kind": "Pod", "metadata": ["labels": ["a": "?"]]]).map { $0.prefix(29) }
        == ["pod.apiVersion: Invalid value", "pod.metadata.labels: Invalid "])
  }

  @Test func aStatusUpdateIsCheckedByTheStatusAlone() {
    let version = version([
      "type": "object",
      "properties": [
        "spec": ["type": "object", "required": ["color"]],
        "status": ["type": "object", "properties": ["phase": ["type": "string"]]],
      ],
    ])
    let findings = CustomObjects.validateChanged(
      ["spec": [:], "status": ["phase": 5]], old: ["spec": ["x": 1]], version, subresource: "status")
    #expect(findings.map(\.path.description) == ["status.phase"])
  }

  private let ruled: Value = [
    "type": "object",
    "properties": [
      "spec": [
        "type": "object", "required": ["low"],
        "properties": ["low": ["type": "integer"], "high": ["type": "integer"]],
        "x-kubernetes-validations": [["rule": "self.low <= self.high", "message": "low is above high"]],
      ],
      "status": [
        "type": "object", "properties": ["phase": ["type": "string"]],
        "x-kubernetes-validations": [["rule": "self.phase != 'bad'"]],
      ],
    ],
  ]

  @Test func rulesAreEvaluatedWhereTheShapeIsRight() {
    let version = version(ruled)
    func texts(_ object: Value) -> [String] {
      CustomObjects.validateNew(object, version).map(\.description)
    }
    #expect(texts(["spec": ["low": 1, "high": 2]]) == [])
    #expect(texts(["spec": ["low": 3, "high": 2]]) == ["spec: Invalid value: low is above high"])
    #expect(
      texts(["spec": ["high": 2]]) == [
        "spec.low: Required value",
        "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; "
          + "correct the existing errors to complete validation",
      ])
  }

  @Test func rulesOfWhatHasNotChangedOnlyWarn() {
    let version = version(ruled)
    let old: Value = ["spec": ["low": 3, "high": 2], "status": ["phase": "good"]]
    func change(_ new: Value, _ subresource: String) -> (errors: [String], warnings: [String]) {
      var warnings: [String] = []
      let errors = CustomObjects.validateChanged(
        new, old: old, version, subresource: subresource, warn: { warnings.append($0) })
      return (errors.map(\.description), warnings)
    }
    let status = change(["spec": ["low": 3, "high": 2], "status": ["phase": "bad"]], "status")
    #expect(status.errors == ["status: Invalid value: failed rule: self.phase != 'bad'"])
    #expect(status.warnings == ["spec: Invalid value: low is above high"])
    #expect(change(["spec": ["low": 4, "high": 2]], "").errors == ["spec: Invalid value: low is above high"])
  }

  @Test func anObjectOfAnotherKindIsRefusedByItsOwnName() throws {
    let scope = try scope(version())
    #expect(throws: Never.self) {
      try CustomObjects.checkType(["apiVersion": "example.com/v1", "kind": "Widget"], scope)
    }
    let error = #expect(throws: StatusError.self) {
      try CustomObjects.checkType(
        ["apiVersion": "example.com/v1", "kind": "Gadget", "metadata": ["name": "x"]], scope)
    }
    #expect(
      error?.message == #"Gadget.example.com "x" is invalid: kind: Invalid value: "Gadget": must be Widget"#)
    #expect(error?.code == 422)
  }

  @Test func objectsAreRenewedWhenTheirDefinitionHasChanged() throws {
    var version = version([
      "type": "object",
      "properties": ["spec": ["type": "object", "properties": ["size": ["type": "integer", "default": 3]]]],
    ])
    let stored: Value = [
      "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "x"], "spec": ["gone": 1],
    ]
    #expect(try scope(version).fromStorage(stored) == stored)
    version.renewsOnRead = true
    let scope = try scope(version)
    #expect(!scope.isStorageVersion)
    #expect(scope.fromStorage(stored)["spec"] == ["size": 3])
  }

  @Test func warnsOfFinalizersWithoutAPath() {
    let object: Value = ["metadata": ["finalizers": ["plain", "a.example/b", "orphan"]]]
    #expect(CustomObjects.warnings(object, old: nil).count == 1)
    #expect(CustomObjects.warnings(object, old: object) == [])
  }

  @Test func aDeletedDefinitionWaitsForItsObjects() {
    var definition: Value = ["metadata": ["name": "widgets.example.com"]]
    CustomResourceDefinitions.markDeleted(&definition)
    #expect(
      definition["metadata"]?["finalizers"]?.strings == ["customresourcecleanup.apiextensions.k8s.io"])
    #expect(
      CustomResourceDefinitions.condition(definition, "Terminating")?["reason"] == "InstanceDeletionPending")
  }

  @Test func theTimeOfAConditionIsThatOfItsStatus() {
    var definition: Value = [
      "status": [
        "conditions": [["type": "A", "status": "True", "lastTransitionTime": "2020-01-01T00:00:00Z"]]
      ]
    ]
    CustomResourceDefinitions.setCondition(&definition, "A", isTrue: true, reason: "r", message: "m")
    #expect(
      CustomResourceDefinitions.condition(definition, "A")?["lastTransitionTime"] == "2020-01-01T00:00:00Z")
    CustomResourceDefinitions.setCondition(&definition, "A", isTrue: false, reason: "r", message: "m")
    #expect(
      CustomResourceDefinitions.condition(definition, "A")?["lastTransitionTime"] != "2020-01-01T00:00:00Z")
  }

  @Test func groupsOfCustomResourcesAreToldFromBuiltInOnes() throws {
    let resource = try scope(version()).resource
    let catalog = APICatalog.builtIn.adding([resource])
    #expect(CustomResourcePaths.isCustom("example.com", in: catalog))
    #expect(!CustomResourcePaths.isCustom("apps", in: catalog))
    #expect(!CustomResourcePaths.isCustom("absent", in: catalog))
  }
}
