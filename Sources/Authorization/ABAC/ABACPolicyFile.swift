import Authentication
import Schema
import Values

/// Reads the file of `--authorization-policy-file`: one JSON object a line, lines that are empty or begin with
/// `#` left out (pkg/auth/authorizer/abac).
public enum ABACPolicyFile {
  /// Why a file can't be used: the line and what is wrong in it, in the real server's words.
  public struct LoadError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String
  }

  /// Lines may be shorter than this many bytes only.
  static let maximumLineBytes = 64 * 1024

  private static let group = "abac.authorization.kubernetes.io"
  private static let v1beta1 = "\(group)/v1beta1"
  private static let v0 = "\(group)/v0"

  /// What a line was read as.
  private struct Line {
    var policy: ABACPolicy
    var isUnversioned = false
  }

  /// - Parameters:
  ///   - bytes: the file's contents.
  ///   - path: the file's path, for error messages.
  /// - Returns: the policies in the file's order, and whether some are of the old form without a version.
  /// - Throws: ``LoadError`` for the first bad line.
  public static func parse(
    _ bytes: [UInt8], path: String
  ) throws(LoadError) -> (policies: [ABACPolicy], hasUnversioned: Bool) {
    var policies: [ABACPolicy] = []
    var hasUnversioned = false
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (position, line) in lines.enumerated() {
      guard line.count < maximumLineBytes else {
        throw LoadError(description: "error reading policy file \(path): bufio.Scanner: token too long")
      }
      let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      let trimmed = text.drop { Self.isSpace($0) }
      if trimmed.isEmpty || trimmed.first == UInt8(ascii: "#") { continue }
      do throws(DecodeError) {
        let read = try policy(Array(text))
        policies.append(read.policy)
        hasUnversioned = hasUnversioned || read.isUnversioned
      } catch {
        let shown = String(decoding: text, as: UTF8.self)
        throw LoadError(
          description:
            "error reading policy file \(path), line \(position + 1): \(shown): \(error.message)")
      }
    }
    return (policies, hasUnversioned)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  // MARK: - Lines

  private static func policy(_ text: [UInt8]) throws(DecodeError) -> Line {
    let failure = "couldn't get version/kind; json parse error: "
    let value: Value
    do throws(JSON.SyntaxError) {
      value = try JSON.parse(text)
    } catch {
      throw DecodeError(failure + error.message)
    }
    guard value.object != nil else { throw DecodeError(failure + "json: the line is not an object") }
    for key in ["apiVersion", "kind"] where value[key] != nil && value[key]?.string == nil {
      throw DecodeError("\(failure)json: cannot unmarshal \(key) into Go value of type string")
    }
    let version = value["apiVersion"]?.string ?? ""
    let kind = value["kind"]?.string ?? ""
    switch (version, kind) {
    case (v1beta1, "Policy"): return Line(policy: try current(value))
    case ("", _), (_, ""), (v0, "Policy"):
      // The form of before there were versions.
      guard version.isEmpty || version == v0, kind.isEmpty || kind == "Policy" else {
        throw notRegistered(kind.isEmpty ? "Policy" : kind, version.isEmpty ? v0 : version)
      }
      return Line(policy: try old(value), isUnversioned: version.isEmpty)
    default: throw notRegistered(kind, version)
    }
  }

  private static func notRegistered(_ kind: String, _ version: String) -> DecodeError {
    DecodeError(
      "no kind \(GoText.quoted(kind)) is registered for version \(GoText.quoted(version)) in the scheme of \(group)"
    )
  }

  private static let text = FieldType(.string)
  private static let subjects = [
    "user": text, "group": text, "readonly": FieldType(.boolean), "resource": text, "namespace": text,
  ]
  private static let oldType = ObjectType(
    name: "v0.Policy", fields: subjects.merging(["kind": text, "apiVersion": text]) { $1 })
  private static let currentType = ObjectType(
    name: "v1beta1.Policy",
    fields: [
      "kind": text, "apiVersion": text,
      "spec": FieldType(
        .object(
          TypeReference(
            ObjectType(
              name: "v1beta1.PolicySpec",
              fields: subjects.merging(["apiGroup": text, "nonResourcePath": text]) { $1 })))),
    ])

  private static func current(_ value: Value) throws(DecodeError) -> ABACPolicy {
    let spec = try TypedDecoder.decode(value, as: currentType).value["spec"]
    var policy = subjects(spec)
    policy.apiGroup = spec?["apiGroup"]?.string ?? ""
    policy.nonResourcePath = spec?["nonResourcePath"]?.string ?? ""
    return policy
  }

  /// In the old form what is left out stands for everything, and everybody who is known
  /// (pkg/apis/abac/v0).
  private static func old(_ value: Value) throws(DecodeError) -> ABACPolicy {
    var policy = subjects(try TypedDecoder.decode(value, as: oldType).value)
    let namesNobody = policy.user.isEmpty && policy.group.isEmpty
    if namesNobody || policy.user == "*" || policy.group == "*" {
      policy.user = ""
      policy.group = SystemName.authenticatedGroup
    }
    if policy.namespace.isEmpty, policy.resource.isEmpty { policy.nonResourcePath = "*" }
    if policy.namespace.isEmpty { policy.namespace = "*" }
    if policy.resource.isEmpty { policy.resource = "*" }
    policy.apiGroup = "*"
    return policy
  }

  private static func subjects(_ value: Value?) -> ABACPolicy {
    var policy = ABACPolicy()
    policy.user = value?["user"]?.string ?? ""
    policy.group = value?["group"]?.string ?? ""
    policy.isReadOnly = value?["readonly"]?.bool ?? false
    policy.resource = value?["resource"]?.string ?? ""
    policy.namespace = value?["namespace"]?.string ?? ""
    return policy
  }
}
