import Schema
import TestSupport
import Testing
import Values

/// Pods of any shape: made of the fields that the API has, with values that fit, hardly fit or don't fit.
@Suite(.timeLimit(.minutes(4)))
struct FuzzedPodTests {
  @Test func aThousandSpecificationsAreStoredOrRefused() async throws {
    let server = try await TestServer.start { $0.enabledAdmissionPlugins = Self.plugins }
    let client = server.client
    let namespace = try await client.send(
      "POST", "/api/v1/namespaces",
      [
        "metadata": [
          "name": "fuzz",
          "labels": [
            "pod-security.kubernetes.io/warn": "restricted", "pod-security.kubernetes.io/audit": "baseline",
          ],
        ]
      ])
    #expect(namespace.status == 201)
    for (path, object) in Self.surroundings {
      #expect(try await client.send("POST", path, object).status == 201)
    }
    let isReady = try await eventually {
      try await client.get("/api/v1/namespaces/fuzz/serviceaccounts/default").status == 200
    }
    #expect(isReady)
    let codes = try await withThrowingTaskGroup(of: [Int: Int].self) { group in
      for worker in 0..<4 {
        group.addTask {
          var fuzzer = PodFuzzer(seed: 0x5EED + UInt64(worker))
          var codes: [Int: Int] = [:]
          for index in 0..<250 {
            let pod = fuzzer.pod("p-\(worker)-\(index)")
            let answer = try await client.send("POST", "/api/v1/namespaces/fuzz/pods", pod)
            codes[answer.status, default: 0] += 1
            #expect(
              [201, 400, 403, 404, 422].contains(answer.status), "\(answer.text)\n\(JSON.text(pod))")
            // What was stored can be changed, resized and read.
            guard answer.status == 201 else { continue }
            let patch: Value = ["metadata": ["labels": ["seen": "yes"]]]
            let path = "/api/v1/namespaces/fuzz/pods/p-\(worker)-\(index)"
            let patched = try await client.send(
              "PATCH", path, patch, contentType: "application/merge-patch+json")
            #expect(patched.status == 200, "\(patched.text)\n\(JSON.text(pod))")
          }
          return codes
        }
      }
      return try await group.reduce(into: [Int: Int]()) { sum, codes in sum.merge(codes, uniquingKeysWith: +)
      }
    }
    #expect(codes.values.reduce(0, +) == 1000)
    // A fuzzer whose pods are all alike would show nothing.
    #expect((codes[201] ?? 0) > 100 && (codes[422] ?? 0) > 100, "\(codes)")
    #expect(try await client.get("/readyz").text == "ok")
    await server.stop()
  }

  private static let plugins = [
    "AlwaysPullImages", "LimitPodHardAntiAffinityTopology", "PodNodeSelector", "PodTolerationRestriction",
    "ExtendedResourceToleration", "NodeRestriction", "OwnerReferencesPermissionEnforcement",
  ]

  /// What gives the plugins something to do.
  private static let surroundings: [(String, Value)] = [
    (
      "/api/v1/namespaces/fuzz/limitranges",
      [
        "metadata": ["name": "l"],
        "spec": [
          "limits": [
            [
              "type": "Container", "max": ["cpu": "8"], "default": ["cpu": "1"],
            ],
            ["type": "Pod", "max": ["cpu": "64"]],
          ]
        ],
      ]
    ),
    (
      "/api/v1/namespaces/fuzz/resourcequotas",
      ["metadata": ["name": "q"], "spec": ["hard": ["pods": "100000", "limits.cpu": "1000000"]]]
    ),
    (
      "/apis/node.k8s.io/v1/runtimeclasses",
      ["metadata": ["name": "a"], "handler": "h", "overhead": ["podFixed": ["cpu": "1m"]]]
    ),
    ("/apis/scheduling.k8s.io/v1/priorityclasses", ["metadata": ["name": "a"], "value": 7]),
  ]
}

/// Makes pods by the API's own types. The same seed makes the same pods.
struct PodFuzzer {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  private mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  private mutating func pick<T>(_ list: [T], or other: T) -> T {
    list.isEmpty ? other : list[below(list.count)]
  }

  /// A valid pod with some fields of its specification set to something else.
  mutating func pod(_ name: String) -> Value {
    var pod: Value = [
      "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)],
      "spec": ["containers": [["name": "c", "image": "i"]]],
    ]
    guard let type = TypeTable.builtIn.type(named: "io.k8s.api.core.v1.PodSpec") else { return pod }
    // Few changes make pods that are stored, many such that are refused.
    for _ in 0..<(1 + below(below(3) == 0 ? 12 : 2)) { change(&pod, type, at: ["spec"], depth: 0) }
    return pod
  }

