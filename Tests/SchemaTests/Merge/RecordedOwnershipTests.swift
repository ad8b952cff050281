import Schema
import Testing
import Values

/// Ownership as the real server reckoned it, object by object.
@Suite(.enabled(if: MergeRecordings.exist, "the recorded conversations are not in this checkout"))
struct RecordedOwnershipTests {
  /// Fields that are set after ownership is reckoned, by admission or by the kind's strategy, and that an
  /// answer therefore has without anybody owning them.
  static let setLater: [String: [String]] = [
    "ConfigMap": [".metadata.labels.added"],
    "Job": [".metadata.labels", ".spec.selector", ".spec.template.metadata.labels"],
    "LocalSubjectAccessReview": [".status"],
    "Namespace": [".spec.finalizers"],
    "Node": [".spec.podCIDRs", ".spec.taints"],
    "PersistentVolume": [".metadata.finalizers", ".spec.volumeMode"],
    "Pod": [
      ".metadata.annotations", ".spec.containers.resources", ".spec.containers.volumeMounts",
      ".spec.containers.imagePullPolicy", ".spec.imagePullSecrets", ".spec.initContainers.resources",
      ".spec.initContainers.volumeMounts", ".spec.overhead", ".spec.preemptionPolicy", ".spec.priority",
      ".spec.serviceAccount", ".spec.serviceAccountName", ".spec.tolerations", ".spec.volumes",
    ],
    "SelfSubjectAccessReview": [".status"],
    "SelfSubjectReview": [".status"],
    "SelfSubjectRulesReview": [".status"],
    "Service": [".spec.clusterIP", ".spec.clusterIPs", ".spec.ipFamilies", ".spec.ipFamilyPolicy"],
    "SubjectAccessReview": [".status"],
    "TokenReview": [".status"],
  ]

  @Test func creatingAnObjectOwnsWhatTheRealServerSays() throws {
    var compared = 0
    var same = 0
    var unexplained: [String] = []
    for step in MergeRecordings.allSteps() where step.method == "POST" && step.code == 201 {
      let answer = step.answer
      guard let entries = answer["metadata"]?["managedFields"]?.array, entries.count == 1,
        entries[0]["operation"] == "Update", entries[0]["subresource"] == nil,
        let apiVersion = answer["apiVersion"]?.string, let kind = answer["kind"]?.string,
        MergeSample.type(apiVersion, kind) != nil
      else { continue }
      compared += 1
      let owned = try MergeSample.manager(apiVersion, kind).update(
        live: nil, new: answer.unmanaged, manager: entries[0]["manager"]?.string ?? "", now: MergeSample.noon)
      let expected = try FieldSet(fieldsV1: entries[0]["fieldsV1"] ?? .null)
      let actual = try FieldSet(
        fieldsV1: owned["metadata"]?["managedFields"]?.array?.first?["fieldsV1"] ?? .null)
      if actual == expected {
        same += 1
        continue
      }
      let ignored = (Self.setLater[kind] ?? []) + step.ignored
      let texts =
        actual.difference(expected).paths.map { "has " + plain($0) }
        + expected.difference(actual).paths.map { "lacks " + plain($0) }
      let rest = texts.filter { text in
        !ignored.contains { text.split(separator: " ").last?.hasPrefix($0) == true }
      }
      // The store forgets empty lists; whoever sent one owns it.
      let isEmptyList = rest == ["lacks .rules"] || rest == ["lacks .spec.limits"]
      if !rest.isEmpty, !isEmptyList { unexplained.append("\(step.file) \(step.id): \(kind) \(rest)") }
    }
    print("ownership on create: \(same) of \(compared) identical, \(unexplained.count) unexplained")
    #expect(compared > 250)
    #expect(same >= 139)
    #expect(unexplained == [])
  }

  /// The path without the keys of items.
  private func plain(_ path: [PathElement]) -> String {
    path.map { if case .field(let name) = $0 { ".\(name)" } else { "" } }.joined()
  }

