import Schema
import Testing
import Values

struct ServerSideApplyTests {
  @Test func applyingTwiceIsApplyingOnce() throws {
    var random = MergeRandom(seed: 3)
    let pods = try MergeSample.manager("v1", "Pod")
    for _ in 0..<100 {
      let applied = RandomPod.value(using: &random)
      let once =
        (try pods.apply(live: nil, applied: applied, manager: "m", force: false, now: MergeSample.noon))
        .stored
      let twice = try pods.apply(
        live: once, applied: applied, manager: "m", force: false, now: MergeSample.later)
      #expect(twice == once)
    }
  }

  @Test func applyingAnotherConfigurationLeavesNothingOfTheFirst() throws {
    var random = MergeRandom(seed: 5)
    let pods = try MergeSample.manager("v1", "Pod")
    let type = try #require(MergeSample.type("v1", "Pod"))
    for _ in 0..<100 {
      let (first, second) = (RandomPod.value(using: &random), RandomPod.value(using: &random))
      let once =
        (try pods.apply(live: nil, applied: first, manager: "m", force: false, now: MergeSample.noon)).stored
      let then = try pods.apply(
        live: once, applied: second, manager: "m", force: false, now: MergeSample.later)
      let afresh = try pods.apply(
        live: nil, applied: second, manager: "m", force: false, now: MergeSample.later)
      #expect(then.owners == afresh.owners)
      // Null stands where nothing was left.
      let changes = TypedValue(afresh.unmanaged, type: type).compare(
        to: TypedValue(then.unmanaged, type: type))
      #expect(changes.removed.isEmpty && changes.modified.isEmpty)
      #expect(
        changes.added.difference(
          FieldSet(paths: [
            [.field("metadata"), .field("uid")], [.field("metadata"), .field("labels")],
            [.field("metadata"), .field("finalizers")],
          ])
        ).paths.allSatisfy { $0.count > 3 })
    }
  }

  @Test func conflictsNameTheOtherManagers() throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    var live =
      (try configs.apply(
        live: nil, applied: MergeSample.config(["a": "1"]), manager: "one", force: false,
        now: MergeSample.noon)).stored
    var new = live
    new["data"]?["b"] = "1"
    new["data"]?["c"] = "1"
    live = configs.update(live: live, new: new, manager: "hand", now: MergeSample.later)
    let conflict = MergeSample.refusal {
      try configs.apply(
        live: live, applied: MergeSample.config(["a": "2", "b": "2", "c": "2"]), manager: "two", force: false,
        now: MergeSample.later)
    }
    #expect(
      conflict?.message
        == "Apply failed with 3 conflicts: conflicts with \"hand\" using v1:\n- .data.b\n- .data.c\n"
        + "conflicts with \"one\":\n- .data.a")
    #expect(
      conflict?.code == 409 && conflict?.details?.causes.map(\.field) == [".data.b", ".data.c", ".data.a"])
    let forced = try configs.apply(
      live: live, applied: MergeSample.config(["a": "2", "b": "2", "c": "2"]), manager: "two", force: true,
      now: MergeSample.later)
    #expect(forced.owners == ["two/Apply": ["f:data": ["f:a": [:], "f:b": [:], "f:c": [:]]]])
    #expect(forced["data"] == ["a": "2", "b": "2", "c": "2"])
  }

  @Test func aConflictAboutTheStatusNamesTheSubresource() throws {
    var live: Value = ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d", "uid": "u"]]
    let status = try MergeSample.manager("apps/v1", "Deployment", subresource: "status")
    var applied = live
    applied.set(nil, at: ["metadata", "uid"])
    applied["status"] = ["replicas": 1]
    live = try status.apply(live: live, applied: applied, manager: "a", force: false, now: MergeSample.noon)
    applied["status"] = ["replicas": 2]
    let conflict = MergeSample.refusal {
      try status.apply(live: live, applied: applied, manager: "b", force: false, now: MergeSample.later)
    }
    #expect(
      conflict?.message
        == #"Apply failed with 1 conflict: conflict with "a" with subresource "status": .status.replicas"#)
  }

  @Test func whatAnotherAlsoOwnsStays() throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    func apply(_ live: Value?, _ data: Value?, _ manager: String) throws -> Value {
      (try configs.apply(
        live: live, applied: MergeSample.config(data), manager: manager, force: false, now: MergeSample.noon))
        .stored
    }
    let one = try apply(nil, ["a": "1", "b": "1"], "one")
    let both = try apply(one, ["a": "1"], "two")
    #expect(Set(both.owners.keys) == ["one/Apply", "two/Apply"])
    let left = try apply(both, nil, "one")
    #expect(left["data"] == ["a": "1"] && Set(left.owners.keys) == ["two/Apply"])
    #expect(try apply(left, nil, "two")["data"] == nil)
  }

  @Test func whatCannotBeAppliedIsSaid() throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    func message(_ applied: Value) -> String? {
      MergeSample.refusal {
        try configs.apply(live: nil, applied: applied, manager: "m", force: false, now: MergeSample.noon)
      }?
      .message
    }
    #expect(message(["apiVersion": "v1", "metadata": ["name": "a"]]) == "invalid object type: /v1, Kind=")
    #expect(
      message(["apiVersion": "apps/v1", "kind": "ConfigMap"])
        == "invalid object type: apps/v1, Kind=ConfigMap")
    #expect(message(MergeSample.config(nil, ["managedFields": []])) == "metadata.managedFields must be nil")
    #expect(
      message(MergeSample.config("x"))
        == "failed to create typed patch object (n/c; /v1, Kind=ConfigMap): .data: expected map, got &{x}")
  }

  @Test func kubectlTakesOverFromItsClientSideSelf() throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    let annotation = "kubectl.kubernetes.io/last-applied-configuration"
    let last = JSON.text(MergeSample.config(["a": "1"]))
    let made =
      (configs.update(
        live: nil, new: MergeSample.config(["a": "1"], ["annotations": [annotation: .string(last)]]),
        manager: "kubectl-client-side-apply", now: MergeSample.noon)).stored
    let other = MergeSample.refusal {
      try configs.apply(
        live: made, applied: MergeSample.config(["a": "2"]), manager: "other", force: false,
        now: MergeSample.later)
    }
    #expect(other?.message.contains(#"conflict with "kubectl-client-side-apply" using v1: .data.a"#) == true)
    let applied = try configs.apply(
      live: made, applied: MergeSample.config(["a": "2"]), manager: "kubectl", force: false,
      now: MergeSample.later)
    #expect(applied["data"] == ["a": "2"])
    #expect(
      applied["metadata"]?["annotations"]?[annotation]?.string
        == #"{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"c","namespace":"n"}}"#
        + "\n")
  }

  @Test func entriesOfAVersionThatIsGoneAreDropped() throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    let entry: Value = [
      "manager": "old", "operation": "Update", "apiVersion": "v0", "fieldsType": "FieldsV1",
      "fieldsV1": ["f:data": ["f:k": [:]]],
    ]
    let live = (MergeSample.config(["k": "v"], ["managedFields": [entry]])).stored
    let applied = try configs.apply(
      live: live, applied: MergeSample.config(["k": "w"]), manager: "m", force: false, now: MergeSample.later)
    #expect(Set(applied.owners.keys) == ["m/Apply"])
  }

  @Test func entriesOfAnotherVersionAreFollowedThroughConversion() throws {
    let type = try #require(MergeSample.type("v1", "ConfigMap"))
    let versions = FieldManager.Versions(
      convert: { value, version in
        var value = value
        value["apiVersion"] = .string(version)
        return value
      }, type: { _ in type })
    let configs = try MergeSample.manager("v1", "ConfigMap", versions: versions)
    let entry: Value = [
      "manager": "old", "operation": "Update", "apiVersion": "v0", "fieldsType": "FieldsV1",
      "fieldsV1": ["f:data": ["f:k": [:], "f:l": [:]]],
    ]
    let live = (MergeSample.config(["k": "v", "l": "v"], ["managedFields": [entry]])).stored
    let conflict = MergeSample.refusal {
      try configs.apply(
        live: live, applied: MergeSample.config(["k": "w"]), manager: "m", force: false,
        now: MergeSample.later)
    }
    #expect(conflict?.message == #"Apply failed with 1 conflict: conflict with "old" using v0: .data.k"#)
    let applied = try configs.apply(
      live: live, applied: MergeSample.config(["k": "w"]), manager: "m", force: true, now: MergeSample.later)
    #expect(applied.owners["old/Update"] == ["f:data": ["f:l": [:]]])
  }

  @Test func aCustomKindIsAppliedByItsOwnType() throws {
    var parts = FieldType(
      .list(
        FieldType(
          .object(
            TypeReference(
              ObjectType(name: "Part", fields: ["id": FieldType(.string), "v": FieldType(.number)]))))))
    parts.listType = .map(keys: ["id"])
    let spec = ObjectType(
      name: "Spec",
      fields: [
        "color": FieldType(.string), "parts": parts, "free": FieldType(.any),
        "size": FieldType(.integer(bits: 64)),
      ])
    let widgets = FieldManager(
      kind: GroupVersionKind(group: "t.example.com", version: "v1", kind: "Widget"),
      type: ObjectType(name: "Widget", fields: ["spec": FieldType(.object(TypeReference(spec)))]),
      resetFields: .ofCustomResource(hasStatus: true), isCustom: true)
    func widget(_ spec: Value) -> Value {
      ["apiVersion": "t.example.com/v1", "kind": "Widget", "metadata": ["name": "w"], "spec": spec]
    }
    let made = widgets.update(
      live: nil, new: widget(["color": "red", "free": ["x": ["y": 1]], "size": 3]), manager: "m",
      now: MergeSample.noon)
    #expect(
      JSON.text(made.owners["m/Update"] ?? .null)
        == #"{"f:spec":{".":{},"f:color":{},"f:free":{".":{},"f:x":{".":{},"f:y":{}}},"f:size":{}}}"#)
    let one =
      (try widgets.apply(
        live: nil, applied: widget(["color": "red", "parts": [["id": "1", "v": 1]]]), manager: "one",
        force: false,
        now: MergeSample.noon)).stored
    let two = try widgets.apply(
      live: one, applied: widget(["parts": [["id": "2", "v": 2]]]), manager: "two", force: false,
      now: MergeSample.later)
    #expect(two["spec"]?["parts"] == [["id": "1", "v": 1], ["id": "2", "v": 2]])
    #expect(
      JSON.text(two.owners["two/Apply"] ?? .null)
        == #"{"f:spec":{"f:parts":{"k:{\"id\":\"2\"}":{".":{},"f:id":{},"f:v":{}}}}}"#)
    let unknown = MergeSample.refusal {
      try widgets.apply(
        live: nil, applied: widget(["junk": 1]), manager: "m", force: false, now: MergeSample.later)
    }
    #expect(unknown?.message.hasSuffix(".spec.junk: field not declared in schema") == true)
  }

  @Test func deepValuesAreMergedAsDeepAsTheyAre() throws {
    var deep: Value = ["leaf": 1]
    var fields: Value = ["f:leaf": [:]]
    for _ in 0..<900 {
      deep = ["a": deep]
      fields = ["f:a": fields]
    }
    let kind = GroupVersionKind(group: "t.example.com", version: "v1", kind: "Deep")
    let deeps = FieldManager(
      kind: kind, type: ObjectType(name: "Deep", fields: ["spec": FieldType(.any)]), isCustom: true)
    let object: Value = [
      "apiVersion": "t.example.com/v1", "kind": "Deep", "metadata": ["name": "d"], "spec": deep,
    ]
    let applied = try deeps.apply(
      live: nil, applied: object, manager: "m", force: false, now: MergeSample.noon)
    #expect(applied["spec"] == deep)
    #expect(try FieldSet(fieldsV1: applied.owners["m/Apply"] ?? .null).count == 901)
    #expect(try FieldSet(fieldsV1: fields).count == 1)
    #expect(
      deeps.update(live: applied.stored, new: applied.stored, manager: "n", now: MergeSample.later)
        == applied.stored)
  }
}
