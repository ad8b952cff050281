import Testing
import Values

@testable import Schema

@Suite struct KubernetesProtobufTests {
  /// Every kind that can be a body: those of resources and subresources, their lists, and what is common.
  private static var kinds: Set<GroupVersionKind> {
    var kinds: Set<GroupVersionKind> = []
    for version in APICatalog.builtIn.groups.flatMap(\.versions) {
      for resource in version.resources {
        kinds.insert(resource.groupVersionKind)
        if resource.verbs.contains("list") {
          kinds.insert(resource.groupVersion.kind(resource.kind + "List"))
        }
        kinds.formUnion(resource.subresources.map(\.kind))
      }
    }
    let common = ["Status", "DeleteOptions", "WatchEvent", "APIVersions", "APIGroupList", "APIResourceList"]
    kinds.formUnion(common.map { GroupVersionKind(group: "", version: "v1", kind: $0) })
    let meta = GroupVersion(group: "meta.k8s.io", version: "v1")
    kinds.formUnion(["PartialObjectMetadata", "PartialObjectMetadataList"].map(meta.kind))
    return kinds
  }

  private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count, by: 2).compactMap { place in
      UInt8(digits.dropFirst(place).prefix(2), radix: 16)
    }
  }

  // MARK: - Known bytes

  @Test func aConfigMapIsItsPublishedFields() throws {
    let configMap: Value = [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["k": "v"],
      "binaryData": ["b": "/w=="], "immutable": true,
    ]
    let expected = bytes(
      """
      6b387300
      0a0f 0a027631 1209436f6e6669674d6170
      1217 0a03 0a0161  1206 0a016b 120176  1a06 0a0162 1201ff  2001
      1a00 2200
      """)
    #expect(try KubernetesProtobuf.encode(configMap) == expected)
    #expect(try KubernetesProtobuf.decode(expected) == configMap)
  }

  @Test func aStatusIsItsPublishedFields() throws {
    let status: Value = [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": "no",
      "reason": "NotFound", "details": ["name": "x", "kind": "pods", "retryAfterSeconds": 1], "code": 404,
    ]
    let expected = bytes(
      """
      6b387300
      0a0c 0a027631 1206537461747573
      1229 0a00 12074661696c757265 1a026e6f 22084e6f74466f756e64
      2a0b 0a0178 1a04706f6473 2801  309403
      1a00 2200
      """)
    #expect(try KubernetesProtobuf.encode(status) == expected)
    #expect(try KubernetesProtobuf.decode(expected) == status)
  }

  @Test func timesAreSecondsAndNanoseconds() throws {
    let lease: Value = [
      "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
      "metadata": ["creationTimestamp": "1970-01-01T00:00:10Z"],
      "spec": ["renewTime": "1970-01-01T00:00:10.000001Z"],
    ]
    let expected = bytes(
      """
      6b387300
      0a1f 0a16636f6f7264696e6174696f6e2e6b38732e696f2f7631 12054c65617365
      1211 0a06 4204080a1000  1207 2205080a10e807
      1a00 2200
      """)
    #expect(try KubernetesProtobuf.encode(lease) == expected)
    #expect(try KubernetesProtobuf.decode(expected) == lease)
  }

  @Test func whatGoWritesForEmptyFieldsIsRead() throws {
    // Go writes every field that is no pointer, empty or not; its zero time is a message of nothing.
    let pod = bytes(
      """
      6b387300
      0a09 0a027631 1203506f64
      121b 0a11 0a0170 1200 1a00 2200 2a00 3200 3800 4200  1202 1a00  1a02 0a00
      1a00 2200
      """)
    #expect(
      try KubernetesProtobuf.decode(pod) == [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": [
          "name": "p", "generateName": "", "namespace": "", "selfLink": "", "uid": "", "resourceVersion": "",
          "generation": 0,
        ],
        "spec": ["restartPolicy": ""], "status": ["phase": ""],
      ])
  }

  @Test func aWatchEventIsFramedAndHasNoEnvelope() throws {
    let configMap: Value = ["apiVersion": "v1", "kind": "ConfigMap"]
    let object = try KubernetesProtobuf.encode(configMap)
    #expect(object.count == 27)
    #expect(
      try KubernetesProtobuf.encodeWatchEvent(type: "ADDED", object: configMap)
        == bytes("00000026 0a054144444544 121d 0a1b") + object)
  }

  // MARK: - All kinds

  @Test func everyBuiltInKindIsSupported() {
    #expect(Self.kinds.count > 120)
    for kind in Self.kinds { #expect(KubernetesProtobuf.supports(kind: kind), "\(kind)") }
    #expect(
      !KubernetesProtobuf.supports(kind: GroupVersionKind(group: "t.example.com", version: "v1", kind: "W")))
    #expect(
      !KubernetesProtobuf.supports(kind: GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "Table"))
    )
    #expect(!KubernetesProtobuf.supports(kind: GroupVersionKind(group: "apps", version: "v1", kind: "Pod")))
  }

  @Test func whatIsEncodedIsDecodedUnchanged() throws {
    var longest = 0
    for (seed, kind) in Self.kinds.sorted(by: { $0.description < $1.description }).enumerated() {
      let message = try #require(ProtobufTable.builtIn.message(of: kind))
      var random = RandomObjects(seed: UInt64(seed))
      for _ in 0..<4 {
        var object = random.object(of: message, depth: 6)
        object["apiVersion"] = .string(kind.apiVersion)
        object["kind"] = .string(kind.kind)
        let encoded = try KubernetesProtobuf.encode(.object(object))
        let decoded = try KubernetesProtobuf.decode(encoded)
        try #require(decoded == .object(object), "\(kind)")
        #expect(try KubernetesProtobuf.encode(decoded) == encoded)
        longest = max(longest, encoded.count)
      }
    }
    #expect(longest > 10_000)
  }

  /// The schemas say which fields JSON has; a message must have a field for each of them.
  @Test func everyPropertyOfEveryKindHasAField() throws {
    for kind in Self.kinds {
      guard let type = TypeTable.builtIn.type(of: kind), let message = ProtobufTable.builtIn.message(of: kind)
      else { continue }
      let missing = Set(type.fields.keys).subtracting(names(of: message)).subtracting(["apiVersion", "kind"])
      #expect(missing.isEmpty, "\(kind)")
    }
  }

  private func names(of message: ProtobufMessage) -> Set<String> {
    message.fields.reduce(into: []) { found, field in
      if case .inlined = field.arrangement, case .message(let inner) = field.type {
        found.formUnion(names(of: ProtobufTable.builtIn[inner]))
      } else {
        found.insert(field.name)
      }
    }
  }

  // MARK: - What objects have in the one form and not in the other

  @Test func inlinedFieldsAreInTheParent() throws {
    let pod: Value = [
      "apiVersion": "v1", "kind": "Pod",
      "spec": [
        "volumes": [["name": "v", "configMap": ["name": "c", "optional": false]]],
        "containers": [["name": "c", "livenessProbe": ["httpGet": ["port": "http"], "periodSeconds": 3]]],
      ],
    ]
    #expect(try KubernetesProtobuf.decode(try KubernetesProtobuf.encode(pod)) == pod)
  }

  @Test func nullsAndUnknownMembersAreLeftOut() throws {
    let object: Value = [
      "apiVersion": "v1", "kind": "Pod", "metadata": ["creationTimestamp": .null, "name": "p"], "more": 1,
      "spec": ["containers": [["name": "c", "kind": "nothing"]]],
    ]
    #expect(
      try KubernetesProtobuf.decode(try KubernetesProtobuf.encode(object)) == [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
        "spec": ["containers": [["name": "c"]]],
      ])
  }

  @Test func aMemberOfAnotherTypeIsAnError() {
    func message(_ spec: Value) -> String? {
      do {
        _ = try KubernetesProtobuf.encode(["apiVersion": "apps/v1", "kind": "Deployment", "spec": spec])
        return nil
      } catch { return error.message }
    }
    #expect(message(["replicas": "3"]) == "replicas: an integer is needed, not a string")
    #expect(message(["replicas": 3_000_000_000]) == "replicas: a 32-bit integer is needed, not a number")
    #expect(message(["selector": []]) == "selector: an object is needed, not an array")
    #expect(
      message(["selector": ["matchExpressions": [:]]])
        == "matchExpressions: an array is needed, not an object")
    #expect(message(["selector": ["matchLabels": 1]]) == "matchLabels: an object is needed, not a number")
  }

  @Test func aKindWithoutAMessageIsAnError() {
    #expect(throws: ProtobufError("no kind \"Widget\" is registered for version \"t.example.com/v1\"")) {
      try KubernetesProtobuf.encode(["apiVersion": "t.example.com/v1", "kind": "Widget"])
    }
    #expect(throws: ProtobufError("Object 'Kind' is missing")) { try KubernetesProtobuf.encode([:]) }
  }
}
