import Testing
import Values

@testable import Schema

/// Bytes that no honest client sends.
@Suite struct HostileProtobufTests {
  /// A ConfigMap whose message is these bytes.
  private func configMap(_ raw: [UInt8]) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.bytes = [0x6B, 0x38, 0x73, 0x00, 0x0A, 0x0F, 0x0A, 0x02]
    writer.bytes += Array("v1".utf8) + [0x12, 0x09] + Array("ConfigMap".utf8)
    writer.bytes(2, raw)
    return writer.bytes
  }

  private func message(_ bytes: [UInt8]) -> String? {
    do {
      _ = try KubernetesProtobuf.decode(bytes)
      return nil
    } catch { return error.message }
  }

  @Test func theMagicIsNeeded() {
    let expected = "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
    #expect(message([]) == "empty data")
    #expect(message(Array("{}".utf8)) == expected)
    #expect(message(Array("k8s".utf8)) == expected)
    #expect(message(Array("k8s\0".utf8)) == "empty body")
  }

  @Test func theDefaultKindStandsInForOneThatIsMissing() throws {
    let bytes = Array("k8s\0".utf8) + [0x12, 0x02, 0x20, 0x01]
    let kind = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
    #expect(
      try KubernetesProtobuf.decode(bytes, defaultKind: kind)
        == ["apiVersion": "v1", "kind": "ConfigMap", "immutable": true])
  }

  @Test func whatIsCutOffIsAnError() throws {
    let object: Value = [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "labels": ["x": "y"]],
      "data": ["k": "v"],
    ]
    let bytes = try KubernetesProtobuf.encode(object)
    // The object may be missing, and the two empty fields after it.
    let whole = [21, bytes.count - 4, bytes.count - 2, bytes.count]
    for count in 5...bytes.count where !whole.contains(count) {
      #expect(message(Array(bytes.prefix(count))) != nil, "\(count) bytes")
    }
  }

  @Test func lengthsAreChecked() {
    #expect(message(configMap([0x0A, 0x05, 0x0A])) == "unexpected EOF")
    #expect(
      message(configMap([0x0A] + Array(repeating: 0xFF, count: 9) + [0x01]))
        == "proto: negative length found during unmarshaling")
    #expect(message(configMap([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F])) == "unexpected EOF")
    #expect(message(configMap([0x20] + Array(repeating: 0xFF, count: 10))) == "proto: integer overflow")
    #expect(message(configMap([0x20])) == "unexpected EOF")
    #expect(message(configMap([0xFF])) == "unexpected EOF")
  }

  @Test func wireTypesAreChecked() {
    #expect(message(configMap([0x08, 0x01])) == "proto: wrong wireType = 0 for field metadata")
    #expect(message(configMap([0x22, 0x01, 0x01])) == "proto: wrong wireType = 2 for field immutable")
    #expect(message(configMap([0x0B])) == "proto: groups are not supported")
    #expect(message(configMap([0x0C])) == "proto: groups are not supported")
    #expect(message(configMap([0x0F])) == "proto: illegal wireType 7")
    #expect(message(configMap([0x00, 0x00])) == "proto: illegal tag 0")
  }

  @Test func unknownFieldsAreSkipped() throws {
    let raw: [UInt8] =
      [0xA0, 0x06, 0x96, 0x01] + [0xA2, 0x06, 0x02, 0x01, 0x02] + [0xA5, 0x06, 1, 2, 3, 4]
      + [0xA1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8] + [0x20, 0x01]
    #expect(
      try KubernetesProtobuf.decode(configMap(raw))
        == ["apiVersion": "v1", "kind": "ConfigMap", "immutable": true])
  }

  @Test func aMessageThatComesTwiceIsMergedAndAnythingElseReplaced() throws {
    var writer = ProtobufWriter()
    writer.bytes(1, [0x0A, 0x01, 0x61])
    writer.bytes(1, [0x1A, 0x01, 0x6E])
    writer.bool(4, true)
    writer.bool(4, false)
    #expect(
      try KubernetesProtobuf.decode(configMap(writer.bytes)) == [
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": "n"],
        "immutable": false,
      ])
  }

  @Test func anEntryOfAMapMayLackKeyOrValue() throws {
    #expect(
      try KubernetesProtobuf.decode(configMap([0x12, 0x00, 0x12, 0x03, 0x0A, 0x01, 0x6B]))
        == ["apiVersion": "v1", "kind": "ConfigMap", "data": ["": "", "k": ""]])
  }

  @Test func packedNumbersAreRead() throws {
    // Pod.spec.securityContext.supplementalGroups, packed and not.
    var pod = ProtobufWriter()
    pod.bytes = Array("k8s\0".utf8)
    let raw = pod.begin(2)
    let spec = pod.begin(2)
    let context = pod.begin(14)
    pod.bytes(4, [0x01, 0xAC, 0x02])
    pod.integer(4, 5)
    pod.end(context)
    pod.end(spec)
    pod.end(raw)
    let kind = GroupVersionKind(group: "", version: "v1", kind: "Pod")
    let decoded = try KubernetesProtobuf.decode(pod.bytes, defaultKind: kind)
    #expect(decoded["spec"]?["securityContext"]?["supplementalGroups"] == [1, 300, 5])
  }

  @Test func depthIsBounded() {
    let message = { (depth: Int) -> [UInt8] in
      var schema: [UInt8] = []
      for _ in 0..<depth {
        var outer = ProtobufWriter()
        outer.bytes(28, schema)  // not
        schema = outer.bytes
      }
      var writer = ProtobufWriter()
      writer.bytes = Array("k8s\0".utf8)
      let raw = writer.begin(2)
      let spec = writer.begin(2)
      let version = writer.begin(7)
      let validation = writer.begin(4)
      writer.bytes(1, schema)
      writer.end(validation)
      writer.end(version)
      writer.end(spec)
      writer.end(raw)
      return writer.bytes
    }
    let kind = GroupVersionKind(
      group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition")
    #expect(throws: Never.self) { try KubernetesProtobuf.decode(message(100), defaultKind: kind) }
    #expect(throws: ProtobufError.tooDeep) {
      try KubernetesProtobuf.decode(message(1_000), defaultKind: kind)
    }
  }

  @Test func objectsWithinObjectsAreBounded() throws {
    // A List in a List in a List, each a RawExtension of the one before.
    var list: [UInt8] = []
    for _ in 0..<500 {
      var writer = ProtobufWriter()
      writer.bytes = Array("k8s\0".utf8)
      writer.bytes(1, [0x0A, 0x02] + Array("v1".utf8) + [0x12, 0x04] + Array("List".utf8))
      let raw = writer.begin(2)
      let item = writer.begin(2)
      if !list.isEmpty { writer.bytes(1, list) }
      writer.end(item)
      writer.end(raw)
      list = writer.bytes
    }
    #expect(message(list) == "proto: exceeded max depth")
  }

  @Test func elementsAreBounded() {
    let entries = configMap(Array(repeatElement([0x12, 0x00], count: 20).joined()))
    func decode(limit: Int) throws {
      var decoder = ProtobufDecoder(table: .builtIn, maxElements: limit)
      _ = try entries.withUnsafeBytes { try decoder.object($0, default: nil) }
    }
    #expect(throws: Never.self) { try decode(limit: 20) }
    #expect(throws: ProtobufError.tooMany) { try decode(limit: 19) }
  }

  @Test func valuesThatJSONCannotHaveAreErrors() {
    // metadata.creationTimestamp in the year 300000000000.
    #expect(
      message(configMap([0x0A, 0x0D, 0x42, 0x0B, 0x08] + Array(repeating: 0xFF, count: 8) + [0x7F, 0x10]))
        == "unexpected EOF")
    #expect(
      message(configMap([0x0A, 0x0C, 0x42, 0x0A, 0x08] + Array(repeating: 0xFF, count: 8) + [0x7F]))
        == "creationTimestamp: year outside of range [0,9999]")
    // metadata.managedFields[0].fieldsV1 of `{`.
    #expect(
      message(configMap([0x0A, 0x08, 0x8A, 0x01, 0x05, 0x3A, 0x03, 0x0A, 0x01, 0x7B]))
        == "fieldsV1: unexpected end of JSON input")
  }

  @Test func randomChangesNeverTrap() throws {
    var random = RandomObjects(seed: 7)
    let kind = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    let type = try #require(ProtobufTable.builtIn.message(of: kind))
    var object = random.object(of: type, depth: 5)
    object["apiVersion"] = "apps/v1"
    object["kind"] = "Deployment"
    let bytes = try KubernetesProtobuf.encode(.object(object))
    var failures = 0
    for _ in 0..<2_000 {
      var changed = bytes
      for _ in 0...random.next(below: 4) {
        changed[Int(random.next(below: UInt64(changed.count)))] = UInt8(random.next(below: 256))
      }
      if message(changed) != nil { failures += 1 }
    }
    #expect(failures > 0)
  }
}
