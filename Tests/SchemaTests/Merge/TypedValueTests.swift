import Schema
import Testing
import Values

struct TypedValueTests {
  private func pod(_ spec: Value) throws -> TypedValue {
    TypedValue(
      ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"], "spec": spec],
      type: try #require(MergeSample.type("v1", "Pod")))
  }

  private func service(_ spec: Value) throws -> TypedValue {
    TypedValue(["spec": spec], type: try #require(MergeSample.type("v1", "Service")))
  }

  private func findings(_ value: TypedValue) -> String? {
    do throws(TypedError) { try value.validate() } catch { return error.description }
    return nil
  }

  @Test func anItemIsNamedByItsKeysAndTheirDefaults() throws {
    let set = try service(["ports": [["port": 80, "name": "h"]], "selector": ["a": "b"]]).fieldSet
    #expect(
      JSON.text(set.fieldsV1)
        == #"{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{},"f:port":{}}},"f:selector":{}}}"#
    )
  }

  @Test func whatDoesNotFitItsTypeIsNamed() throws {
    let config = try #require(MergeSample.type("v1", "ConfigMap"))
    #expect(findings(TypedValue(["data": "x"], type: config)) == ".data: expected map, got &{x}")
    #expect(
      findings(TypedValue(["data": ["k": 1]], type: config))
        == ".data.k: expected string, got &value.valueUnstructured{Value:1}")
    #expect(findings(TypedValue(["dta": [:]], type: config)) == ".dta: field not declared in schema")
    #expect(
      findings(TypedValue(["immutable": ["a": 1]], type: config))
        == ".immutable: expected boolean, got &{map[a:1]}")
    var list = FieldType(
      .list(FieldType(.object(TypeReference(ObjectType(name: "I", fields: ["id": FieldType(.string)]))))))
    list.listType = .map(keys: ["id"])
    let widget = ObjectType(name: "W", fields: ["n": FieldType(.number), "parts": list])
    #expect(
      findings(TypedValue(["n": "x", "parts": [[:]]], type: widget))
        == """
        errors:
          .n: expected numeric (int or float), got string
          .parts: element 0: associative list with keys has an element that omits key field "id" \
        (and doesn't have default value)
        """)
    #expect(
      findings(try service(["ports": [["port": 80], ["port": 80, "protocol": "TCP"]]]))
        == #".spec.ports: duplicate entries for key [port=80,protocol="TCP"]"#)
    #expect(
      findings(TypedValue(["metadata": ["finalizers": ["a", "a"]]], type: config))
        == #".metadata.finalizers: duplicate entries for key [="a"]"#)
    #expect(findings(try pod(["containers": "x"])) == ".spec.containers: expected list, got &{x}")
  }

  @Test func comparisonNamesWhatChanged() throws {
    let old = try pod([
      "containers": [["name": "a", "image": "a:1"], ["name": "b", "image": "b:1"]],
      "nodeSelector": ["x": "1"],
      "hostname": "h",
    ])
    let new = try pod([
      "containers": [["name": "c", "image": "c:1"], ["name": "a", "image": "a:2"]],
      "nodeSelector": ["x": "2"],
      "dnsConfig": ["nameservers": ["1.1.1.1"]],
    ])
    let changes = old.compare(to: new)
    #expect(
      changes.modified.description
        == ".spec.nodeSelector\n.spec.containers[name=\"a\"].image")
    #expect(
      changes.added.description
        == """
        .spec.dnsConfig
        .spec.containers[name="c"]
        .spec.containers[name="c"].image
        .spec.containers[name="c"].name
        .spec.dnsConfig.nameservers
        """)
    #expect(
      changes.removed.description
        == ".spec.hostname\n.spec.containers[name=\"b\"]\n.spec.containers[name=\"b\"].image\n.spec.containers[name=\"b\"].name"
    )
    #expect(old.compare(to: old).isSame)
  }

  @Test func mergingKeepsWhatIsThereAndTheOrder() throws {
    let live = try pod([
      "containers": [
        ["name": "a", "image": "a"], ["name": "b", "image": "b"], ["name": "c", "image": "c"],
      ],
      "hostname": "h",
    ])
    let merged = try live.merging(
      pod(["containers": [["name": "n"], ["name": "c", "image": "C"], ["name": "z"]]]))
    let containers = merged.value["spec"]?["containers"]?.array ?? []
    #expect(containers.compactMap { $0["name"]?.string } == ["a", "b", "n", "c", "z"])
    #expect(containers[3]["image"] == "C" && merged.value["spec"]?["hostname"] == "h")
    let turned = try live.merging(pod(["containers": [["name": "c"], ["name": "a"]]]))
    #expect(
      turned.value["spec"]?["containers"]?.array?.compactMap { $0["name"]?.string } == ["b", "c", "a"])
  }

  @Test func removingAndExtractingAreEachOthersOpposite() throws {
    let value = try pod([
      "containers": [["name": "a", "image": "a:1"], ["name": "b", "image": "b:1"]], "hostname": "h",
    ])
    let set = FieldSet(paths: [
      [.field("spec"), .field("containers"), .key(of: ["name": "b"])],
      [.field("spec"), .field("containers"), .key(of: ["name": "a"]), .field("image")],
      [.field("spec"), .field("containers"), .key(of: ["name": "a"]), .field("name")],
    ])
    #expect(value.removing(set).value["spec"]?["containers"] == [.null])
    let b = FieldSet(paths: [[.field("spec"), .field("containers"), .key(of: ["name": "b"])]])
    #expect(value.removing(b).value["spec"]?["containers"] == [["name": "a", "image": "a:1"]])
    let spec = value.extracting(FieldSet(paths: set.paths.filter { $0.count > 3 })).value["spec"]
    #expect(spec == ["containers": [["name": "a", "image": "a:1"]]])
  }

  @Test func freeFormFieldsAreOwnedOneByOneAndEmbeddedObjectsWhole() throws {
    let free = ObjectType(name: "T", fields: ["free": FieldType(.any)])
    let set = TypedValue(["free": ["a": ["b": [1, 2]], "c": .null]], type: free).fieldSet
    #expect(
      JSON.text(set.fieldsV1) == #"{"f:free":{"f:a":{".":{},"f:b":{}},"f:c":{}}}"#)
    let revision = TypedValue(
      ["data": ["a": 1]], type: try #require(MergeSample.type("apps/v1", "ControllerRevision")))
    #expect(JSON.text(revision.fieldSet.fieldsV1) == #"{"f:data":{}}"#)
  }

  @Test func aFieldMaySayOtherwiseThanItsType() throws {
    let volume = TypedValue(
      ["spec": ["claimRef": ["name": "c"], "csi": ["nodeStageSecretRef": ["name": "s"]]]],
      type: try #require(MergeSample.type("v1", "PersistentVolume")))
    #expect(
      JSON.text(volume.fieldSet.fieldsV1)
        == #"{"f:spec":{"f:claimRef":{"f:name":{}},"f:csi":{"f:nodeStageSecretRef":{}}}}"#)
  }

  @Test func lawsHoldForRandomObjects() throws {
    var random = MergeRandom(seed: 11)
    let type = try #require(MergeSample.type("v1", "Pod"))
    for _ in 0..<200 {
      let a = TypedValue(RandomPod.value(using: &random), type: type)
      let b = TypedValue(RandomPod.value(using: &random), type: type)
      #expect(a.compare(to: a).isSame)
      let (forth, back) = (a.compare(to: b), b.compare(to: a))
      #expect(forth.added == back.removed && forth.removed == back.added && forth.modified == back.modified)
      #expect(forth.added.intersection(forth.modified).isEmpty)
      let merged = try a.merging(b)
      #expect(try a.merging(a).value == a.value)
      #expect(try merged.merging(b).value == merged.value)
      // Nothing is lost by merging, and what was applied is there.
      #expect(a.compare(to: merged).removed.isEmpty)
      #expect(b.compare(to: merged).removed.isEmpty && b.compare(to: merged).modified.isEmpty)
      #expect(merged.fieldSet == a.fieldSet.union(b.fieldSet))
    }
  }

  @Test(.timeLimit(.minutes(1))) func largeObjectsTakeNoMoreThanTheirSize() throws {
    let type = try #require(MergeSample.type("v1", "Service"))
    let many = (0..<5_000).map { Value.object(["port": .int(Int64($0)), "name": .string("p\($0)")]) }
    let a = TypedValue(["spec": ["ports": .array(many)]], type: type)
    let b = TypedValue(["spec": ["ports": .array(many.reversed())]], type: type)
    #expect(a.compare(to: b).isSame)
    #expect(a.fieldSet.count == 15_000)
    #expect(try a.merging(b).value["spec"]?["ports"]?.array?.count == 5_000)
    #expect(a.removing(b.fieldSet).value["spec"]?["ports"] == .null)
    let entries = Object((0..<20_000).reversed().map { ("k\($0)", Value.string("v")) })
    let config = TypedValue(
      ["data": .object(entries)], type: try #require(MergeSample.type("v1", "ConfigMap")))
    #expect(config.fieldSet.count == 20_000)
    #expect(try FieldSet(fieldsV1: config.fieldSet.fieldsV1) == config.fieldSet)
  }
}

/// Pods made of a few names, so that any two have much in common.
enum RandomPod {
  static func value(using random: inout MergeRandom) -> Value {
    let names = ["a", "b", "c", "d"].shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
    let containers = names.map { name in
      var container: Object = [
        "name": .string(name), "image": .string("i\(Int.random(in: 0...2, using: &random))"),
      ]
      if Bool.random(using: &random) {
        container["ports"] = [["containerPort": .int(.random(in: 1...3, using: &random)), "protocol": "TCP"]]
      }
      if Bool.random(using: &random) {
        container["args"] = ["x", .string("y\(Int.random(in: 0...1, using: &random))")]
      }
      return Value.object(container)
    }
    var spec: Object = ["containers": .array(Array(containers))]
    if Bool.random(using: &random) { spec["hostname"] = .string("h\(Int.random(in: 0...1, using: &random))") }
    if Bool.random(using: &random) { spec["nodeSelector"] = ["x": "1"] }
    var metadata: Object = ["name": "p"]
    if Bool.random(using: &random) {
      metadata["labels"] = .object(Object(names.map { ($0, Value.string("1")) }))
    }
    if Bool.random(using: &random) { metadata["finalizers"] = .array(names.map { .string("x/\($0)") }) }
    return ["apiVersion": "v1", "kind": "Pod", "metadata": .object(metadata), "spec": .object(spec)]
  }
}
