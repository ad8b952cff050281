import HTTPService
import Schema
import Values

/// What the annotation `drydock.dev/ports` says, of a pod, a service or a node: what answers on its ports, as
/// YAML. `*` stands for all ports that are not named.
///
///     "7": echo                          # sends back what comes
///     "25": {text: "220 ready\n"}        # says this and ends
///     "5432": {address: "127.0.0.1:5432"}  # is connected there, where the server's flags allow it
///     "80":
///       http:                            # the first that fits a request answers it
///       - {method: GET, path: /healthz, body: ok}
///       - {path: /api/*, status: 201, headers: {Content-Type: application/json}, body: "{}"}
///     "*": {http: echo}                  # tells in JSON what was asked
struct PortAnswers: Sendable, Equatable {
  enum Answer: Sendable, Equatable {
    case echo
    case text([UInt8])
    case address(HTTPAddress)
    case http([HTTPAnswer])
  }

  struct HTTPAnswer: Sendable, Equatable {
    /// Nil for any.
    var method: String?
    /// Nil for any; with `*` at its end, whatever begins so.
    var path: String?
    var status = 200
    var headers: [Header] = []
    /// Nil to tell what was asked.
    var body: [UInt8]?
  }

  struct Header: Sendable, Equatable {
    var name: String
    var value: String
  }

  static let annotation = "drydock.dev/ports"
  private var ports: [Int: Answer] = [:]
  private var others: Answer?

  /// What the object says.
  /// - Returns: nil where it says nothing.
  /// - Throws: 400 with what is wrong in the annotation.
  init?(of object: Value) throws(StatusError) {
    guard let text = object["metadata"]?["annotations"]?[Self.annotation]?.string else { return nil }
    try self.init(annotation: text)
  }

  /// - Throws: 400 with what is wrong in the annotation.
  init(annotation text: String) throws(StatusError) {
    let value: Value
    do throws(YAML.SyntaxError) { value = try YAML.parse(text) } catch { throw Self.wrong(error.message) }
    guard let members = value.object else { throw Self.wrong("it is no map of ports") }
    for (key, member) in members {
      let answer = try Self.answer(member, key)
      if key == "*" {
        others = answer
      } else if let port = Int(key), (1...65_535).contains(port) {
        ports[port] = answer
      } else {
        throw Self.wrong("\(FieldError.quoted(key)) is no port")
      }
    }
  }

  /// What answers on a port; nil where nothing listens.
  func answer(on port: Int) -> Answer? { ports[port] ?? others }

  private static func answer(_ value: Value, _ port: String) throws(StatusError) -> Answer {
    if value.string == "echo" { return .echo }
    guard let object = value.object, object.count == 1, let (key, member) = object.first(where: { _ in true })
    else { throw wrong("port \(port) is none of echo, text, address and http") }
    switch key {
    case "text":
      guard let text = member.string else { throw wrong("text of port \(port) is no text") }
      return .text(Array(text.utf8))
    case "address":
      guard let address = member.string.flatMap(StandInAddresses.address) else {
        throw wrong("address of port \(port) is no IP address with a port")
      }
      return .address(address)
    case "http":
      if member.string == "echo" { return .http([HTTPAnswer()]) }
      let items = member.array ?? [member]
      var answers: [HTTPAnswer] = []
      for item in items { answers.append(try http(item, port)) }
      return .http(answers)
    default: throw wrong("unknown field \(FieldError.quoted(key)) of port \(port)")
    }
  }

  private static func http(_ value: Value, _ port: String) throws(StatusError) -> HTTPAnswer {
    guard let object = value.object else { throw wrong("http of port \(port) is no list of answers") }
    var answer = HTTPAnswer(body: [])
    for (key, member) in object {
      switch key {
      case "method": answer.method = member.string?.uppercased()
      case "path": answer.path = member.string
      case "status":
        guard let status = member.int, (200...599).contains(status) else {
          throw wrong("status of port \(port) is not in 200 to 599")
        }
        answer.status = Int(status)
      case "headers":
        for (name, value) in member.object ?? [:] {
          answer.headers.append(Header(name: name, value: value.string ?? ""))
        }
      case "body": answer.body = Array((member.string ?? "").utf8)
      default: throw wrong("unknown field \(FieldError.quoted(key)) of an answer of port \(port)")
      }
    }
    return answer
  }

  private static func wrong(_ text: String) -> StatusError {
    .badRequest("annotation \(annotation): \(text)")
  }
}
