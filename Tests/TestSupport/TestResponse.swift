import Values

/// What a server answered.
public struct TestResponse: Sendable {
  public var status = 0
  /// In the order in which they came, names as they were written.
  public var headers: [(name: String, value: String)] = []
  public var body: [UInt8] = []

  public init() {}

  /// Every value of a header, whatever the case of its name.
  public func headers(_ name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }

  /// The first value of a header.
  public func header(_ name: String) -> String? { headers(name).first }

  public var text: String { String(decoding: body, as: UTF8.self) }

  /// The body read as JSON; null where it is none.
  public var json: Value { (try? JSON.parse(body)) ?? .null }
}

/// Why there was no answer.
public enum TestClientError: Error, CustomStringConvertible {
  case timeout(String)
  case closed(String)

  public var description: String {
    switch self {
    case .timeout(let what): "no answer in time to \(what)"
    case .closed(let what): "the connection was closed before the end of the answer to \(what)"
    }
  }
}
