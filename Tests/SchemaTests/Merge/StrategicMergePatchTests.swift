import Schema
import Testing
import Values

struct StrategicMergePatchTests {
  private func patch(_ original: Value, with patch: Value) throws -> Value {
    try StrategicMergePatch.apply(patch, to: original, type: try #require(MergeSample.type("v1", "Pod")))
  }

  private func refusal(_ original: Value, with patch: Value) -> PatchError? {
    do { _ = try self.patch(original, with: patch) } catch { return error as? PatchError }
    return nil
  }

  private let two: Value = [
    "spec": ["containers": [["name": "a", "image": "a"], ["name": "b", "image": "b"]]]
  ]

  private func names(_ value: Value) -> [String] {
    value["spec"]?["containers"]?.array?.compactMap { $0["name"]?.string } ?? []
  }

  @Test func itemsAreMergedByTheirKey() throws {
    let result = try patch(two, with: ["spec": ["containers": [["name": "b", "image": "B", "tty": true]]]])
    #expect(
      result["spec"]?["containers"] == [
        ["name": "a", "image": "a"], ["name": "b", "image": "B", "tty": true],
      ])
  }

  @Test func newItemsComeBeforeThoseThatThePatchDoesNotName() throws {
    #expect(names(try patch(two, with: ["spec": ["containers": [["name": "n"]]]])) == ["n", "a", "b"])
    #expect(
      names(try patch(two, with: ["spec": ["containers": [["name": "b"], ["name": "n"]]]])) == [
        "a", "b", "n",
      ])
    #expect(
      names(
        try patch(
          two,
          with: [
            "spec": [
              "containers": [["name": "n"]],
              "$setElementOrder/containers": [["name": "b"], ["name": "n"], ["name": "a"]],
            ]
          ]))
        == ["b", "n", "a"])
  }

  @Test func directivesDeleteAndReplace() throws {
    #expect(
      names(try patch(two, with: ["spec": ["containers": [["name": "a", "$patch": "delete"]]]])) == ["b"])
    #expect(
      names(try patch(two, with: ["spec": ["containers": [["name": "n"], ["$patch": "replace"]]]])) == ["n"])
    #expect(
      try patch(two, with: ["spec": ["$patch": "replace", "hostname": "h"]])["spec"] == ["hostname": "h"])
    #expect(try patch(two, with: ["spec": ["$patch": "delete"]])["spec"] == [:])
  }

  @Test func nullRemovesAndIsNeverAdded() throws {
    let result = try patch(
      ["metadata": ["labels": ["a": "1", "b": "1"]]],
      with: ["metadata": ["labels": ["a": .null, "c": .null], "annotations": ["x": .null, "y": "1"]]])
    #expect(result == ["metadata": ["labels": ["b": "1"], "annotations": ["y": "1"]]])
  }

  @Test func listsOfScalarsAreSetsOrReplaced() throws {
    let original: Value = [
      "metadata": ["finalizers": ["a", "b"]], "spec": ["containers": [["name": "c", "args": ["x"]]]],
    ]
    let more = try patch(original, with: ["metadata": ["finalizers": ["b", "c"]]])
    #expect(more["metadata"]?["finalizers"] == ["a", "b", "c"])
    let less = try patch(original, with: ["metadata": ["$deleteFromPrimitiveList/finalizers": ["a"]]])
    #expect(less["metadata"]?["finalizers"] == ["b"])
    let order = try patch(original, with: ["metadata": ["$setElementOrder/finalizers": ["b", "a"]]])
    #expect(order["metadata"]?["finalizers"] == ["b", "a"])
    let args = try patch(original, with: ["spec": ["containers": [["name": "c", "args": ["y"]]]]])
    #expect(args["spec"]?["containers"] == [["name": "c", "args": ["y"]]])
  }

  @Test func retainKeysNamesWhatStays() throws {
    let original: Value = ["spec": ["volumes": [["name": "v", "emptyDir": [:]]], "containers": []]]
    let result = try patch(
      original,
      with: [
        "spec": [
          "volumes": [["name": "v", "hostPath": ["path": "/x"], "$retainKeys": ["name", "hostPath"]]]
        ]
      ])
    #expect(result["spec"]?["volumes"] == [["name": "v", "hostPath": ["path": "/x"]]])
    let bad = refusal(
      original, with: ["spec": ["volumes": [["name": "v", "hostPath": [:], "$retainKeys": ["name"]]]]])
    #expect(bad?.description == "invalid patch format of retainKeys" && bad?.status.code == 400)
  }

  @Test func directivesAreNotStored() throws {
    let result = try patch(
      ["spec": [:]], with: ["spec": ["containers": [["name": "a"], ["name": "b", "$patch": "delete"]]]])
    #expect(result["spec"]?["containers"] == [["name": "a"]])
  }

  @Test func refusalsSayWhatTheRealServerSays() {
    func message(_ patch: Value) -> String? { refusal(two, with: patch)?.description }
    #expect(
      message(["spec": ["containers": [["image": "x", "ports": [80, 443]]]]])
        == "map: map[image:x ports:[80 443]] does not contain declared merge key: name")
    #expect(
      message(["spec": ["$patch": "explode"]]) == "unknown patch type: explode in map: map[$patch:explode]")
    #expect(
      message(["spec": ["containers": [["name": "a"], "b"]]])
        == "list element types are not identical: [[map[image:a name:a] map[image:b name:b]] [map[name:a] b]]"
    )
    #expect(
      message(["spec": ["$setElementOrder/containers": "x"]])
        == "expected a []interface {}, but received a string")
    #expect(message(["spec": ["$deleteFromPrimitiveListx": []]]) == "invalid patch format of primitive list")
    #expect(message([1]) == "json: cannot unmarshal array into Go value of type map[string]interface {}")
    #expect(
      refusal(["spec": ["foo": ["a": 1]]], with: ["spec": ["foo": ["b": 1]]])?.description
        == #"unable to find api field in struct PodSpec for the json field "foo""#)
    #expect(
      message([
        "spec": [
          "containers": [["name": "b"], ["name": "a"]],
          "$setElementOrder/containers": [["name": "a"], ["name": "b"]],
        ]
      ])?.hasPrefix(
        "The order in patch list:\n[map[name:b] map[name:a]]\n doesn't match $setElementOrder list:\n")
        == true)
    #expect(refusal(two, with: ["spec": ["$patch": "x"]])?.status.code == 500)
  }

  @Test(.timeLimit(.minutes(1))) func largeListsTakeNoMoreThanTheirSize() throws {
    let many = (0..<2_000).map { Value.object(["name": .string("c\($0)"), "image": "i"]) }
    let changed = (0..<2_000).map { Value.object(["name": .string("c\($0)"), "image": "j"]) }
    let result = try patch(
      ["spec": ["containers": .array(many)]], with: ["spec": ["containers": .array(changed.reversed())]])
    #expect(result["spec"]?["containers"] == .array(changed.reversed()))
    let labels = Object((0..<20_000).map { ("k\($0)", Value.string("v")) })
    let none = try patch(
      ["metadata": ["labels": .object(labels)]],
      with: ["metadata": ["labels": .object(labels.mapValues { _ in .null })]])
    #expect(none == ["metadata": ["labels": [:]]])
  }

  @Test func anyPatchIsAppliedOrRefused() throws {
    var random = MergeRandom(seed: 23)
    let type = try #require(MergeSample.type("v1", "Pod"))
    let pods = try MergeSample.manager("v1", "Pod")
    var applied = 0
    for _ in 0..<1_000 {
      let original = RandomPod.value(using: &random)
      var mutated = RandomPod.value(using: &random)
      for _ in 0..<Int.random(in: 0...4, using: &random) { mutated = mutated.mutated(using: &random) }
      if let result = try? StrategicMergePatch.apply(mutated, to: original, type: type) {
        applied += 1
        let owned = pods.update(live: original, new: result, manager: "m", now: MergeSample.noon)
        #expect(owned["spec"] == result["spec"])
      }
      if let result = try? pods.apply(
        live: original, applied: mutated, manager: "m", force: true, now: MergeSample.noon)
      {
        #expect(
          (try? pods.apply(live: result, applied: mutated, manager: "m", force: false, now: MergeSample.noon))
            == result)
      }
      _ = TypedValue(original, type: type).compare(to: TypedValue(mutated, type: type))
      _ = try? FieldSet(fieldsV1: mutated)
    }
    #expect(applied > 200)
  }
}

