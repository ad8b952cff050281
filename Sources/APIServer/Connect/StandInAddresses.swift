import HTTPService
import Values

/// The addresses that stand-ins may be connected to (`--stand-in-address`). Whoever may set annotations makes
/// the server connect there, so there are none unless its owner says so.
public struct StandInAddresses: Sendable, Equatable {
  private struct Place: Sendable, Equatable {
    var host: String
    /// Nil for all ports.
    var port: Int?
  }

  private let places: [Place]

  /// - Parameter texts: `127.0.0.1:5432`, or `127.0.0.1:*` for all ports of an address.
  /// - Returns: nil where one is neither.
  public init?(_ texts: [String] = []) {
    var places: [Place] = []
    for text in texts {
      if text.hasSuffix(":*"), let address = Self.address("\(text.dropLast())1") {
        places.append(Place(host: address.host, port: nil))
      } else if let address = Self.address(text) {
        places.append(Place(host: address.host, port: address.port))
      } else {
        return nil
      }
    }
    self.places = places
  }

  /// No address at all.
  public static let none = StandInAddresses(places: [])

  private init(places: [Place]) { self.places = places }

  func allows(_ address: HTTPAddress) -> Bool {
    places.contains { $0.host == address.host && ($0.port == nil || $0.port == address.port) }
  }

  /// Reads `127.0.0.1:80` and `[::1]:80`; nil for names.
  static func address(_ text: String) -> HTTPAddress? {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (1...65_535).contains(port)
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard let address = IPAddress(host) else { return nil }
    return HTTPAddress(host: address.description, port: port)
  }
}
