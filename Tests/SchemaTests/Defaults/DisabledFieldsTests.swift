import Testing
import Values

@testable import Schema

/// Fields whose features are off by default, and sources of claims that are of no use.
@Suite("Fields that are dropped")
struct DisabledFieldsTests {
  private static func prepared(_ kind: GroupVersionKind, _ json: String, old: String? = nil) throws -> Value {
    var object = try JSON.parse(json)
    if let old {
      Strategy.prepareForUpdate(&object, old: try JSON.parse(old), kind: kind)
    } else {
      Strategy.prepareForCreate(&object, kind: kind)
    }
    return object
  }

  @Test("wherever a type holds them")
  func nested() throws {
    let spec =
      #"{"containers":[{"name":"c","lifecycle":{"stopSignal":"SIGTERM","preStop":{"sleep":{"seconds":1}}}}],"volumes":[{"name":"v","projected":{"sources":[{"clusterTrustBundle":{"path":"p"}},{"secret":{"name":"s"}}]}}]}"#
    let kept: Value = [
      "containers": [["name": "c", "lifecycle": ["preStop": ["sleep": ["seconds": 1]]]]],
      "volumes": [["name": "v", "projected": ["sources": [[:], ["secret": ["name": "s"]]]]]],
    ]
    let pod = try Self.prepared(
      GroupVersion(group: "", version: "v1").kind("Pod"), #"{"metadata":{},"spec":\#(spec)}"#)
    #expect(pod["spec"] == kept)
    let deployment = try Self.prepared(
      GroupVersion(group: "apps", version: "v1").kind("Deployment"),
      #"{"metadata":{},"spec":{"template":{"spec":\#(spec)}}}"#)
    #expect(deployment["spec"]?["template"]?["spec"] == kept)
  }

  @Test(
    "a claim's sources",
    arguments: [
      (#"{"dataSource":{"kind":"ConfigMap","name":"c"}}"#, nil, "{}"),
      (
        #"{"dataSource":{"kind":"PersistentVolumeClaim","name":"c"}}"#, nil,
        #"{"dataSource":{"kind":"PersistentVolumeClaim","name":"c"},"dataSourceRef":{"kind":"PersistentVolumeClaim","name":"c"}}"#
      ),
      (#"{"dataSourceRef":{"apiGroup":"g","kind":"K","name":"c","namespace":"other"}}"#, nil, "{}"),
      (
        #"{"dataSourceRef":{"apiGroup":"g","kind":"K","name":"c"}}"#, nil,
        #"{"dataSourceRef":{"apiGroup":"g","kind":"K","name":"c"},"dataSource":{"apiGroup":"g","kind":"K","name":"c"}}"#
      ),
      // What is stored already stays.
      (
        #"{"dataSource":{"kind":"ConfigMap","name":"c"}}"#,
        #"{"dataSource":{"kind":"ConfigMap","name":"c"}}"#,
        #"{"dataSource":{"kind":"ConfigMap","name":"c"},"dataSourceRef":{"kind":"ConfigMap","name":"c"}}"#
      ),
    ] as [(String, String?, String)])
  func claims(spec: String, old: String?, expected: String) throws {
    let claim = try Self.prepared(
      GroupVersion(group: "", version: "v1").kind("PersistentVolumeClaim"),
      #"{"metadata":{},"spec":\#(spec)}"#,
      old: old.map { #"{"metadata":{},"spec":\#($0)}"# })
    #expect(claim["spec"] == (try JSON.parse(expected)))
  }
}