extension Value {
  /// The value with one place in it replaced by something that may not belong there.
  func mutated(using random: inout MergeRandom) -> Value {
    let odd: [Value] = [
      .null, 1, "x", true, [], [:], [1, "a"], [["name": "a"]], ["$patch": "delete"], ["$patch": 7], [.null],
      ["name": "a", "$patch": "replace"], ["$retainKeys": ["name"]], 1.5, [[1]],
    ]
    switch self {
    case .object(var object):
      let keys = object.keys
      if keys.isEmpty || Int.random(in: 0..<5, using: &random) == 0 {
        let key =
          [
            "$patch", "$retainKeys", "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers",
            "spec",
            "$setElementOrder", "containers", "labels", "x", "$setElementOrder/x",
          ].randomElement(using: &random) ?? "x"
        object[key] = odd.randomElement(using: &random)
      } else if let key = keys.randomElement(using: &random), let value = object[key] {
        object[key] = value.mutated(using: &random)
      }
      return .object(object)
    case .array(var items):
      guard let place = items.indices.randomElement(using: &random) else {
        return odd.randomElement(using: &random) ?? .null
      }
      items[place] = items[place].mutated(using: &random)
      return .array(items)
    default: return odd.randomElement(using: &random) ?? .null
    }
  }
}
