import Schema
import Testing
import Values

struct FieldManagerTests {
  // MARK: - Updates

  @Test func aCreateOwnsWhatItSays() throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    let made = configs.update(
      live: nil, new: MergeSample.config(["k": "v"]), manager: "m", now: MergeSample.noon)
    #expect(
      JSON.text(made["metadata"]?["managedFields"] ?? .null)
        == #"[{"manager":"m","operation":"Update","apiVersion":"v1","time":"2026-01-01T12:00:00Z","#
        + #""fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:k":{}}}}]"#)
    #expect(
      configs.update(live: nil, new: MergeSample.config(nil), manager: "m", now: MergeSample.noon)
        == MergeSample.config(nil))
  }

  @Test func whatEveryObjectHasIsNobodys() throws {
    let pod: Value = [
      "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
      "spec": ["containers": [["name": "c", "image": "i", "resources": [:]]], "securityContext": [:]],
      "status": [:],
    ]
    let made = try MergeSample.manager("v1", "Pod").update(
      live: nil, new: pod, manager: "m", now: MergeSample.noon)
    #expect(
      JSON.text(made.owners["m/Update"] ?? .null)
        == #"{"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{},"f:name":{},"f:resources":{}}},"#
        + #""f:securityContext":{}}}"#)
  }

  @Test func anUpdateTakesWhatItChanges() throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    let made =
      (configs.update(
        live: nil, new: MergeSample.config(["a": "1", "b": "1", "c": "1"]), manager: "x",
        now: MergeSample.noon)).stored
    var new = made
    new["data"] = ["a": "2", "b": "1", "d": "1"]
    let changed = configs.update(live: made, new: new, manager: "y", now: MergeSample.later)
    #expect(changed.owners["x/Update"] == ["f:data": [".": [:], "f:b": [:]]])
    #expect(changed.owners["y/Update"] == ["f:data": ["f:a": [:], "f:d": [:]]])
    #expect(
      changed.entries.compactMap { $0["time"]?.string } == ["2026-01-01T12:00:00Z", "2026-01-01T12:01:00Z"])
    #expect(configs.update(live: changed, new: changed, manager: "z", now: MergeSample.later) == changed)
  }

  @Test func clientsThatKnowNoManagedFieldsDoNotLoseThem() throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    let made =
      (configs.update(live: nil, new: MergeSample.config(["k": "v"]), manager: "m", now: MergeSample.noon))
      .stored
    for sent: Value in [.null, [["manager": "x"]], [["operation": "Update"]]] {
      var new = made
      new.set(sent, at: ["metadata", "managedFields"])
      #expect(configs.update(live: made, new: new, manager: "m", now: MergeSample.later) == made)
    }
  }

  @Test(arguments: [Value.array([]), [[:]]])
  func anEmptyListEndsTheKeeping(sent: Value) throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    let made =
      (configs.update(live: nil, new: MergeSample.config(["k": "v"]), manager: "m", now: MergeSample.noon))
      .stored
    var new = made
    new.set(sent, at: ["metadata", "managedFields"])
    new["data"] = ["k": "w"]
    let ended = configs.update(live: made, new: new, manager: "m", now: MergeSample.later)
    #expect(ended["metadata"]?["managedFields"] == nil && ended["data"] == ["k": "w"])
    // And an update does not take it up again; an apply does.
    #expect(configs.update(live: ended, new: ended, manager: "m", now: MergeSample.later) == ended)
    let applied = try configs.apply(
      live: ended, applied: MergeSample.config(["k": "w"]), manager: "a", force: false, now: MergeSample.later
    )
    #expect(Set(applied.owners.keys) == ["a/Apply", "before-first-apply/Update"])
  }

  @Test func theStatusIsOwnedThroughItsSubresourceOnly() throws {
    var live: Value = [
      "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s", "uid": "u"],
      "spec": ["sessionAffinity": "None"], "status": ["loadBalancer": [:]],
    ]
    live = try MergeSample.manager("v1", "Service").update(
      live: nil, new: live, manager: "m", now: MergeSample.noon)
    #expect(live.owners["m/Update"] == ["f:spec": ["f:sessionAffinity": [:]]])
    var new = live
    new["status"] = ["loadBalancer": ["ingress": [["ip": "10.0.0.1"]]]]
    new["spec"] = ["sessionAffinity": "ClientIP"]
    let status = try MergeSample.manager("v1", "Service", subresource: "status")
      .update(live: live, new: new, manager: "m", now: MergeSample.later)
    #expect(
      status.owners["m/Update/status"] == ["f:status": ["f:loadBalancer": ["f:ingress": [:]]]])
    #expect(status.owners["m/Update"] == live.owners["m/Update"])
  }

  @Test func theEleventhUpdaterMergesTheOldest() throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    var live =
      (configs.update(live: nil, new: MergeSample.config(["k0": "v"]), manager: "m0", now: MergeSample.noon))
      .stored
    for i in 1...12 {
      var new = live
      new["data"]?["k\(i)"] = "v"
      live = configs.update(
        live: live, new: new, manager: "m\(i)", now: MergeSample.noon.adding(seconds: Int64(i)))
    }
    #expect(live.entries.count == 10)
    #expect(
      live.owners["ancient-changes/Update"]
        == ["f:data": [".": [:], "f:k0": [:], "f:k1": [:], "f:k2": [:], "f:k3": [:]]])
    #expect(live.owners["m12/Update"] == ["f:data": ["f:k12": [:]]])
  }

  // MARK: - Times, scale

  @Test func timesAloneAreNoChange() throws {
    let configs = try MergeSample.manager("v1", "ConfigMap")
    let made = configs.update(
      live: nil, new: MergeSample.config(["k": "v"]), manager: "m", now: MergeSample.noon)
    let again = configs.update(
      live: nil, new: MergeSample.config(["k": "v"]), manager: "m", now: MergeSample.later)
    #expect(made != again && FieldManager.keepingTimes(of: made, in: again) == made)
    let changed = configs.update(
      live: nil, new: MergeSample.config(["k": "w"]), manager: "m", now: MergeSample.later)
    #expect(FieldManager.keepingTimes(of: made, in: changed) == changed)
  }

  @Test func whoScalesOwnsTheReplicas() throws {
    let scale = ScaleFields(apiVersion: "apps/v1", replicasPaths: ["apps/v1": "spec.replicas"])
    let deployments = try MergeSample.manager("apps/v1", "Deployment")
    let made = try deployments.apply(
      live: nil,
      applied: [
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"],
        "spec": ["replicas": 2, "paused": true],
      ],
      manager: "one", force: false, now: MergeSample.noon)
    let parent = made["metadata"]?["managedFields"]
    let inScale = try scale.toScale(parent)
    #expect(inScale?.array?.first?["fieldsV1"] == ["f:spec": ["f:replicas": [:]]])
    #expect(inScale?.array?.first?["apiVersion"] == "autoscaling/v1")
    func object(_ replicas: Int64) -> Value {
      [
        "apiVersion": "autoscaling/v1", "kind": "Scale",
        "metadata": .object(["name": "d", "uid": "u", "managedFields": inScale ?? .null]),
        "spec": ["replicas": .int(replicas)],
      ]
    }
    let scales = try MergeSample.manager("autoscaling/v1", "Scale", subresource: "scale")
    let scaled = scales.update(live: object(2), new: object(5), manager: "hpa", now: MergeSample.later)
    var after = made
    after.set(
      try scale.toParent(parent, scale: scaled["metadata"]?["managedFields"]),
      at: ["metadata", "managedFields"])
    #expect(after.owners["hpa/Update/scale"] == ["f:spec": ["f:replicas": [:]]])
    #expect(after.owners["one/Apply"] == ["f:spec": ["f:paused": [:]]])
    // Written with the same number, nobody loses it.
    let same = scales.update(live: object(2), new: object(2), manager: "hpa", now: MergeSample.later)
    #expect(try scale.toParent(parent, scale: same["metadata"]?["managedFields"]) == parent)
  }

  @Test func aPodsResizeOwnsResourcesOnly() throws {
    func pod(_ container: Value, _ hostname: String) -> Value {
      [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
        "spec": ["containers": [container], "hostname": .string(hostname)],
      ]
    }
    let resize = try MergeSample.manager("v1", "Pod", subresource: "resize")
    let live = try MergeSample.manager("v1", "Pod").update(
      live: nil, new: pod(["name": "c", "image": "i", "resources": ["limits": ["cpu": "1"]]], "h"),
      manager: "m",
      now: MergeSample.noon)
    var new = pod(["name": "c", "image": "j", "resources": ["limits": ["cpu": "2"]]], "g")
    new.set(live["metadata"]?["managedFields"], at: ["metadata", "managedFields"])
    let resized = resize.update(live: live.stored, new: new.stored, manager: "r", now: MergeSample.later)
    #expect(
      resized.owners["r/Update/resize"]
        == ["f:spec": ["f:containers": ["k:{\"name\":\"c\"}": ["f:resources": ["f:limits": ["f:cpu": [:]]]]]]]
    )
  }
}
