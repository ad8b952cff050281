import Glibc
import Schema
import Values

/// The recorded conversations with a real server, and how their answers are compared.
enum DefaultsRecordings {
  /// The conversations, where the work tree has them; else the folder that DRYDOCK_RECORDED names.
  private static var folder: String {
    if let named = getenv("DRYDOCK_RECORDED") { return String(cString: named) }
    return #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
      + "/ConformanceTests/recorded"
  }

  static var exist: Bool { !files().isEmpty }

  static func files() -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".json") { names.append("\(folder)/\(name)") }
    }
    return names.sorted()
  }

  static func steps(of path: String) throws -> [Value] {
    try JSON.parse(read(path))["steps"]?.array ?? []
  }

  private static func read(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// What admission, allocation and storage add, at any depth.
  private static let elsewhere: Set<String> = [
    "uid", "resourceVersion", "creationTimestamp", "managedFields", "clusterIP", "clusterIPs", "ipFamilies",
    "ipFamilyPolicy", "nodePort", "healthCheckNodePort", "serviceAccount", "serviceAccountName",
    "tolerations",
    "priority", "preemptionPolicy", "finalizers", "taints", "generateName",
    "batch.kubernetes.io/controller-uid", "controller-uid",
  ]
  /// Parts of some kinds that the server takes from the request's user.
  private static let identity: [String: [String]] = [
    "CertificateSigningRequest": ["groups", "username", "extra"]
  ]

  /// The object without what others add to it, and without what differs from run to run.
  static func comparable(_ object: Value, ignoring paths: [String] = []) -> Value {
    var object = object
    for path in paths { remove(path.split(separator: ".")[...], from: &object) }
    let dropping = elsewhere.union(identity[object["kind"]?.string ?? ""] ?? [])
    return normal(object, dropping: dropping)
  }

  /// Removes what is at the path; a step `name[]` goes on in each element of the list.
  private static func remove(_ path: ArraySlice<Substring>, from value: inout Value) {
    guard let step = path.first else { return }
    let isList = step.hasSuffix("[]")
    let key = String(isList ? step.dropLast(2) : step)
    if path.count == 1, !isList {
      value[key] = Optional<Value>.none
      return
    }
    guard var child = value[key] else { return }
    if isList, var list = child.array {
      for i in list.indices { remove(path.dropFirst(), from: &list[i]) }
      child = .array(list)
    } else {
      remove(path.dropFirst(), from: &child)
    }
    value[key] = child
  }

  private static func normal(_ value: Value, dropping: Set<String>) -> Value {
    switch value {
    case .object(let object):
      var kept = object.filter { key, _ in !dropping.contains(key) }
      for key in ["volumes", "volumeMounts"] {
        // The token volume that the ServiceAccount plugin mounts.
        guard let list = kept[key]?.array else { continue }
        let others = list.filter { $0["name"]?.string?.hasPrefix("kube-api-access-") != true }
        kept[key] = others.isEmpty ? Optional<Value>.none : .array(others)
      }
      return .object(kept.mapValues { normal($0, dropping: dropping) })
    case .array(let array): return .array(array.map { normal($0, dropping: dropping) })
    case .string(let text): return .string(placeholder(text))
    default: return value
    }
  }

  private static func placeholder(_ text: String) -> String {
    if Timestamp(rfc3339: text) != nil { return "<time>" }
    if text.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12] { return "<uid>" }
    let head = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    let octets = head.split(separator: ".")
    guard octets.count == 4, octets.allSatisfy({ UInt8($0) != nil }) else { return text }
    return "<ip>" + text.dropFirst(head.count)
  }

  /// The answer with a time for each placeholder of one, so that it can be sent again.
  static func timed(_ value: Value) -> Value {
    switch value {
    case .object(let object): .object(object.mapValues(timed))
    case .array(let array): .array(array.map(timed))
    case "<time>": "2024-01-01T00:00:00Z"
    default: value
    }
  }

  /// Lines that say where two values differ.
  static func differences(_ a: Value?, _ b: Value?, _ path: String = "") -> [String] {
    if a == b { return [] }
    if let x = a?.object, let y = b?.object {
      return Set(x.keys).union(y.keys).sorted().flatMap { differences(x[$0], y[$0], "\(path).\($0)") }
    }
    if let x = a?.array, let y = b?.array, x.count == y.count {
      return x.indices.flatMap { differences(x[$0], y[$0], "\(path)[\($0)]") }
    }
    return ["\(path): \(a.map(JSON.text) ?? "nothing") for \(b.map(JSON.text) ?? "nothing")"]
  }

  /// The kind and place that a path writes: `/apis/apps/v1/namespaces/x/deployments/d/status`.
  static func target(_ path: String) -> (
    resource: APIResource, namespace: String?, name: String?, subresource: String?
  )? {
    var parts = path.split(separator: "?")[0].split(separator: "/").map(String.init)
    guard let root = parts.first, root == "api" || root == "apis" else { return nil }
    let depth = root == "api" ? 2 : 3
    guard parts.count > depth else { return nil }
    let version = GroupVersion(group: root == "api" ? "" : parts[1], version: parts[depth - 1])
    parts.removeFirst(depth)
    var namespace: String?
    if parts.count > 2, parts[0] == "namespaces", !["status", "finalize"].contains(parts[2]) {
      namespace = parts[1]
      parts.removeFirst(2)
    }
    let name = GroupVersionResource(group: version.group, version: version.version, resource: parts[0])
    guard let resource = APICatalog.builtIn.resource(name) else { return nil }
    return (resource, namespace, parts.dropFirst().first, parts.dropFirst(2).first)
  }
}
