import Glibc
import Schema
import Values

/// The recorded conversations with a real server.
enum RecordedAnswers {
  /// The conversations, where the work tree has them; else the folder that DRYDOCK_RECORDED names.
  private static var folder: String {
    if let named = getenv("DRYDOCK_RECORDED") { return String(cString: named) }
    return #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 }
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

  /// The answer with values for the placeholders of times and ids, so that it can be sent again.
  static func filled(_ value: Value) -> Value {
    switch value {
    case .object(let object): .object(object.mapValues(filled))
    case .array(let array): .array(array.map(filled))
    case "<time>": "2024-01-01T00:00:00Z"
    case "<uid>": "11111111-1111-1111-1111-111111111111"
    case "<rv>": "1"
    case .string(let text):
      .string(
        text.replacing("<ip>/", with: "10.9.8.0/").replacing("<ip>", with: "10.9.8.7").replacing(
          "<suffix>", with: "abcde"))
    default: value
    }
  }

  /// Whether a finding is no matter of validation: allocators, admission and options find them.
  static func isOfOthers(_ text: String) -> Bool {
    let parts = [
      "failed to allocate", "already allocated", "not in the valid range", "not configured",
      "less than or equal to cpu limit", "metadata.labels[pod-security",
      "denied request", "must be specified for an update", " dryRun:", " fieldValidation:", " force:",
      " fieldManager:", " patch:",
    ]
    return parts.contains { text.contains($0) }
  }

  /// The object with the times that the answers leave out.
  static func timed(_ object: Value) -> Value {
    guard object["kind"] == "CertificateSigningRequest",
      let conditions = object["status"]?["conditions"]?.array
    else { return object }
    var object = object
    object["status"]?["conditions"] = .array(
      conditions.map { condition in
        var condition = condition
        for part in ["lastUpdateTime", "lastTransitionTime"] { condition[part] = "2024-01-01T00:00:00Z" }
        return condition
      })
    return object
  }

  /// What the allocators give a Service before its validation.
  static func allocate(_ object: inout Value) {
    guard var spec = object["spec"] else { return }
    if spec["type"] == "ExternalName" {
      for part in ["ipFamilies", "ipFamilyPolicy"] { spec[part] = nil }
      if let address = spec["clusterIP"]?.string, !address.isEmpty { spec["clusterIPs"] = [.string(address)] }
    } else if spec["clusterIPs"] == nil {
      spec["clusterIPs"] = [spec["clusterIP"] ?? "10.9.8.7"]
      spec["clusterIP"] = spec["clusterIPs"]?.array?.first
    }
    if spec["type"] == "LoadBalancer", spec["externalTrafficPolicy"] == "Local",
      spec["healthCheckNodePort"]?.int ?? 0 == 0
    {
      spec["healthCheckNodePort"] = 30_999
    }
    object["spec"] = spec
  }

  /// A text without what differs from run to run.
  static func normal(_ text: String) -> String {
    var out = ""
    var rest = text.replacing("\"{jsonPatch}\"", with: "\"<object>\"")[...]
    while let character = rest.first {
      if character.isNumber, let length = addressLength(rest), out.last?.isNumber != true, out.last != "." {
        out += "<ip>"
        rest = rest.dropFirst(length)
      } else if let length = uidLength(rest) {
        out += "<uid>"
        rest = rest.dropFirst(length)
      } else if character.isNumber, Timestamp(rfc3339: String(rest.prefix(20))) != nil {
        out += "<time>"
        rest = rest.dropFirst(20)
      } else {
        out.append(character)
        rest = rest.dropFirst()
      }
    }
    return out
  }

  /// Addresses of the service network.
  private static func addressLength(_ text: Substring) -> Int? {
    let run = text.prefix { $0.isNumber || $0 == "." }
    let octets = run.split(separator: ".", omittingEmptySubsequences: false)
    return octets.count == 4 && octets.first == "10" && octets.allSatisfy { UInt8($0) != nil }
      ? run.count : nil
  }

  private static func uidLength(_ text: Substring) -> Int? {
    let head = text.prefix(36)
    return head.split(separator: "-", omittingEmptySubsequences: false).map(\.count) == [8, 4, 4, 4, 12]
      ? 36 : nil
  }
}
