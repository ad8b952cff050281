import APIServer
import Schema
import Testing
import Values

@testable import Controllers

/// How CustomResourceDefinitions get their names and how they are served.
struct CustomResourcesTests {
  private func definition(
    _ plural: String = "widgets", kind: String = "Widget", group: String = "example.com",
    short: [String] = [],
    versions: [Value] = [["name": "v1", "served": true, "storage": true]], uid: String = "1"
  ) -> Value {
    [
      "metadata": ["name": .string("\(plural).\(group)"), "uid": .string(uid)],
      "spec": [
        "group": .string(group), "scope": "Namespaced", "versions": .array(versions),
        "names": [
          "plural": .string(plural), "singular": .string(kind.lowercased()), "kind": .string(kind),
          "listKind": .string(kind + "List"), "shortNames": Value(short),
        ],
      ],
    ]
  }

  private func reason(_ definition: Value, _ type: String) -> String? {
    CustomResourceDefinitions.condition(definition, type)?["reason"]?.string
  }

  // MARK: - Names

  @Test func namesThatNobodyHasAreAccepted() {
    let first = CustomResourceNames.outcome(for: definition(), among: [])
    #expect(first["status"]?["acceptedNames"] == first["spec"]?["names"])
    #expect(reason(first, "NamesAccepted") == "NoConflicts")
    #expect(reason(first, "Established") == "Installing")
    #expect(CustomResourceNames.outcome(for: first, among: []) == first)
  }

  @Test(
    arguments: [
      ("widgets2", "Widget", [], "ListKindConflict", #""WidgetList" is already in use"#),
      ("gadgets", "Gadget", ["w"], "ShortNamesConflict", #""w" is already in use"#),
      ("widget", "Gadget", [], "PluralConflict", #""widget" is already in use"#),
    ] as [(String, String, [String], String, String)])
  func namesOfOthersAreRefused(plural: String, kind: String, short: [String], reason: String, message: String)
  {
    let other = CustomResourceNames.outcome(for: definition(short: ["w"]), among: [])
    let second = CustomResourceNames.outcome(
      for: definition(plural, kind: kind, short: short), among: [other])
    #expect(self.reason(second, "NamesAccepted") == reason)
    #expect(CustomResourceDefinitions.condition(second, "NamesAccepted")?["message"]?.string == message)
    #expect(self.reason(second, "Established") == "NotAccepted")
  }

  @Test func otherGroupsHaveNamesOfTheirOwn() {
    let other = CustomResourceNames.outcome(for: definition(), among: [])
    let second = CustomResourceNames.outcome(for: definition(group: "other.example"), among: [other])
    #expect(CustomResourceDefinitions.isTrue(second, "NamesAccepted"))
  }

  @Test func groupsOfKubernetesNeedApproval() {
    var definition = definition(group: "x.k8s.io")
    #expect(
      reason(CustomResourceNames.outcome(for: definition, among: []), "KubernetesAPIApprovalPolicyConformant")
        == "MissingAnnotation")
    definition.set("https://example.com/1", at: ["metadata", "annotations", "api-approved.kubernetes.io"])
    #expect(
      CustomResourceDefinitions.isTrue(
        CustomResourceNames.outcome(for: definition, among: []), "KubernetesAPIApprovalPolicyConformant"))
  }

  // MARK: - Serving

  private func serving(_ definition: Value, before: CustomResourceServing? = nil) -> CustomResourceServing {
    CustomResourceServing.of(CustomResourceNames.outcome(for: definition, among: []), before: before)
  }

  @Test func servesWhatTheDefinitionSays() throws {
    let version: Value = [
      "name": "v1", "served": true, "storage": true, "subresources": ["status": [:]],
      "selectableFields": [["jsonPath": ".spec.color"]],
    ]
    let old: Value = ["name": "v1alpha1", "served": false, "storage": false]
    let serving = serving(definition(short: ["w"], versions: [version, old]))
    #expect(serving.resources.map(\.groupVersion.version) == ["v1"])
    let resource = try #require(serving.resources.first)
    #expect(resource.isCustom && resource.isNamespaced)
    #expect(resource.shortNames == ["w"])
    #expect(resource.subresources.map(\.name) == ["status"])
    let served = try #require(serving.versions[resource.groupVersionKind])
    #expect(served.selectableFields == ["spec.color"])
    #expect(served.types.keys.sorted() == ["example.com/v1", "example.com/v1alpha1"])
  }

  private func renews(_ serving: CustomResourceServing) -> Set<Bool> {
    Set(serving.versions.values.map(\.renewsOnRead))
  }

  @Test func objectsAreRenewedFromTheFirstChangeOfTheStoredSchemaOn() {
    func version(_ schema: Value) -> Value {
      ["name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": schema]]
    }
    let first = serving(definition(versions: [version(["type": "object"])]))
    #expect(renews(first) == [false])
    let renamed = serving(definition(short: ["w"], versions: [version(["type": "object"])]), before: first)
    #expect(renews(renamed) == [false])
    let changed = serving(
      definition(versions: [version(["type": "object", "properties": ["spec": ["type": "object"]]])]),
      before: renamed)
    #expect(renews(changed) == [true])
    let another = serving(definition(versions: [version(["type": "object"])], uid: "2"), before: changed)
    #expect(renews(another) == [false])
  }

  @Test func theOrderOfDiscoveryIsByGroupVersionAndName() {
    func resource(_ group: String, _ version: String, _ name: String) -> APIResource {
      APIResource(
        groupVersion: GroupVersion(group: group, version: version), name: name, singularName: "", kind: name,
        isNamespaced: true, verbs: [])
    }
    let sorted = CustomResourceServing.inDiscoveryOrder([
      resource("b", "v1", "a"), resource("a", "v1", "b"), resource("a", "v2", "a"), resource("a", "v1", "a"),
    ])
    #expect(
      sorted.map { "\($0.groupVersion.group)/\($0.groupVersion.version)/\($0.name)" }
        == ["a/v2/a", "a/v1/a", "a/v1/b", "b/v1/a"])
  }

  @Test func versionsAreInTheOrderOfTheirMaturity() {
    let names = [
      "foo10", "v1", "v10", "v2beta1", "v11alpha2", "v2", "foo1", "v3beta1", "v12alpha1", "v10beta3",
    ]
    #expect(
      names.sorted { CustomResourceVersions.isPreferred($0, to: $1) }
        == ["v10", "v2", "v1", "v10beta3", "v3beta1", "v2beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"])
  }

  @Test func deprecatedVersionsPointToBetterOnes() {
    let all: [Value] = [
      ["name": "v1", "served": true], ["name": "v2", "served": true],
      ["name": "v1beta1", "served": true, "deprecated": true],
    ]
    #expect(
      CustomResourceVersions.warning(all[2], group: "example.com", kind: "Widget", all: all)
        == "example.com/v1beta1 Widget is deprecated; use example.com/v2 Widget")
    #expect(CustomResourceVersions.warning(all[0], group: "example.com", kind: "Widget", all: all) == nil)
    #expect(
      CustomResourceVersions.warning(
        ["name": "v1", "deprecated": true, "deprecationWarning": "gone soon"], group: "", kind: "", all: [])
        == "gone soon")
  }
}