  /// Applies, merge patches and refusals in the order of the recorded conversation; what an answer says
  /// becomes the live object, with the managed fields that were reckoned here.
  @Test(arguments: ["apply.json", "guide-requests.json"])
  func applyingGoesAsRecorded(file: String) throws {
    var live: [String: Value] = [:]
    var answered = 0
    for step in MergeRecordings.steps(of: file) where step.contentType.contains("patch") {
      let path = String(step.path.split(separator: "?")[0])
      let (object, subresource) =
        path.hasSuffix("/status") ? (String(path.dropLast(7)), "status") : (path, "")
      if path.hasSuffix("/scale") { continue }
      guard let manager = query("fieldManager", of: step.path), manager.utf8.count <= 128 else { continue }
      let before = live[object]
      guard let kind = (before ?? step.body)["kind"]?.string, step.body.object != nil,
        let apiVersion = (before ?? step.body)["apiVersion"]?.string
      else { continue }
      // The name is checked before the patch is looked at, the resource version after.
      if step.code == 400, step.answer["message"]?.string?.contains("name of the object") == true { continue }
      if step.body["metadata"]?["resourceVersion"] != nil || step.code == 422 { continue }
      let fields = try MergeSample.manager(apiVersion, kind, subresource: subresource)
      var result: Value
      do throws(StatusError) {
        if step.contentType.contains("apply") {
          result = try fields.apply(
            live: before, applied: step.body, manager: manager,
            force: query("force", of: step.path) == "true", now: MergeSample.noon)
        } else {
          result = fields.update(
            live: before, new: MergePatch.apply(step.body, to: before ?? .null), manager: manager,
            now: MergeSample.noon)
        }
      } catch {
        #expect(error.value == step.answer, "\(step.id)")
        answered += 1
        continue
      }
      #expect(step.code == 200 || step.code == 201, "\(step.id): \(step.answer)")
      if step.code >= 400 { continue }
      if kind == "ConfigMap" {
        #expect(result["data"] ?? .null == step.answer["data"] ?? .null, "\(step.id)")
        #expect(
          result["metadata"]?["finalizers"] ?? .null == step.answer["metadata"]?["finalizers"] ?? .null)
      }
      if !step.ignored.contains(".metadata.managedFields") {
        #expect(result.owners == step.answer.owners, "\(step.id)")
        #expect(
          result["metadata"]?["managedFields"]?.array?.count
            == step.answer["metadata"]?["managedFields"]?.array?.count)
      }
      answered += 1
      var now = step.answer.unmanaged
      if let managed = result["metadata"]?["managedFields"] {
        now.set(managed, at: ["metadata", "managedFields"])
      }
      live[object] = now
    }
    #expect(answered >= (file == "apply.json" ? 20 : 1))
  }

  private func query(_ name: String, of path: String) -> String? {
    guard let query = path.split(separator: "?").dropFirst().first else { return nil }
    for pair in query.split(separator: "&") where pair.hasPrefix("\(name)=") {
      return String(pair.dropFirst(name.count + 1))
    }
    return nil
  }

  /// The strategic merge patches of the recorded conversation, each to the object of the answer before.
  @Test func strategicMergePatchesGoAsRecorded() throws {
    var live: Value?
    var patched = 0
    for step in MergeRecordings.steps(of: "patches.json")
    where step.path.hasSuffix("/deployments/d") || step.method == "POST" {
      defer { if step.answer["kind"]?.string == "Deployment" { live = step.answer } }
      guard step.contentType.contains("strategic"), let before = live else { continue }
      let type = try #require(MergeSample.type("apps/v1", "Deployment"))
      patched += 1
      do throws(PatchError) {
        let after = try StrategicMergePatch.apply(step.body, to: before, type: type)
        #expect(step.code == 200, "\(step.id)")
        #expect(after.names == step.answer.names, "\(step.id)")
        #expect(after["metadata"]?["labels"]?.object?.isEmpty != false || step.id != "deletes a map")
        #expect(after["metadata"]?["finalizers"] == step.answer["metadata"]?["finalizers"], "\(step.id)")
        #expect(after["spec"]?["strategy"] == step.answer["spec"]?["strategy"], "\(step.id)")
      } catch {
        #expect(error.status.value == step.answer, "\(step.id)")
      }
    }
    #expect(patched >= 12)
  }
}

extension Value {
  /// The containers' names and images, in order.
  fileprivate var names: [String] {
    (self["spec"]?["template"]?["spec"]?["containers"]?.array ?? []).map {
      "\($0["name"]?.string ?? "")=\($0["image"]?.string ?? "")"
    }
  }
}
