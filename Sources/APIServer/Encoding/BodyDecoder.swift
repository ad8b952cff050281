import HTTPService
import Schema
import Values

/// Reads request bodies: bounded, in the format that `Content-Type` names.
struct BodyDecoder {
  let context: RequestContext

  /// What a client may send in one body: 3 MiB, as etcd would take.
  static let maximumBytes = 3 * 1024 * 1024

  /// A parsed body and what is needed to talk about it.
  struct Body {
    var value: Value
    /// Paths of fields that a JSON object has twice.
    var duplicates: [String]
    /// What the YAML reader says of keys that a mapping has twice.
    var yamlProblem: String?
  }

  /// - Throws: 413.
  func bytes() async throws(StatusError) -> [UInt8] {
    do {
      var buffer = try await context.http.body.collect(upTo: Self.maximumBytes)
      return buffer.readBytes(length: buffer.readableBytes) ?? []
    } catch {
      switch error {
      case .tooLarge:
        throw .tooLarge("Request entity too large: limit is \(Self.maximumBytes)")
      default:
        throw .badRequest("unexpected EOF")
      }
    }
  }

  /// The format of the body.
  /// - Throws: 415.
  func encoding() throws(StatusError) -> OutputFormat.Encoding {
    let header = context.http.headers.first(name: "Content-Type") ?? ""
    if header.isEmpty { return .json }
    if let type = MediaType(contentType: header), let encoding = OutputFormat.Encoding(rawValue: type.essence)
    {
      return encoding
    }
    throw .unsupportedMediaType(
      "the body of the request was in an unknown format - accepted media types include: "
        + OutputFormat.mediaTypes.joined(separator: ", "))
  }

  /// Parses a body in which an object of the kind is expected.
  /// - Throws: 400 in the words of the real server's decoder.
  func parse(
    _ bytes: [UInt8], _ encoding: OutputFormat.Encoding, expecting kind: GroupVersionKind
  ) throws(StatusError) -> Body {
    do throws(Unreadable) {
      return try read(bytes, encoding, defaultKind: kind)
    } catch {
      if let given = error.kind {
        throw .badRequest(
          "\(given.kind) in version \(FieldError.quoted(given.version)) cannot be handled as a \(kind.kind): "
            + error.message)
      }
      throw .badRequest(
        "the object provided is unrecognized (must be of type \(kind.kind)): \(error.message) "
          + "(\(Self.summary(bytes)))")
    }
  }

  /// Why a body is no object, in the words of the real server's decoder.
  struct Unreadable: Error {
    var message: String
    /// The kind that the body says it is of, where that could be read.
    var kind: GroupVersionKind?
  }

  /// Parses a body that must be an object of some kind.
  /// - Parameter kind: what it is of where it doesn't say so itself.
  func read(
    _ bytes: [UInt8], _ encoding: OutputFormat.Encoding, defaultKind kind: GroupVersionKind? = nil
  ) throws(Unreadable) -> Body {
    var duplicates: [String]? = []
    var value: Value
    do {
      switch encoding {
      case .json: value = try JSON.parse(bytes, duplicates: &duplicates)
      case .yaml: value = try YAML.parse(bytes, duplicates: &duplicates)
      case .protobuf: value = try KubernetesProtobuf.decode(bytes, defaultKind: kind)
      }
    } catch let error as JSON.SyntaxError {
      throw Unreadable(message: "couldn't get version/kind; json parse error: \(error.message)")
    } catch let error as YAML.SyntaxError {
      throw Unreadable(message: error.message)
    } catch let error as ProtobufError {
      throw Unreadable(message: message(error), kind: error.kind)
    } catch {
      throw Unreadable(message: "\(error)")
    }
    // Nothing at all is an object without fields.
    if value.isNull { value = [:] }
    guard case .object = value else {
      throw Unreadable(
        message: "couldn't get version/kind; json parse error: json: cannot unmarshal \(Self.goShape(value)) "
          + #"into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; "#
          + #"Kind string "json:\"kind,omitempty\"" }"#)
    }
    if encoding != .protobuf { try checkTypes(value) }
    let repeated = duplicates ?? []
    if encoding == .yaml {
      return Body(
        value: value, duplicates: [],
        yamlProblem: repeated.isEmpty ? nil : YAML.duplicatesError(repeated).message)
    }
    return Body(value: value, duplicates: repeated)
  }

  /// What kind and version an object is of must be texts before anything else is looked at.
  private func checkTypes(_ value: Value) throws(Unreadable) {
    for (key, member) in value.object ?? [:] where key == "kind" || key == "apiVersion" {
      if key == "apiVersion", let text = member.string, !text.isEmpty, GroupVersion(apiVersion: text) == nil {
        throw Unreadable(message: "unexpected GroupVersion string: \(text)")
      }
      if member.string != nil || member.isNull { continue }
      throw Unreadable(
        message:
          "couldn't get version/kind; json parse error: json: cannot unmarshal \(Self.goShape(member)) "
          + "into Go struct field .\(key) of type string")
    }
  }

  private func message(_ error: ProtobufError) -> String {
    guard error.isUnknownKind, let kind = error.kind else { return error.message }
    if context.isForCustomResource {
      return "object *unstructured.Unstructured does not implement the protobuf marshalling interface and "
        + "cannot be encoded to a protobuf message"
    }
    return GoTypes.notRegistered(kind)
  }

  /// How Go's encoding/json names the JSON type of a value.
  static func goShape(_ value: Value) -> String {
    switch value {
    case .array: "array"
    case .string: "string"
    case .bool: "bool"
    case .int, .double: "number"
    case .null, .object: "object"
    }
  }

  /// The beginning of a body as the real server quotes it.
  private static func summary(_ bytes: [UInt8]) -> String {
    guard let first = bytes.first else { return "<empty>" }
    let head = bytes.prefix(30)
    let more = bytes.count > 30 ? " ..." : ""
    if first == UInt8(ascii: "{") { return String(decoding: head, as: UTF8.self) + more }
    return head.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined() + more
  }
}