  /// Sets a field of an object, or of one inside it.
  private mutating func change(_ pod: inout Value, _ type: ObjectType, at path: [String], depth: Int) {
    guard let name = field(of: type), let field = type.fields[name] else { return }
    if depth == 0, name == "containers" {
      var containers = pod["spec"]?["containers"]?.array ?? []
      guard case .list(let element) = field.shape, case .object(let reference) = element.shape,
        !containers.isEmpty
      else { return }
      let at = below(containers.count)
      change(&containers[at], reference.type, at: [], depth: 1)
      pod.set(.array(containers), at: path + [name])
      return
    }
    pod.set(value(field, name, depth: depth), at: path + [name])
  }

  private mutating func field(of type: ObjectType) -> String? {
    let names = type.fields.keys.sorted()
    return names.isEmpty ? nil : names[below(names.count)]
  }

  private mutating func value(_ type: FieldType, _ name: String, depth: Int) -> Value {
    if depth > 6 { return .null }
    switch below(120) {
    case 0: return hostile()
    case 1: return .null
    default: break
    }
    if !type.enumeration.isEmpty { return .string(pick(type.enumeration, or: "")) }
    switch type.shape {
    case .string, .bytes, .time, .microTime, .duration: return .string(text(name))
    case .boolean: return .bool(below(2) == 0)
    case .integer, .number: return .int(number())
    case .quantity: return .string(pick(Self.quantities, or: "1"))
    case .intOrString: return below(2) == 0 ? .int(number()) : .string(text(name))
    case .any: return hostile()
    case .object(let reference): return object(reference.type, depth: depth)
    case .map(let inner):
      var object = Object()
      for _ in 0..<below(3) { object[pick(Self.keys, or: "a")] = value(inner, name, depth: depth + 1) }
      return .object(object)
    case .list(let inner):
      return .array((0..<below(4)).map { _ in value(inner, name, depth: depth + 1) })
    }
  }

  private mutating func object(_ type: ObjectType, depth: Int) -> Value {
    var object = Object()
    for name in type.required {
      if let field = type.fields[name] { object[name] = value(field, name, depth: depth + 1) }
    }
    for _ in 0..<(1 + below(2)) {
      if let name = field(of: type), let field = type.fields[name] {
        object[name] = value(field, name, depth: depth + 1)
      }
    }
    return .object(object)
  }

  private mutating func text(_ name: String) -> String {
    if let known = Self.known[name], below(4) > 0 { return pick(known, or: "") }
    return pick(Self.texts, or: "a")
  }

  private mutating func number() -> Int64 { pick(Self.numbers, or: 1) }

  private mutating func hostile() -> Value { pick(Self.oddities, or: .null) }

  private static let keys = [
    "a", "cpu", "memory", "example.com/gpu", "hugepages-2Mi", "", "-", "kubernetes.io/arch",
    "ephemeral-storage",
  ]
  private static let quantities = [
    "1", "100m", "0", "-1", "1Gi", "1e3", "9223372036854775807", "1.5", "0.0001", "x", "", "999999999999Ei",
  ]
  private static let numbers: [Int64] = [
    0, 1, 2, 80, 65535, 65536, -1, 420, 1000, 2_147_483_647, -2_147_483_648, 9_223_372_036_854_775_807,
    -9_223_372_036_854_775_808,
  ]
  private static let texts = [
    "a", "c", "", "a-b", "A", "a.b/c", "/", "/tmp", "../x", "1.2.3.4", "::1", "é", "$(X)", "Always", "100%",
    "metadata.name", "2020-01-01T00:00:00Z", String(repeating: "long", count: 80), "\u{0}", "a\nb",
  ]
  /// Values that get a pod past validation, and into the plugins.
  private static let known: [String: [String]] = [
    "name": ["a", "c", "x"], "image": ["i", "nginx:1.27", "r.example.com:5000/a/b@sha256:00"],
    "nodeName": ["n"], "serviceAccountName": ["default", "none"], "priorityClassName": ["a", "none"],
    "runtimeClassName": ["a", "none"], "mountPath": ["/data"], "path": ["/p", "p"],
    "protocol": ["TCP", "UDP", "SCTP"], "operator": ["In", "Exists", "Equal", "DoesNotExist"],
    "effect": ["NoSchedule", "NoExecute"], "topologyKey": ["kubernetes.io/hostname"],
    "restartPolicy": ["Always", "OnFailure", "Never"], "type": ["RuntimeDefault", "Localhost", "Directory"],
  ]
  private static let oddities: [Value] = [
    .null, .bool(true), .int(-1), .double(1.5), .string(""), .string("x"), [], [:], [[[]]], ["a": ["b": [:]]],
    [1, "a", .null],
  ]
}
